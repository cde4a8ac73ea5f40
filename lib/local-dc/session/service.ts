/**
 * What the server answers to service messages: https://core.telegram.org/mtproto/service_messages
 * Answers go bare, except that of rpc_drop_answer. What needs no answer gets none.
 */
import type { Env } from '../../core/machine.ts'
import { isContentRelated } from '../../core/protocol/message-id.ts'
import { type Message, writeRpcResult } from '../../core/protocol/pack.ts'
import type { ServiceObject } from '../../core/protocol/service.ts'
import type { SessionParts } from './session-parts.ts'
import { writeService } from './write-service.ts'

/** The longest that a client may ask to be kept without a ping, in seconds. */
const MAX_DISCONNECT_DELAY = 86_400
/** Ids in one request about messages (service messages about messages). */
const MAX_IDS = 8192

export function answerService(
  parts: SessionParts,
  object: ServiceObject,
  message: Message,
  link: number,
  env: Env,
): void {
  const { outbox, calls, order, salts } = parts
  const { messageId } = message
  switch (object._) {
    case 'msgs_ack':
      calls.acked(outbox.acked(object.msgIds.slice(0, MAX_IDS)))
      break
    case 'ping':
      answered(parts, message, { _: 'pong', msgId: messageId, pingId: object.pingId })
      break
    case 'ping_delay_disconnect': {
      const seconds = Math.min(Math.max(object.disconnectDelay, 0), MAX_DISCONNECT_DELAY)
      order({ _: 'timer', key: `disconnect:${link}`, at: env.elapsed + seconds * 1000 })
      answered(parts, message, { _: 'pong', msgId: messageId, pingId: object.pingId })
      break
    }
    case 'get_future_salts': {
      const list = salts.future(object.num, env).map((salt) => ({ _: 'future_salt', ...salt }) as const)
      const now = Math.floor(env.now / 1000)
      answered(parts, message, { _: 'future_salts', reqMsgId: messageId, now, salts: list })
      break
    }
    case 'msgs_state_req':
      answered(parts, message, stateInfo(parts, messageId, object.msgIds))
      break
    case 'msg_resend_req':
    case 'msg_resend_ans_req': {
      const unknown = outbox.resend(object.msgIds.slice(0, MAX_IDS))
      if (unknown.length > 0) answered(parts, message, stateInfo(parts, messageId, object.msgIds))
      break
    }
    case 'rpc_drop_answer':
      // This one is wrapped, and wants to be acked as every answer does.
      outbox.keep('answer', writeRpcResult(messageId, writeService(calls.drop(object.reqMsgId))))
      parts.toAck.delete(messageId)
      break
    case 'destroy_session':
      order({ _: 'destroySession', sessionId: object.sessionId })
      break
    case 'destroy_auth_key':
      // Asked twice in one breath, the second time there is none any more.
      if (parts.afterFlush.some(({ _ }) => _ === 'destroyKey')) {
        answered(parts, message, { _: 'destroy_auth_key_none' })
        break
      }
      answered(parts, message, { _: 'destroy_auth_key_ok' })
      // The answer must go out while the key is there.
      parts.afterFlush.push({ _: 'destroyKey' })
      break
    default:
    // http_wait is for another transport; the rest only a server says.
  }
}

/** An answer to a service message says by itself that the message came. */
function answered({ outbox, toAck }: SessionParts, { messageId }: Message, object: ServiceObject): void {
  toAck.delete(messageId)
  outbox.once(writeService(object))
}

/** One byte for each message: whether it came, and what became of it. */
function stateInfo(parts: SessionParts, reqMsgId: bigint, msgIds: readonly bigint[]): ServiceObject {
  const info = Uint8Array.from(msgIds.slice(0, MAX_IDS), (id) => {
    const state = parts.inbox.stateOf(id)
    const seqNo = parts.inbox.seqNoOf(id)
    if (state !== 4 || seqNo === undefined) return state
    const ack = isContentRelated(seqNo) ? (parts.toAck.has(id) ? 0 : 8) : 16
    return state + ack + parts.calls.stateOf(id)
  })
  return { _: 'msgs_state_info', reqMsgId, info }
}
