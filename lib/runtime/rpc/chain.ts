/** Folds policies around calls into one Invoker. */
import type { Interceptor, Invoker } from '../../core/invoker.ts'

/**
 * Puts `interceptors` around `last`, once: the first of the list is the outermost.
 *
 * @example
 * const tg = chain([logged, floodWait({ clock })], session)
 *
 * A call goes in from the left, its answer comes out the same way:
 *
 *     call -> interceptors[0] -> interceptors[1] -> last
 */
export function chain(interceptors: readonly Interceptor[], last: Invoker): Invoker {
  return interceptors.reduceRight<Invoker>(
    (next, interceptor) => ({ invoke: (request) => interceptor(request, next) }),
    last,
  )
}
