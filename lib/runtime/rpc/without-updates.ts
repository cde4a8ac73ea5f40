/** Calls of connections that leave the updates to another: https://core.telegram.org/method/invokeWithoutUpdates */
import { invokeWithoutUpdatesRequest } from '#api/root'
import type { Interceptor } from '../../core/invoker.ts'

/**
 * Asks with every call that its session be sent no updates.
 *
 * Starts: with each subscription to a call, the call inside invokeWithoutUpdates.
 * Emits: what the call emits; its result is read as ever.
 * Errors: as the call.
 * Unsubscribe: cancels the call.
 *
 *     calls:     -a----b---
 *     sent:      -(a)--(b)-      (x): inside invokeWithoutUpdates
 *     answers:   ----a----b
 */
export const withoutUpdates: Interceptor = (request, next) => {
  const { write, params } = invokeWithoutUpdatesRequest({ query: request })
  return next.invoke({ ...request, write: (_params, position) => write(params, position) })
}
