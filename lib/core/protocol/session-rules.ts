/**
 * What the server says: the checks of everything that comes, then one rule for each message.
 * https://core.telegram.org/mtproto/security_guidelines#mtproto-encrypted-messages
 * and https://core.telegram.org/mtproto/service_messages
 */
import { DecodeError, ProtocolError } from '../errors.ts'
import { decode } from '../tl/reader.ts'
import { open } from './envelope.ts'
import { isContentRelated, isServerMessageId, isTimely } from './message-id.ts'
import {
  type Budget,
  constructorOf,
  isRpcResult,
  type Message,
  packetBudget,
  readPacked,
  readRequestId,
  readRpcResult,
} from './pack.ts'
import { isServiceId, readServiceObject, type ServiceObject } from './service.ts'
import type { Call } from './session-calls.ts'
import { drop, heard } from './session-link.ts'
import { isOurs, refusedMessage, refusedSalt } from './session-refusals.ts'
import { flushNotices, flushSoon } from './session-send.ts'
import { fail, fault, type SessionCore, saveSalts, serverTime, type Turn } from './session-state.ts'

/** An answer that is so much older than its question, in units of 2^-32 s: our clock is wrong. */
const CLOCK_TOLERANCE = 15n << 32n

/** One packet, which is opened in place: it must be nobody else's. */
export function received(session: SessionCore, packet: Uint8Array, turn: Turn): void {
  const { key } = session
  if (key === undefined) return
  const outer = open({ key, from: 'server', packet, reuse: true })
  if (outer instanceof ProtocolError) {
    drop(session, outer, turn)
    return
  }
  if (outer.sessionId !== session.sessionId) {
    if (outer.sessionId === session.previousId) return
    fault(new ProtocolError('expected a packet of this session, got one of another'), turn)
    return
  }
  if (!isFromServer(outer.messageId, turn)) return
  heard(session, turn)
  const budget = packetBudget()
  const unpacked = readPacked(outer, budget)
  if (unpacked instanceof DecodeError) {
    fault(unpacked, turn)
    return
  }
  if (session.synchronised && !isTimely(outer.messageId, serverTime(session, turn))) {
    untimely(session, unpacked.messages, turn)
    return
  }
  session.ids.learn(outer.messageId, turn.env)
  session.synchronised = true
  for (const { messageId, seqNo, error } of unpacked.bad) {
    if (!isFromServer(messageId, turn)) continue
    // It came, and coming again would not make it better.
    if (session.inbox.take(messageId) !== 'too old' && isContentRelated(seqNo)) session.outbox.ack(messageId)
    fault(error, turn)
  }
  for (const message of unpacked.messages) {
    // A refusal may have begun another session: the rest of the packet belongs to the old one.
    if (session.sessionId !== outer.sessionId) break
    handle(session, message, budget, turn)
  }
  flushNotices(session, turn)
}

/** From a wrong time only a refusal of one of our messages counts: it is what repairs the clock. */
function untimely(session: SessionCore, messages: readonly Message[], turn: Turn): void {
  fault(new ProtocolError('expected a packet of the last 300 s, got one of another time'), turn)
  const { sessionId } = session
  for (const message of messages) {
    // As in a timely packet: a refusal may have begun another session.
    if (session.sessionId !== sessionId) break
    const object = readService(message.body)
    if (object?._ !== 'bad_server_salt' && object?._ !== 'bad_msg_notification') continue
    if (!isFromServer(message.messageId, turn)) continue
    if (!isOurs(session, object.badMsgId) || session.inbox.take(message.messageId) !== 'new') continue
    applyRule(session, object, message, turn)
  }
}

/** Only clients make even ids: of a container each message is checked, not the container alone. */
function isFromServer(messageId: bigint, turn: Turn): boolean {
  if (isServerMessageId(messageId)) return true
  fault(new ProtocolError('expected the odd message id of a server, got an even one'), turn)
  return false
}

/** The time is the packet's, not the message's: what is sent again comes in a new packet under its old id. */
function handle(session: SessionCore, message: Message, budget: Budget, turn: Turn): void {
  const { messageId, seqNo, body } = message
  if (!isFromServer(messageId, turn)) return
  const novelty = session.inbox.take(messageId)
  // An answer can't be handled twice, however old it is: its call is open, or it is not.
  if (novelty === 'too old' && !isRpcResult(body)) {
    fault(new ProtocolError('expected a message that is not older than the last 1,000, got one'), turn)
    return
  }
  // A repeated one is acked again: the first ack was lost.
  if (isContentRelated(seqNo)) session.outbox.ack(messageId)
  if (novelty === 'repeated') return
  if (isRpcResult(body)) {
    rpcResult(session, message, budget, turn)
    return
  }
  const id = constructorOf(body)
  if (id === undefined) {
    fault(new DecodeError(`expected an object, got ${body.length} bytes`), turn)
    return
  }
  if (!isServiceId(id)) {
    checkParity(isContentRelated(seqNo), 'an update', turn)
    turn.out.push({ _: 'update', body })
    return
  }
  try {
    applyRule(session, decode(body, readServiceObject), message, turn)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    fault(error, turn)
  }
}

/** Real servers get it wrong now and then: reported, and that is all. */
function checkParity(right: boolean, what: string, turn: Turn): void {
  if (!right) fault(new ProtocolError(`expected the other parity of seq_no for ${what}`), turn)
}

function readService(body: Uint8Array): ServiceObject | undefined {
  const id = constructorOf(body)
  if (id === undefined || !isServiceId(id)) return undefined
  try {
    return decode(body, readServiceObject)
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

/** The answer to a call, or to the drop of one. Its message is acked already. */
function rpcResult(session: SessionCore, message: Message, budget: Budget, turn: Turn): void {
  const requestId = readRequestId(message.body)
  if (requestId instanceof DecodeError) {
    fault(requestId, turn)
    return
  }
  checkParity(isContentRelated(message.seqNo), 'rpc_result', turn)
  if (requestId === 0n) {
    fault(new ProtocolError('expected rpc_result of a message, got one of none'), turn)
    return
  }
  // Looked up before it is unpacked: what nobody waits for costs nothing.
  const call = session.calls.ofMessage(requestId)
  // A drop's own answer, the late answer of a call that was cancelled, or a repeated one: nobody waits for it.
  if (call === undefined) return void session.outbox.settle(requestId)
  accepted(session, requestId, message, turn)
  if (session.calls.waiting > 0) flushSoon(session, turn)
  const answer = readRpcResult(message.body, budget)
  const result = answer instanceof DecodeError ? answer : answer.result
  if (result instanceof DecodeError) {
    fail(session, call, result, turn)
    return
  }
  const object = readService(result)
  if (object?._ === 'rpc_error') {
    rpcError(session, call, object, turn)
    return
  }
  session.calls.end(call.id)
  turn.out.push({ _: 'answer', id: call.id, body: result })
}

/** `rpc_error` (service messages, "RPC Error"). Codes out of any range are an internal error. */
function rpcError(
  session: SessionCore,
  { id }: Call,
  { errorCode, errorMessage }: Extract<ServiceObject, { _: 'rpc_error' }>,
  turn: Turn,
): void {
  session.calls.end(id)
  const code = errorCode === 0 || Math.abs(errorCode) >= 10_000 ? 500 : errorCode
  turn.out.push({ _: 'refuse', id, code, text: errorMessage })
}

/** The server handled that message of ours. */
function accepted(session: SessionCore, requestId: bigint, { messageId }: Message, turn: Turn): void {
  session.refusals = 0
  // It can't have answered before it was asked.
  if (requestId - messageId > CLOCK_TOLERANCE) session.ids.correct(messageId, turn.env)
}

type Rule<Kind extends ServiceObject['_']> = (
  session: SessionCore,
  object: Extract<ServiceObject, { _: Kind }>,
  message: Message,
  turn: Turn,
) => void

/** One rule for each message; what is not here has no business to come. */
const rules: { readonly [Kind in ServiceObject['_']]?: Rule<Kind> } = {
  bad_server_salt: refusedSalt,
  bad_msg_notification: refusedMessage,
  new_session_created: newSessionCreated,
  msgs_ack: acked,
  pong,
  future_salts: futureSalts,
  msgs_state_info: statesAnswered,
  msgs_all_info: statesTold,
  msg_detailed_info: answerAnnounced,
  msg_new_detailed_info: messageAnnounced,
  msgs_state_req: statesAsked,
  msg_resend_req: statesAsked,
}

function applyRule(session: SessionCore, object: ServiceObject, message: Message, turn: Turn): void {
  const rule = rules[object._] as Rule<ServiceObject['_']> | undefined
  if (rule !== undefined) {
    rule(session, object, message, turn)
    return
  }
  fault(new ProtocolError(`expected a message of a session, got ${object._}`), turn)
}

/**
 * The server knows nothing of what we sent before `first_msg_id`: it is sent again (service messages, "New Session
 * Creation Notification"). For a contained message its container counts, and a container's id is lower than all
 * that was made after it.
 */
function newSessionCreated(
  session: SessionCore,
  { firstMsgId, uniqueId, serverSalt }: Extract<ServiceObject, { _: 'new_session_created' }>,
  { seqNo }: Message,
  turn: Turn,
): void {
  checkParity(isContentRelated(seqNo), 'new_session_created', turn)
  if (uniqueId === session.uniqueId) return
  session.uniqueId = uniqueId
  session.salts.take(serverSalt, serverTime(session, turn))
  saveSalts(session, turn)
  const forgotten = session.calls.sent().filter(({ packetId }) => packetId < firstMsgId)
  session.calls.again(forgotten)
  session.outbox.forgetBefore(firstMsgId)
  if (forgotten.length > 0) flushSoon(session, turn)
  turn.out.push({ _: 'fact', fact: { _: 'newSession', first: !session.begun } })
  session.begun = true
}

function acked(session: SessionCore, { msgIds }: Extract<ServiceObject, { _: 'msgs_ack' }>): void {
  session.refusals = 0
  for (const id of msgIds) {
    const call = session.calls.ofMessage(id)
    if (call !== undefined) call.state = 'acked'
  }
}

function pong(
  session: SessionCore,
  { msgId }: Extract<ServiceObject, { _: 'pong' }>,
  message: Message,
  turn: Turn,
): void {
  if (session.outbox.settle(msgId)?._ !== 'ping') return
  session.outbox.confirmBefore(msgId)
  accepted(session, msgId, message, turn)
}

function futureSalts(
  session: SessionCore,
  { reqMsgId, salts }: Extract<ServiceObject, { _: 'future_salts' }>,
  _message: Message,
  turn: Turn,
): void {
  if (session.outbox.settle(reqMsgId)?._ !== 'salts') {
    fault(new ProtocolError('expected the future salts that were asked for, got others'), turn)
    return
  }
  session.salts.learn(salts, serverTime(session, turn))
  saveSalts(session, turn)
}

function statesAnswered(
  session: SessionCore,
  { reqMsgId, info }: Extract<ServiceObject, { _: 'msgs_state_info' }>,
  _message: Message,
  turn: Turn,
): void {
  const asked = session.outbox.settle(reqMsgId)
  if (asked?._ === 'states') {
    applyStates(session, asked.messageIds, info, turn)
    return
  }
  // It is also the answer to a request to resend, for what the server can't resend.
  if (asked?._ !== 'resends') fault(new ProtocolError('expected the states that were asked for, got others'), turn)
}

function statesTold(
  session: SessionCore,
  { msgIds, info }: Extract<ServiceObject, { _: 'msgs_all_info' }>,
  _message: Message,
  turn: Turn,
): void {
  applyStates(session, msgIds, info, turn)
}

/** Low three bits: 1 to 3 not received, 4 received (service messages about messages, "Informational Message"). */
function applyStates(session: SessionCore, messageIds: readonly bigint[], info: Uint8Array, turn: Turn): void {
  if (info.length !== messageIds.length) {
    fault(new ProtocolError(`expected the states of ${messageIds.length} messages, got ${info.length}`), turn)
    return
  }
  const missing: Call[] = []
  messageIds.forEach((id, index) => {
    const call = session.calls.ofMessage(id)
    if (call === undefined) return
    const state = info[index]! & 7
    if (state === 4) call.state = 'acked'
    else if (state >= 1 && state <= 3) missing.push(call)
  })
  session.calls.again(missing)
  if (missing.length > 0) flushSoon(session, turn)
}

function answerAnnounced(
  session: SessionCore,
  { msgId, answerMsgId }: Extract<ServiceObject, { _: 'msg_detailed_info' }>,
): void {
  const call = session.calls.ofMessage(msgId)
  if (call !== undefined) call.state = 'acked'
  announced(session, answerMsgId)
}

function messageAnnounced(
  session: SessionCore,
  { answerMsgId }: Extract<ServiceObject, { _: 'msg_new_detailed_info' }>,
): void {
  announced(session, answerMsgId)
}

/** The server holds a message back: what came is acked, what did not come is asked for, and never acked. */
function announced(session: SessionCore, messageId: bigint): void {
  if (session.inbox.has(messageId)) session.outbox.ack(messageId)
  else session.outbox.add({ _: 'resends', messageIds: [messageId] })
}

/** The server asks what came of its messages. */
function statesAsked(
  session: SessionCore,
  { msgIds }: Extract<ServiceObject, { _: 'msgs_state_req' | 'msg_resend_req' }>,
  { messageId }: Message,
): void {
  session.outbox.add({ _: 'info', requestId: messageId, info: session.inbox.states(msgIds) })
}
