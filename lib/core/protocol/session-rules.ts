/**
 * What the server says: the checks of everything that comes, then one rule for each message.
 * https://core.telegram.org/mtproto/security_guidelines#mtproto-encrypted-messages
 * and https://core.telegram.org/mtproto/service_messages
 */

import { isServiceId, readServiceObject, type ServiceObject } from '#service'
import { DecodeError, ProtocolError } from '../errors.ts'
import { decode } from '../tl/reader.ts'
import { open } from './envelope.ts'
import { ageOf, isContentRelated, isServerMessageId, isTimely } from './message-id.ts'
import { type Budget, constructorOf, isRpcResult, type Message, packetBudget, readPacked } from './pack.ts'
import { accepted, checkParity, readService, rpcResult } from './session-answers.ts'
import { probed } from './session-bound.ts'
import { keepClock } from './session-clock.ts'
import { drop, heard } from './session-link.ts'
import { patience, smoothed } from './session-patience.ts'
import { ping } from './session-ping.ts'
import { isOurs, refusedMessage, refusedSalt } from './session-refusals.ts'
import { flushNotices, flushSoon } from './session-send.ts'
import {
  correctClock,
  fault,
  forgotten,
  type SessionCore,
  saveSalts,
  serverTime,
  type Turn,
  trace,
} from './session-state.ts'
import { acked, answerAnnounced, messageAnnounced, statesAnswered, statesAsked, statesTold } from './session-states.ts'
import { setRenewal } from './session-temporary.ts'

/** `bad_server_salt`. */
const BAD_SERVER_SALT: number = 0xedab447b | 0

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
    if (!tellsTime(session, outer.messageId, unpacked.messages, turn)) {
      untimely(session, unpacked.messages, turn)
      return
    }
    correctClock(session, outer.messageId, turn)
    session.hasClockMoved = true
  }
  session.ids.learn(outer.messageId, turn.env)
  if (session.observed && !session.synchronised) trace({ _: 'clock', offset: session.ids.timeOffset(turn.env) }, turn)
  // By a better clock the end of a key is elsewhere.
  if (!session.synchronised) setRenewal(session, turn)
  session.synchronised = true
  keepClock(session, turn)
  for (const { messageId, seqNo, error } of unpacked.bad) {
    if (!isFromServer(messageId, turn)) continue
    // It came, and coming again would not make it better.
    if (session.inbox.take(messageId) !== 'too old' && isContentRelated(seqNo)) session.outbox.ack(messageId)
    fault(error, turn)
  }
  for (const message of saltsFirst(unpacked.messages)) {
    // A refusal may have begun another session: the rest of the packet belongs to the old one.
    if (session.sessionId !== outer.sessionId) break
    handle(session, message, budget, turn)
  }
  flushNotices(session, turn)
  probed(session, turn)
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
  if (session.phase !== 'ready' || turn.env.elapsed - session.pingedAt < patience(session)) return
  ping(session, turn)
  flushSoon(session, turn)
}

/**
 * From ahead of what we take for now nobody can have kept a packet back: when our ping is answered from there, our clock
 * is slow, though not by so much that our messages are refused.
 */
function tellsTime({ outbox, ids }: SessionCore, id: bigint, messages: readonly Message[], { env }: Turn): boolean {
  if (ageOf(id, ids.serverTime(env)) > 0) return false
  return messages.some(({ body }) => {
    const object = readService(body)
    return object?._ === 'pong' && outbox.awaits(object.msgId)
  })
}

/**
 * What was refused for its salt was not run: that must be known before a new session makes a guess at it. Servers tell of
 * the session before all else.
 */
function saltsFirst(messages: readonly Message[]): readonly Message[] {
  const isRefusal = ({ body }: Message): boolean => constructorOf(body) === BAD_SERVER_SALT
  if (messages.length === 1 || !messages.some(isRefusal)) return messages
  return [...messages.filter(isRefusal), ...messages.filter((message) => !isRefusal(message))]
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
  destroy_session_ok: sessionDestroyed,
  destroy_session_none: sessionDestroyed,
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
 * The server knows nothing of what we sent before `first_msg_id` (service messages, "New Session Creation
 * Notification"): it never had it, or has forgotten it, and only what may run twice is sent again. For a contained
 * message its container counts, and a container's id is lower than all that was made after it.
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
  tellSalts(session, turn)
  saveSalts(session, turn)
  if (session.binding?.forgottenBefore(firstMsgId) === true) flushSoon(session, turn)
  const older = session.calls.sent().filter(({ packetId }) => packetId < firstMsgId)
  forgotten(session, older, 'the server began the session anew', turn)
  session.outbox.forgetBefore(firstMsgId)
  if (session.calls.waiting > 0) flushSoon(session, turn)
  turn.out.push({ _: 'fact', fact: { _: 'newSession', first: !session.begun } })
  session.begun = true
}

function tellSalts(session: SessionCore, turn: Turn): void {
  if (session.observed) trace({ _: 'salt', what: 'learned', known: session.salts.list().length }, turn)
}

function pong(
  session: SessionCore,
  { msgId }: Extract<ServiceObject, { _: 'pong' }>,
  message: Message,
  turn: Turn,
): void {
  const asked = session.outbox.settle(msgId)
  if (asked?._ !== 'ping') return
  session.outbox.confirmBefore(msgId)
  const rtt = turn.env.elapsed - asked.at
  session.rtt = smoothed(session.rtt, rtt)
  session.ids.limit(message.messageId, asked.at)
  if (session.observed) trace({ _: 'ping', rtt }, turn)
  accepted(session, msgId, message, turn)
}

/** A session before this one is gone, as we wished. */
function sessionDestroyed(
  { outbox }: SessionCore,
  { sessionId }: Extract<ServiceObject, { _: 'destroy_session_ok' | 'destroy_session_none' }>,
  _message: Message,
  turn: Turn,
): void {
  if (outbox.settleDestroy(sessionId)) return
  fault(new ProtocolError('expected a session destroyed that was to be, got another'), turn)
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
  tellSalts(session, turn)
  saveSalts(session, turn)
}
