/** Which call a request is. */
import type { Methods } from '../../api/types.ts'
import type { Request } from '../../core/invoker.ts'

/**
 * Whether `request` calls that method; narrows its params, so that an interceptor can read them.
 *
 * @example
 * const silent: Interceptor = (request, next) =>
 *   isRequest(request, 'messages.sendMessage') && request.params.silent ? EMPTY : next.invoke(request)
 */
export function isRequest<Name extends keyof Methods>(
  request: Request<unknown>,
  method: Name,
): request is Request<Methods[Name]['result'], Methods[Name]['params']> {
  return request.method === method
}
