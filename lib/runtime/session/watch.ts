/** Those who watch a session, and what they are told besides what its machine knows: names and durations. */
import type { Observable } from 'rxjs'
import type { CallTrace, SessionTrace } from '../../core/trace.ts'
import { audience } from '../rx/audience.ts'
import type { Clock } from '../rx/clock.ts'

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
  /** Each goes with the end of its call, so there are no more than open calls. */
  const calls = new Map<number, Watched>()
  let isWatched = false
  const watchers = audience<SessionTrace>((on) => {
    isWatched = on
    if (on) for (const [call, method] of open()) calls.set(call, { method, since: undefined })
    observe(on)
    if (!on) calls.clear()
  })

  return {
    trace$: watchers.events$,
    begin(call, method) {
      if (isWatched) calls.set(call, { method, since: clock.elapsed() })
    },
    tell(event) {
      if (isWatched) watchers.tell(event._ === 'call' ? named(event, calls, clock) : event)
    },
    close: watchers.close,
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
