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
 *
 * The observable of a call is the outermost interceptor's:
 *
 * Starts: on subscribe, as far as the interceptors let it: each may start what is inside it late, again or never.
 * Emits: what the outermost interceptor makes of the answer.
 * Errors: those of `last`, as far as no interceptor mends them, and the interceptors' own.
 * Unsubscribe: leaves the interceptors, and so cancels the call in `last`.
 *
 *     logged:      ^---------a|
 *     floodWait:   ^---------a|
 *     session:     ^--#             refused: come again later
 *     session:            ^--a|     the same call, later
 */
export function chain(interceptors: readonly Interceptor[], last: Invoker): Invoker {
  return interceptors.reduceRight<Invoker>(
    (next, interceptor) => ({ invoke: (request) => interceptor(request, next) }),
    last,
  )
}
