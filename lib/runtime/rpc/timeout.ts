/** A deadline for a call, if it asked for one. */
import { map, takeUntil } from 'rxjs'
import { TimeoutError } from '../../core/errors.ts'
import type { Interceptor } from '../../core/invoker.ts'
import type { Clock } from '../rx/clock.ts'
import { callOptions } from './within.ts'

/**
 * Ends calls that have a `timeout` and no answer in time. Others pass untouched.
 *
 *     call with timeout 5:     -------a|
 *     result:                  -----#        TimeoutError; the call is cancelled
 */
export function timeout({ clock }: { readonly clock: Clock }): Interceptor {
  return (request, next) => {
    const { timeout: limit } = callOptions(request)
    if (limit === undefined) return next.invoke(request)
    const late = clock.after(limit).pipe(
      map(() => {
        throw new TimeoutError(`${request.method}: expected an answer within ${limit} ms, none came`)
      }),
    )
    return next.invoke(request).pipe(takeUntil(late))
  }
}
