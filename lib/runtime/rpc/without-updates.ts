/** Calls of connections that leave the updates to another: https://core.telegram.org/method/invokeWithoutUpdates */
import { invokeWithoutUpdatesRequest } from '../../api/root.ts'
import type { Interceptor } from '../../core/invoker.ts'

/** Asks with every call that its session be sent no updates. */
export const withoutUpdates: Interceptor = (request, next) => {
  const { write, params } = invokeWithoutUpdatesRequest({ query: request })
  return next.invoke({ ...request, write: () => write(params) })
}
