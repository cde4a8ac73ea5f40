/** Calls in a row: https://core.telegram.org/api/invoking#invoking-methods-in-order */
import type { Invoker, Request } from '../../core/invoker.ts'

/**
 * The same client, whose calls the server runs in the order in which they were made, one after the other. They are
 * sent at once all the same: each names the one before it. Each `inOrder` is a row of its own, and a call belongs to the
 * row that is nearest to it.
 *
 * A call that failed or was cancelled does not keep those behind it. What is held back or repeated by a policy takes
 * its place when it is sent: `within(inOrder(tg), { floodWait: 0 })` gives up rather than its place. Rows are the
 * session's: calls to another data centre, or of low priority, are in a row with each other only.
 *
 * @example
 * const row = inOrder(tg)
 * merge(sendText(row, '@durov', 'one'), sendText(row, '@durov', 'two')).subscribe()
 */
export function inOrder<Client extends Invoker>(tg: Client): Client {
  const order = {}
  const invoke = <Result>(request: Request<Result>) =>
    tg.invoke<Result>({ ...request, delivery: { order, ...request.delivery } })
  return { ...tg, invoke }
}
