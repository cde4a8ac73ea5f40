import type { ServiceObject } from '../../lib/core/protocol/service.ts'
import { SessionTable } from './session-table.ts'

/** A session that the server has heard and answered. */
export function openTable(options?: ConstructorParameters<typeof SessionTable>[0]): SessionTable {
  return new SessionTable(options).openAndGreet()
}

/** `bad_msg_notification` of that message. */
export function refused(badMsgId: bigint, errorCode: number): ServiceObject {
  return { _: 'bad_msg_notification', badMsgId, badMsgSeqno: 1, errorCode }
}

/** `bad_server_salt` for that message. */
export function badSalt(badMsgId: bigint, newServerSalt: bigint): ServiceObject {
  return { _: 'bad_server_salt', badMsgId, badMsgSeqno: 1, errorCode: 48, newServerSalt }
}

/** `new_session_created`. */
export function newSession(firstMsgId: bigint, uniqueId = 1n, serverSalt = 1n): ServiceObject {
  return { _: 'new_session_created', firstMsgId, uniqueId, serverSalt }
}
