/** Counts and latencies of a client, made from its trace alone, in the format of Prometheus; here of some calls to a local DC. */
import { openClient, type TraceEvent, within } from 'rxgram'
import { getNearestDc } from 'rxgram/api/help'
import { refuse, startLocalDc } from 'rxgram/local-dc'
import { concat, defer, ignoreElements, map, merge, reduce, switchMap, take } from 'rxjs'
import { optionsFor } from './setting.ts'

interface Metrics {
  readonly counts: Map<string, number>
  /** Milliseconds of each answered call, by method. For days to come, take buckets instead. */
  readonly times: Map<string, number[]>
}

/** Adds one event to the metrics. */
function count({ counts, times }: Metrics, event: TraceEvent): Metrics {
  const add = (name: string, by = 1) => counts.set(name, (counts.get(name) ?? 0) + by)
  if (event._ === 'link' && event.state === 'open') add(`links_opened_total{dc="${event.dc}",lane="${event.lane}"}`)
  if (event._ === 'wait') add(`wait_seconds_total{method="${event.method}",why="${event.why}"}`, event.seconds)
  if (event._ === 'call' && event.took !== undefined) {
    const method = event.method ?? 'unknown'
    add(`calls_total{method="${method}",end="${event.step}"}`)
    if (event.step === 'answered') times.set(method, [...(times.get(method) ?? []), event.took])
  }
  return { counts, times }
}

/** The metrics as text. */
function report({ counts, times }: Metrics): string {
  const quantiles = [...times].flatMap(([method, all]) => {
    const sorted = all.toSorted((a, b) => a - b)
    const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1]!.toFixed(1)
    return [0.5, 0.99].map((share) => [`call_milliseconds{method="${method}",quantile="${share}"}`, at(share)])
  })
  return [...counts, ...quantiles].map(([name, value]) => `rxgram_${name} ${value}`).join('\n')
}

let asked = 0
const nearest = { _: 'nearestDc', country: '', thisDc: 1, nearestDc: 1 } as const
// A server that asks for patience once.
const methods = { 'help.getNearestDc': () => (++asked === 3 ? refuse(420, 'FLOOD_WAIT_1') : nearest) }

startLocalDc({ methods })
  .pipe(
    switchMap((dc) => openClient(optionsFor(dc))),
    switchMap((tg) => {
      const calls = Array.from({ length: 20 }, () => getNearestDc(tg))
      const aside = getNearestDc(within(tg, { priority: 'low' }))
      const close = defer(() => tg.close())
      const metrics$ = tg.trace$.pipe(reduce(count, { counts: new Map(), times: new Map() }))
      return merge(metrics$, concat(...calls, aside, close).pipe(ignoreElements()))
    }),
    take(1),
    map(report),
  )
  .subscribe({ next: console.log, error: console.error })
