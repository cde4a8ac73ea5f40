/**
 * Sits out the pauses that the server orders.
 * https://core.telegram.org/api/errors#420-flood
 */
import { defer, type Observable, switchMap, throwError } from 'rxjs'
import { RpcError } from '../../core/errors.ts'
import type { Interceptor, Invoker, Request } from '../../core/invoker.ts'
import type { Tracer } from '../../core/trace.ts'
import { again } from '../rx/again.ts'
import type { Clock } from '../rx/clock.ts'
import { inDoubt } from './in-doubt.ts'
import { callOptions } from './within.ts'

/** The longest pause that a call sits out unasked, in seconds. */
const LONGEST_WAIT = 60

/** How often one call waits: a server that goes on asking for patience is not going to answer. */
const MOST_WAITS = 5

/** Methods whose pauses are remembered; beyond this the oldest is forgotten, and the server will say it again. */
const MOST_METHODS = 256

/**
 * The errors that end by waiting so many seconds, and whether they are about the method: then its other calls wait as
 * well. Not here, for their numbers are dates, or days that nobody sits out: 2FA_CONFIRM_WAIT, TAKEOUT_INIT_DELAY,
 * PASSWORD_TOO_FRESH, SESSION_TOO_FRESH, PREMIUM_SUB_ACTIVE_UNTIL, STORY_SEND_FLOOD_WEEKLY.
 */
const IS_OF_METHOD: ReadonlyMap<string, boolean> = new Map([
  ['FLOOD_WAIT', true],
  ['FLOOD_PREMIUM_WAIT', true],
  // About one chat.
  ['SLOWMODE_WAIT', false],
  // About one phone.
  ['FLOOD_TEST_PHONE_WAIT', false],
])

export interface FloodWaitOptions {
  readonly clock: Clock
  /** The longest pause that a call sits out, in seconds; 60 if not given. A call may ask otherwise. */
  readonly limit?: number | undefined
  readonly trace?: Tracer | undefined
}

/**
 * Waits as long as FLOOD_WAIT_x and its like say and repeats the call, if that is `limit` seconds (60) at most and the
 * call did not ask otherwise. Longer waits, and the sixth in a row, are the call's error.
 *
 * A method that was told to wait is remembered: until its time is over its calls are held back, or, if that is longer
 * than they want to wait, refused with the same error and the seconds that are left, without asking the server.
 *
 *     server:          -#                (FLOOD_WAIT_3)
 *     again:            3s -a|
 *     result:          -------a|
 *     the next call:      ^---b|         leaves when the 3 s are over
 */
export function floodWait({ clock, limit, trace }: FloodWaitOptions): Interceptor {
  const waits = new Waits(clock)

  const told = (method: string, why: string, seconds: number): void => {
    if (trace?.observed === true) trace.tell({ _: 'wait', method, why, seconds })
  }
  const attempt = <Result>(request: Request<Result>, next: Invoker, longest: number): Observable<Result> =>
    defer(() => {
      const { method } = request
      const left = waits.left(method)
      if (left === undefined) return next.invoke(request)
      const seconds = Math.ceil(left.milliseconds / 1000)
      if (seconds > longest) return throwError(() => new RpcError(420, `${left.why}_${seconds}`, method))
      told(method, left.why, seconds)
      // Another call may have been told to wait longer meanwhile.
      return clock.after(left.milliseconds).pipe(switchMap(() => attempt(request, next, longest)))
    })

  return (request, next) => {
    const { method } = request
    const longest = callOptions(request).floodWait ?? limit ?? LONGEST_WAIT
    return attempt(request, next, longest).pipe(
      again((error, count) => {
        const pause = orderedPause(error)
        // Only what was refused before comes here a second time.
        if (pause === undefined) return throwError(() => (count > 1 ? inDoubt(error) : error))
        const { why, seconds } = pause
        // Those of a login are about the phone.
        if (IS_OF_METHOD.get(why) === true && !method.startsWith('auth.')) waits.order(method, why, seconds)
        if (seconds > longest || count > MOST_WAITS) return throwError(() => error)
        told(method, why, seconds)
        return clock.after(seconds * 1000)
      }),
    )
  }
}

interface Pause {
  readonly why: string
  readonly seconds: number
}

/** What `error` asks to wait, if it is one that ends by waiting. */
function orderedPause(error: unknown): Pause | undefined {
  if (!(error instanceof RpcError) || error.value === undefined || !IS_OF_METHOD.has(error.type)) return undefined
  // FLOOD_WAIT_0 occurs, and must not become a busy loop.
  return { why: error.type, seconds: Math.max(1, error.value) }
}

/** Which methods wait, and until when. */
class Waits {
  /** The time of the clock that never jumps. In the order in which they were told. */
  readonly #until = new Map<string, { readonly why: string; readonly at: number }>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  order(method: string, why: string, seconds: number): void {
    const at = this.#clock.elapsed() + seconds * 1000
    // Our own refusals come by here, and are no news.
    if ((this.#until.get(method)?.at ?? 0) >= at) return
    this.#until.delete(method)
    this.#until.set(method, { why, at })
    if (this.#until.size <= MOST_METHODS) return
    for (const oldest of this.#until.keys()) return void this.#until.delete(oldest)
  }

  left(method: string): { readonly why: string; readonly milliseconds: number } | undefined {
    const wait = this.#until.get(method)
    if (wait === undefined) return undefined
    const milliseconds = wait.at - this.#clock.elapsed()
    if (milliseconds > 0) return { why: wait.why, milliseconds }
    this.#until.delete(method)
    return undefined
  }
}
