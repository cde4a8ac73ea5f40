/**
 * Repeats calls whose failure says that a repeat is harmless.
 * https://core.telegram.org/api/errors#500-internal
 */
import { throwError } from 'rxjs'
import { RpcError, TransportError } from '../../core/errors.ts'
import type { Interceptor, Request } from '../../core/invoker.ts'
import { refusalText } from '../../core/refusal-text.ts'
import type { Tracer } from '../../core/trace.ts'
import { again } from '../rx/again.ts'
import type { Clock } from '../rx/clock.ts'
import { inDoubt } from './in-doubt.ts'
import { isRepeatable } from './repeatable.ts'

/** How often a call is repeated. */
const MOST_REPEATS = 4

/** The pause before the first repeat in milliseconds; it doubles with each. */
const FIRST_PAUSE = 1_000

/** Faults inside the server, by whatever code they come. */
const INTERNAL: ReadonlySet<string> = new Set(['Timeout', 'Timedout', 'RPC_CALL_FAIL', 'RPC_MCGET_FAIL'])

/** The server says that it did not even begin. */
const NOT_BEGUN: ReadonlySet<string> = new Set([
  'WORKER_BUSY_TOO_LONG_RETRY',
  'MSGID_DECREASE_RETRY',
  'MT_SEND_QUEUE_TOO_LONG',
  // The key is not known everywhere yet.
  'AUTH_KEY_UNSYNCHRONIZED',
  // A login is to begin anew.
  'AUTH_RESTART',
])

/** They are called faults, and would be the same the next time. */
const LASTING: ReadonlySet<string> = new Set(['RANDOM_ID_DUPLICATE', 'SEND_MEDIA_INVALID', 'UNKNOWN_METHOD'])

/**
 * Repeats, after 1, 2, 4 and 8 seconds, calls that surely did not run. Calls that only read or carry a random id are
 * repeated also when nobody knows whether they ran, and when they met a fault inside the server (5xx, -503). Every other
 * error is the call's error.
 *
 *     server:     -#                (unsent)
 *     again:       1s -a|
 *     result:     -------a|
 */
export function retry({ clock, trace }: { readonly clock: Clock; readonly trace?: Tracer | undefined }): Interceptor {
  return (request, next) => {
    let mayHaveRun = false
    return next.invoke(request).pipe(
      again((error, count) => {
        const told = mayHaveRun ? inDoubt(error) : error
        mayHaveRun ||= !isUnsent(error)
        if (count > MOST_REPEATS || !isHarmless(error, request)) return throwError(() => told)
        const pause = FIRST_PAUSE * 2 ** (count - 1)
        if (trace?.observed === true)
          trace.tell({ _: 'retry', method: request.method, error: nameOf(error), seconds: pause / 1000 })
        return clock.after(pause)
      }),
    )
  }
}

function isUnsent(error: unknown): boolean {
  return error instanceof TransportError && error.outcome === 'unsent'
}

function isHarmless(error: unknown, request: Request<unknown>): boolean {
  if (error instanceof TransportError) return error.outcome === 'unsent' || isRepeatable(request)
  if (!(error instanceof RpcError)) return false
  const { code, type } = error
  if (NOT_BEGUN.has(type)) return true
  if (LASTING.has(type)) return false
  const isInternal = code >= 500 || code < 0 || INTERNAL.has(type)
  return isInternal && isRepeatable(request)
}

/** For those who watch. */
function nameOf(error: unknown): string {
  if (error instanceof RpcError) return refusalText(error.code, error.text)
  return error instanceof TransportError ? `${error.name} ${error.outcome}` : 'an error'
}
