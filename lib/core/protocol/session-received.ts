/**
 * Callers who want to hear when the server has their call: by a quick ack of its packet, or by an ack of its message.
 * A quick ack proves nothing, since it is not sealed: what is sent again does not depend on it.
 * https://core.telegram.org/mtproto/mtproto-transports#quick-ack
 */
import type { Call } from './session-calls.ts'
import { type SessionCore, type Turn, trace } from './session-state.ts'

/** A quick ack came. One that nobody asked for says nothing. */
export function quickAcked(session: SessionCore, token: number, turn: Turn): void {
  for (const id of session.receipts.take(token)) {
    const call = session.calls.byId(id)
    if (call !== undefined) tellReceived(session, call, turn)
  }
}

/** The server has that call: its caller hears of it, once. */
export function tellReceived(session: SessionCore, call: Call, turn: Turn): void {
  if (!call.wantsReceipt) return
  call.wantsReceipt = false
  if (session.observed) trace({ _: 'call', step: 'received', call: call.id }, turn)
  turn.out.push({ _: 'received', id: call.id })
}
