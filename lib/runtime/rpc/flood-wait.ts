/**
 * Sits out the pauses that the server orders.
 * https://core.telegram.org/api/errors#420-flood
 */
import { retry, throwError } from 'rxjs'
import { isRpcError } from '../../core/errors.ts'
import type { Interceptor } from '../../core/invoker.ts'
import type { Clock } from '../rx/clock.ts'
import { callOptions } from './within.ts'

/** The longest pause that a call sits out unasked, in seconds. */
const LONGEST_WAIT = 60

/** How often one call waits: a server that goes on asking for patience is not going to answer. */
const MOST_WAITS = 5

/**
 * Waits as long as FLOOD_WAIT_x says and repeats the call, if that is `limit` seconds (60) at most and the call did
 * not ask otherwise. Longer waits, and the sixth in a row, are the call's error.
 *
 *     server:     -#                (FLOOD_WAIT_3)
 *     again:       3s -a|
 *     result:     -------a|
 */
export function floodWait({ clock, limit }: { readonly clock: Clock; readonly limit?: number }): Interceptor {
  return (request, next) => {
    const longest = callOptions(request).floodWait ?? limit ?? LONGEST_WAIT
    return next.invoke(request).pipe(
      retry({
        delay: (error: unknown, count) => {
          const seconds = orderedPause(error)
          if (seconds === undefined || seconds > longest || count > MOST_WAITS) return throwError(() => error)
          // FLOOD_WAIT_0 occurs, and must not become a busy loop.
          return clock.after(Math.max(1, seconds) * 1000)
        },
      }),
    )
  }
}

/** The seconds that `error` asks to wait, if it is one that ends by waiting. */
function orderedPause(error: unknown): number | undefined {
  return isRpcError(error, 'FLOOD_WAIT') || isRpcError(error, 'FLOOD_PREMIUM_WAIT') ? error.value : undefined
}
