/** Those who watch a session, and what they are told besides what its machine knows: names and durations. */
import { type Observable, Subject } from 'rxjs'
import type { CallTrace, SessionTrace } from '../../core/trace.ts'
import type { Clock } from '../rx/clock.ts'
import { cold } from '../rx/cold.ts'

export interface Watch {
  /** Hot: what the session does. The first observer is told how the link is; completes when the session is closed. */
  readonly trace$: Observable<SessionTrace>
  /** A call begins. Costs nothing while nobody watches. */
  begin(call: number, method: string): void
  tell(event: SessionTrace): void
  close(): void
}

export interface WatchOptions {
  readonly clock: Clock
  /** Somebody watches, or nobody does any more. */
  observe(on: boolean): void
  /** The calls that are open, by number. */
  open(): Iterable<readonly [call: number, method: string]>
}

/** A call that is watched; `since` is undefined if it began before. */
interface Watched {
  readonly method: string
  readonly since: number | undefined
}

/** Makes the watch of one session. Without observers it holds nothing and nothing is made for it. */
export function watch({ clock, observe, open }: WatchOptions): Watch {
  const events = new Subject<SessionTrace>()
  let observers = 0
  /** Each goes with the end of its call, so there are no more than open calls. */
  const calls = new Map<number, Watched>()

  const begin = (): void => {
    for (const [call, method] of open()) calls.set(call, { method, since: undefined })
    observe(true)
  }
  const end = (): void => {
    observe(false)
    calls.clear()
  }

  return {
    trace$: cold((subscriber) => {
      subscriber.add(events.subscribe(subscriber))
      if (subscriber.closed) return
      observers += 1
      subscriber.add(() => {
        observers -= 1
        if (observers === 0) end()
      })
      if (observers === 1) begin()
    }),
    begin(call, method) {
      if (observers > 0) calls.set(call, { method, since: clock.elapsed() })
    },
    tell(event) {
      if (observers === 0) return
      events.next(event._ === 'call' ? named(event, calls, clock) : event)
    },
    close: () => events.complete(),
  }
}

function named(event: CallTrace, calls: Map<number, Watched>, clock: Clock): CallTrace {
  const call = calls.get(event.call)
  if (call === undefined) return event
  const { method, since } = call
  const isOver = ENDS.has(event.step)
  if (isOver) calls.delete(event.call)
  return isOver && since !== undefined ? { ...event, method, took: clock.elapsed() - since } : { ...event, method }
}

const ENDS: ReadonlySet<string> = new Set(['answered', 'refused', 'failed', 'dropped'])
