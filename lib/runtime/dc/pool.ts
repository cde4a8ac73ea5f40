/** Connections by data centre and purpose: opened when a call needs one, closed some time after the last. */
import { defer, finalize, type Observable } from 'rxjs'
import type { Invoker, Request } from '../../core/invoker.ts'
import type { Clock } from '../rx/clock.ts'
import { type Held, held } from '../rx/held.ts'
import { lingering } from '../rx/share.ts'

/** What a lane is for. `main` has the updates; the others leave it alone. */
export type LaneKind = 'main' | 'side'

export interface Pool<Lane extends Invoker> {
  /**
   * Starts: opens the lane on subscribe, or joins the one that is open.
   * Emits: the lane, once, and stays.
   * Errors: as opening does, and when the lane ends.
   * Unsubscribe: lets go of it; the last to do so closes it, a while later.
   */
  lane(dc: number, kind: LaneKind): Observable<Lane>
  /**
   * Starts: on subscribe one request, on the lane of that DC and kind, which stays open meanwhile.
   * Emits: the answer, once, then completes.
   * Errors: as the lane's calls, and as opening it.
   * Unsubscribe: cancels the call.
   */
  invoke<Result>(request: Request<Result>, dc: number, kind: LaneKind): Observable<Result>
}

/** How long a lane stays open without calls: long enough for the next of a row, in milliseconds. */
const LINGER = 15_000

/**
 * Makes a pool over `connect`, which opens the lane of one DC and kind.
 *
 *     call to (2, main):    ---a|            opens
 *     call to (2, main):       ^---b|        the same lane
 *     call to (4, side):       ^-----c|       another one
 *     lane (2, main):       o---------15s-!
 */
export function pool<Lane extends Invoker>(
  connect: (dc: number, kind: LaneKind) => Observable<Lane>,
  { clock, linger = LINGER }: { readonly clock: Clock; readonly linger?: number },
): Pool<Lane> {
  const lanes = new Map<string, Observable<Lane>>()

  const lane = (dc: number, kind: LaneKind): Observable<Lane> => {
    const name = `${dc} ${kind}`
    const open = lanes.get(name)
    if (open !== undefined) return open
    // The entry goes with the lane, so that the map holds no more than what is open.
    const opening = defer(() => connect(dc, kind)).pipe(
      finalize(() => lanes.delete(name)),
      lingering(linger, clock),
    )
    lanes.set(name, opening)
    return opening
  }

  // Each call joins the others that hold the lane: an observer of the lane for each would be a quarter of a call's cost.
  const holds = { main: new Map<number, Held<Lane>>(), side: new Map<number, Held<Lane>>() }
  const hold = (dc: number, kind: LaneKind): Held<Lane> => {
    const found = holds[kind].get(dc)
    if (found !== undefined) return found
    const made = held(defer(() => lane(dc, kind)))
    holds[kind].set(dc, made)
    return made
  }

  return {
    lane,
    invoke: (request, dc, kind) => hold(dc, kind).use((opened) => opened.invoke(request)),
  }
}
