/** What a client does, as one stream: that of its sessions, of its policies and of its updates. */
import { BehaviorSubject, EMPTY, ignoreElements, type Observable, switchMap, tap } from 'rxjs'
import type { ClientTrace, SessionTrace, TraceEvent, Tracer } from '../core/trace.ts'
import type { LaneKind } from '../runtime/dc/pool.ts'
import { audience } from '../runtime/rx/audience.ts'
import type { Clock } from '../runtime/rx/clock.ts'
import type { Session } from '../runtime/session/session.ts'

export interface Traces extends Tracer {
  /** Hot: never errors, completes when the client has closed. */
  readonly trace$: Observable<TraceEvent>
  /**
   * Starts: on subscribe; the session is watched only while somebody watches the client.
   * Emits: nothing.
   * Errors: never.
   * Unsubscribe: leaves the session.
   */
  from(session: Pick<Session, 'trace$'>, dc: number, lane: LaneKind): Observable<never>
  close(): void
}

/** Makes the stream. While nobody observes it, no event is made anywhere. */
export function createTraces(clock: Clock): Traces {
  const observed = new BehaviorSubject(false)
  const watchers = audience<TraceEvent>((on) => observed.next(on))

  return {
    get observed() {
      return observed.value
    },
    trace$: watchers.events$,
    tell: (event: ClientTrace) => {
      if (observed.value) watchers.tell({ at: clock.now(), ...event })
    },
    from: (session, dc, lane) =>
      observed.pipe(
        switchMap((on): Observable<SessionTrace> => (on ? session.trace$ : EMPTY)),
        tap((event) => watchers.tell({ at: clock.now(), dc, lane, ...event })),
        ignoreElements(),
      ),
    close: watchers.close,
  }
}
