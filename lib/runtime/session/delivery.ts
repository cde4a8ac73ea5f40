/** How requests ask to travel, said to the session machine, and what it says of them on the way. */
import type { Subscriber } from 'rxjs'
import type { Request } from '../../core/invoker.ts'
import type { Wishes } from '../../core/protocol/session-events.ts'

/** Reads from requests how they are to travel: one for each session, since rows are the session's own. */
export function wishing(
  isRepeatable: (request: Request<unknown>) => boolean,
): (request: Request<unknown>, id: number) => Wishes {
  /** The number of the last call of each row. */
  const rows = new WeakMap<object, number>()
  return (request, id) => {
    const repeatable = isRepeatable(request)
    const { delivery } = request
    if (delivery === undefined) return { repeatable }
    const quickAck = delivery.onReceived !== undefined
    const { order } = delivery
    if (order === undefined) return { repeatable, quickAck }
    const after = rows.get(order) ?? 0
    rows.set(order, id)
    return { repeatable, quickAck, after }
  }
}

/** The server has the call, whose caller wanted to hear of it. What the caller's function throws ends the call. */
export function tellReceived({ delivery }: Request<unknown>, caller: Subscriber<unknown>): void {
  try {
    delivery?.onReceived?.()
  } catch (error) {
    caller.error(error)
  }
}
