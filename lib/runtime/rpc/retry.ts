/**
 * Repeats calls whose failure says that a repeat is harmless.
 * https://core.telegram.org/api/errors#500-internal
 */
import { retry as again, throwError } from 'rxjs'
import { RpcError, TransportError } from '../../core/errors.ts'
import type { Interceptor, Request } from '../../core/invoker.ts'
import type { Clock } from '../rx/clock.ts'

/** How often a call is repeated. */
const MOST_REPEATS = 4

/** The pause before the first repeat in milliseconds; it doubles with each. */
const FIRST_PAUSE = 1_000

/** Methods that only look: running one twice changes nothing. */
const READING = /(^|\.)(get|search|resolve|check|is[A-Z])/

/** Answers of bots that came too late are refused with -503, and a repeat would ask the bot again. */
const ASKS_A_BOT = new Set(['messages.getBotCallbackAnswer', 'messages.getInlineBotResults'])

/**
 * Repeats, after 1, 2, 4 and 8 seconds, calls that surely did not reach the server. Calls that only read or carry a
 * random id are repeated also when nobody knows whether they ran, and when they met a fault inside the server (5xx,
 * -503). Every other error is the call's error.
 *
 *     server:     -#                (unsent)
 *     again:       1s -a|
 *     result:     -------a|
 */
export function retry({ clock }: { readonly clock: Clock }): Interceptor {
  return (request, next) =>
    next.invoke(request).pipe(
      again({
        delay: (error: unknown, count) =>
          count <= MOST_REPEATS && isHarmless(error, request)
            ? clock.after(FIRST_PAUSE * 2 ** (count - 1))
            : throwError(() => error),
      }),
    )
}

function isHarmless(error: unknown, request: Request<unknown>): boolean {
  if (error instanceof TransportError) return error.outcome === 'unsent' || isRepeatable(request)
  if (!(error instanceof RpcError)) return false
  // Only a login has it: https://core.telegram.org/api/errors#500-internal
  if (error.type === 'AUTH_RESTART') return true
  const isInternal = error.code === 500 || error.code === -503 || error.code === 503
  return isInternal && isRepeatable(request)
}

/** Whether running the call twice is like running it once. */
function isRepeatable({ method, params }: Request<unknown>): boolean {
  if (ASKS_A_BOT.has(method)) return false
  return READING.test(method) || (typeof params === 'object' && params !== null && 'randomId' in params)
}
