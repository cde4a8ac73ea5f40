/**
 * `npm run simulate -- [--suite session] [--seeds 200] [--from 1] [--workers N]`: clients and a local DC in one process
 * over a network that fails in every way, under virtual time. `--seed S [--trace]` plays one seed again, `--only a,b`,
 * `--clients`, `--callers` and `--calls` with less of everything; `--first` stops at the first seed that fails.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { drawPlan, FAULT_KINDS, type FaultKind, kindsOf, type Less } from './faults.ts'
import { commandOf, minimise } from './minimise.ts'
import { type Outcome, run } from './run.ts'
import { runSeeds } from './seeds.ts'
import { Summary } from './summary.ts'

const SUITES = ['session']
/** Failing seeds that are shown, and of these so many are made smaller. */
const SHOWN = 10
const MINIMISED = 3
/** How often progress is told, in milliseconds. */
const PROGRESS = 10_000

const { values } = parseArgs({
  options: {
    suite: { type: 'string', default: 'session' },
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    workers: { type: 'string', default: String(availableParallelism()) },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    first: { type: 'boolean', default: false },
    only: { type: 'string' },
    clients: { type: 'string' },
    callers: { type: 'string' },
    calls: { type: 'string' },
  },
})

function whole(name: string, value: string): number {
  const number = Number(value)
  if (!Number.isInteger(number) || number < 1)
    throw new Error(`--${name}: expected a whole number from 1 on, got ${value}`)
  return number
}

function optional(name: 'clients' | 'callers' | 'calls'): number | undefined {
  const value = values[name]
  return value === undefined ? undefined : whole(name, value)
}

function kinds(text: string): readonly FaultKind[] {
  return text.split(',').map((kind) => {
    if (!FAULT_KINDS.includes(kind as FaultKind))
      throw new Error(`--only: expected of ${FAULT_KINDS.join(', ')}, got ${kind}`)
    return kind as FaultKind
  })
}

function show({ seed, hash, violations }: Outcome, less?: Less): void {
  console.log(`seed ${seed} (${hash})`)
  for (const { rule, what } of violations) console.log(`  ${rule}: ${what}`)
  console.log(`  ${commandOf(seed, less)}`)
}

/** Plays one seed. */
function one(seed: number): boolean {
  const only = values.only === undefined ? undefined : values.only === 'none' ? [] : kinds(values.only)
  const less: Less = { only, clients: optional('clients'), callers: optional('callers'), calls: optional('calls') }
  const plan = drawPlan(seed, less)
  console.log({ ...plan, rates: undefined, faults: kindsOf(plan).join(' ') })
  const write = values.trace ? (line: string) => console.log(line) : undefined
  const outcome = run(seed, { less, write })
  const summary = new Summary()
  summary.add(outcome)
  show(outcome, less)
  console.log(summary.total(values.suite))
  return summary.isGood
}

async function many(): Promise<boolean> {
  const [count, from, workers] = [
    whole('seeds', values.seeds),
    whole('from', values.from),
    whole('workers', values.workers),
  ]
  const summary = new Summary()
  const begun = performance.now()
  let isStopped = false
  const stop = (): void => {
    isStopped = true
  }
  process.once('SIGINT', stop)
  const progress = setInterval(() => {
    const seconds = (performance.now() - begun) / 1000
    const speed = Math.round((summary.seeds / seconds) * 60)
    console.log(`${summary.seeds} of ${count} seeds, ${summary.failed.length} failed, ${speed} a minute`)
  }, PROGRESS)
  try {
    await runSeeds({
      from,
      count,
      workers: Math.min(workers, count),
      done: (outcome) => summary.add(outcome),
      stopped: () => isStopped || (values.first && summary.failed.length > 0),
    })
  } finally {
    clearInterval(progress)
    process.off('SIGINT', stop)
  }
  const failed = [...summary.failed].sort((a, b) => a.seed - b.seed)
  for (const line of summary.lines()) console.log(line)
  for (const outcome of failed.slice(0, SHOWN)) show(outcome)
  if (failed.length > SHOWN)
    console.log(
      `and ${failed.length - SHOWN} seeds more: ${failed
        .slice(SHOWN)
        .map(({ seed }) => seed)
        .join(' ')}`,
    )
  for (const outcome of isStopped || values.first ? [] : failed.slice(0, MINIMISED)) {
    const minimal = minimise(outcome.seed, outcome)
    console.log('made smaller:')
    show(minimal.outcome, minimal.less)
  }
  console.log(`${Math.round((performance.now() - begun) / 1000)} s`)
  console.log(summary.total(values.suite))
  return summary.isGood && !isStopped
}

if (!SUITES.includes(values.suite)) throw new Error(`--suite: expected ${SUITES.join(' or ')}, got ${values.suite}`)
const isGood = values.seed === undefined ? await many() : one(whole('seed', values.seed))
process.exitCode = isGood ? 0 : 1
