/**
 * What became of messages: the server tells, is asked about calls that are late, and asks itself.
 * https://core.telegram.org/mtproto/service_messages_about_messages
 */
import { ProtocolError, TransportError } from '../errors.ts'
import type { Message } from './pack.ts'
import type { ServiceObject } from './service.ts'
import type { Call } from './session-calls.ts'
import { breakLink } from './session-link.ts'
import { MAX_IDS } from './session-outbox.ts'
import { lateAfter, MOST_LATE, patience } from './session-patience.ts'
import { ping } from './session-ping.ts'
import { tellReceived } from './session-received.ts'
import { flushSoon, lookAgain } from './session-send.ts'
import { fail, fault, forgotten, type SessionCore, type Turn, trace } from './session-state.ts'

/** Calls that are late at about the same time are asked about together: no two questions are nearer than this. */
const ASKED_TOGETHER = 1_000

/** "Informational Message regarding Status of Messages": the low three bits, and what more there is. */
const FORGOTTEN = 1
const MISSING = 2
const TOO_HIGH = 3
const RECEIVED = 4
const ANSWERED = 64

/** So often the link is opened anew for the sake of an answer that the server has made and that does not come. */
const MAX_RENEWALS = 2

/** Calls that have no answer for a while are asked about: the server may know nothing of them. */
export function lateDue(session: SessionCore, turn: Turn): void {
  session.lateAt = undefined
  if (session.phase !== 'ready') return
  const { elapsed } = turn.env
  const messageIds: bigint[] = []
  let next = Number.POSITIVE_INFINITY
  for (const call of session.calls.sent()) {
    // Those that were asked about before may as well go along a little early.
    if (call.askAt <= elapsed + (call.asked > 0 ? ASKED_TOGETHER : 0)) {
      messageIds.push(call.messageId)
      call.asked++
      call.askAt = elapsed + (call.state === 'acked' ? MOST_LATE : lateAfter(session, call.asked))
    }
    next = Math.min(next, call.askAt)
  }
  if (messageIds.length > 0) {
    session.outbox.add({ _: 'states', messageIds })
    if (isSilent(session, elapsed)) ping(session, turn)
    flushSoon(session, turn)
  }
  if (next < Number.POSITIVE_INFINITY) lookAgain(session, Math.max(next, elapsed + ASKED_TOGETHER), turn)
}

/** Whether a ping is due soon anyway: it may as well go along. */
function isSilent(session: SessionCore, elapsed: number): boolean {
  const since = Math.max(session.heardAt, session.pingedAt)
  return session.awaitingSince === undefined && since + patience(session) <= elapsed + ASKED_TOGETHER
}

/** `msgs_ack`. */
export function acked(
  session: SessionCore,
  { msgIds }: Extract<ServiceObject, { _: 'msgs_ack' }>,
  _message: Message,
  turn: Turn,
): void {
  session.refusals = 0
  for (const id of msgIds) {
    const call = session.calls.ofMessage(id)
    if (call !== undefined) has(session, call, turn)
  }
}

/** The server has that call. */
function has(session: SessionCore, call: Call, turn: Turn): void {
  if (session.observed && call.state !== 'acked') trace({ _: 'call', step: 'acked', call: call.id }, turn)
  call.state = 'acked'
  // It may take its time now; but whether it still has the call is worth a question later.
  call.askAt = turn.env.elapsed + MOST_LATE
  tellReceived(session, call, turn)
}

/** Its answer is on its way, or lost. */
function askSoon(session: SessionCore, call: Call, turn: Turn): void {
  call.askAt = turn.env.elapsed + lateAfter(session, 1)
  lookAgain(session, call.askAt, turn)
}

/** `msgs_state_info`. */
export function statesAnswered(
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

/** `msgs_all_info`. */
export function statesTold(
  session: SessionCore,
  { msgIds, info }: Extract<ServiceObject, { _: 'msgs_all_info' }>,
  _message: Message,
  turn: Turn,
): void {
  applyStates(session, msgIds, info, turn)
}

function applyStates(session: SessionCore, messageIds: readonly bigint[], info: Uint8Array, turn: Turn): void {
  if (info.length !== messageIds.length) {
    fault(new ProtocolError(`expected the states of ${messageIds.length} messages, got ${info.length}`), turn)
    return
  }
  const missing: Call[] = []
  const unknown: Call[] = []
  let isAnswerLost = false
  messageIds.forEach((id, index) => {
    const call = session.calls.ofMessage(id)
    if (call === undefined) return
    const state = info[index]! & 7
    if (state === MISSING || state === TOO_HIGH) missing.push(call)
    // It may have had the message and forgotten it: that is no promise.
    else if (state === FORGOTTEN) unknown.push(call)
    else if (state === RECEIVED) {
      has(session, call, turn)
      if ((info[index]! & ANSWERED) !== 0 && isAnswerMissing(session, call, turn)) isAnswerLost = true
    }
  })
  session.calls.again(missing)
  forgotten(session, unknown, 'the server has forgotten the call', turn)
  if (session.calls.waiting > 0) flushSoon(session, turn)
  if (isAnswerLost) breakLink(session, 'expected an answer that the server says it has given, got none', turn)
}

/**
 * The server says that it has answered. The answer may be on its way; when it says so once more, it is not, and a new
 * link makes the server say again what was not acked. If that does not help either, nothing will.
 */
function isAnswerMissing(session: SessionCore, call: Call, turn: Turn): boolean {
  askSoon(session, call, turn)
  if (call.answeredOn !== session.link) {
    call.answeredOn = session.link
    return false
  }
  call.answeredOn = 0
  if (++call.renewals <= MAX_RENEWALS) return true
  if (call.repeatable) forgotten(session, [call], 'the answer was lost', turn)
  else fail(session, call, new TransportError('the call has run, and its answer was lost', 'unknown'), turn)
  return false
}

/** `msg_detailed_info`. */
export function answerAnnounced(
  session: SessionCore,
  { msgId, answerMsgId }: Extract<ServiceObject, { _: 'msg_detailed_info' }>,
  _message: Message,
  turn: Turn,
): void {
  const call = session.calls.ofMessage(msgId)
  if (call !== undefined) {
    has(session, call, turn)
    // What is made already may not take as long as what is still to be done.
    askSoon(session, call, turn)
  }
  announced(session, answerMsgId)
}

/** `msg_new_detailed_info`. */
export function messageAnnounced(
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
export function statesAsked(
  session: SessionCore,
  { msgIds }: Extract<ServiceObject, { _: 'msgs_state_req' | 'msg_resend_req' }>,
  { messageId }: Message,
  turn: Turn,
): void {
  if (msgIds.length > MAX_IDS) {
    fault(new ProtocolError(`expected a question about at most ${MAX_IDS} messages, got ${msgIds.length}`), turn)
    return
  }
  session.outbox.add({ _: 'info', requestId: messageId, info: session.inbox.states(msgIds) })
}
