/**
 * The server refused a message: why, and what follows. A refused message surely was not handled, since no id is ever
 * used twice, and what was in a refused container counts as refused. But of one that is too old the server can't tell.
 * https://core.telegram.org/mtproto/service_messages_about_messages#notice-of-ignored-error-message
 */
import { ProtocolError } from '../errors.ts'
import { ageOf } from './message-id.ts'
import type { Message } from './pack.ts'
import type { ServiceObject } from './service.ts'
import type { Call } from './session-calls.ts'
import { breakLink } from './session-link.ts'
import type { Notice } from './session-outbox.ts'
import { ping } from './session-ping.ts'
import { flushSoon } from './session-send.ts'
import {
  correctClock,
  fail,
  fault,
  forgotten,
  type SessionCore,
  saveSalts,
  serverTime,
  startOver,
  type Turn,
  trace,
} from './session-state.ts'
import { setRenewal } from './session-temporary.ts'

/** A call that was refused so often will not be taken, and a link on which nothing is taken is no good. */
const MAX_REFUSALS = 10

/** A message that is so many seconds ahead of the server's clock can't have been taken, however long it was on its way. */
const SURELY_AHEAD = 600

/**
 * So many milliseconds after a session was left, nothing of it can be on its way that the server would still take: its
 * ids are too old by then (description, "Message Identifier").
 */
const LATEST_ARRIVAL = 360_000

/** What was in a refused message or container. */
interface Refused {
  /** The id that the server named. */
  readonly messageId: bigint
  readonly code: number
  readonly calls: readonly Call[]
  readonly notices: readonly Notice[]
  /** It was the call that binds the key; it is to be made again already. */
  readonly binding?: boolean | undefined
}

type Reaction = (session: SessionCore, refused: Refused, message: Message, turn: Turn) => void

/** "Error codes" of the notice. */
const reactions: Readonly<Record<number, Reaction>> = {
  // msg_id too low, too high: our clock is wrong.
  16: slowClock,
  17: fastClock,
  // The low bits of msg_id: a bug of ours.
  18: ourBug,
  // A container with the id of an older message.
  19: newSession,
  // Too old: our clock, or a slow network.
  20: tooOld,
  // seq_no too low, too high: we disagree on what was sent.
  32: newSession,
  33: newSession,
  // seq_no should be even, should be odd: a bug of ours.
  34: ourBug,
  35: ourBug,
  // A wrong salt, without a right one.
  48: again,
  // An invalid container.
  64: ourBug,
}

/** `bad_server_salt`: the salt is there for the taking, whatever it is about. */
export function refusedSalt(
  session: SessionCore,
  { badMsgId, errorCode, newServerSalt }: Extract<ServiceObject, { _: 'bad_server_salt' }>,
  message: Message,
  turn: Turn,
): void {
  session.salts.replace(newServerSalt, serverTime(session, turn))
  if (session.observed) trace({ _: 'salt', what: 'refused', known: session.salts.list().length }, turn)
  saveSalts(session, turn)
  const refused = takeRefused(session, badMsgId, errorCode)
  if (isKnown(refused)) again(session, refused, message, turn)
}

/** `bad_msg_notification`. */
export function refusedMessage(
  session: SessionCore,
  { badMsgId, errorCode }: Extract<ServiceObject, { _: 'bad_msg_notification' }>,
  message: Message,
  turn: Turn,
): void {
  const refused = takeRefused(session, badMsgId, errorCode)
  if (!isKnown(refused)) {
    fault(new ProtocolError(`expected one of our messages to be refused, got another (code ${errorCode})`), turn)
    return
  }
  const react = reactions[errorCode] ?? ourBug
  react(session, refused, message, turn)
}

/** Whether that message or container of ours awaits an answer. */
export function isOurs({ calls, outbox, binding }: SessionCore, messageId: bigint): boolean {
  if (binding?.awaits(messageId) === true) return true
  return calls.ofMessage(messageId) !== undefined || outbox.awaits(messageId) || calls.ofPacket(messageId).length > 0
}

function takeRefused({ calls, outbox, binding }: SessionCore, messageId: bigint, code: number): Refused {
  if (binding?.awaits(messageId) === true) {
    binding.again()
    return { messageId, code, calls: [], notices: [], binding: true }
  }
  const call = calls.ofMessage(messageId)
  if (call !== undefined) return { messageId, code, calls: [call], notices: [] }
  const notice = outbox.settle(messageId)
  if (notice !== undefined) return { messageId, code, calls: [], notices: [notice] }
  return { messageId, code, calls: calls.ofPacket(messageId), notices: outbox.settlePacket(messageId) }
}

function isKnown({ calls, notices, binding = false }: Refused): boolean {
  return calls.length + notices.length > 0 || binding
}

/** All of it is sent again, under new ids. */
function again(
  session: SessionCore,
  { calls, notices, code, binding = false }: Refused,
  _message: Message,
  turn: Turn,
): void {
  const patient = calls.filter((call) => !givesUp(session, call, code, turn))
  session.calls.again(patient)
  for (const notice of notices) {
    if (notice._ === 'salts') session.saltsAskedAt = Number.NEGATIVE_INFINITY
    else session.outbox.add(notice._ === 'ping' ? { ...notice, at: turn.env.elapsed } : notice)
  }
  if (++session.refusals > MAX_REFUSALS) {
    session.refusals = 0
    breakLink(session, `the server refused ${MAX_REFUSALS} messages in a row, the last with code ${code}`, turn)
    return
  }
  if (patient.length > 0 || session.outbox.urgent || binding) flushSoon(session, turn)
}

function givesUp(session: SessionCore, call: Call, code: number, turn: Turn): boolean {
  if (++call.refusals < MAX_REFUSALS) return false
  fail(session, call, new ProtocolError(`the server refused the call ${MAX_REFUSALS} times, with code ${code}`), turn)
  return true
}

/** It may have been handled before. */
function tooOld(session: SessionCore, refused: Refused, message: Message, turn: Turn): void {
  const { calls } = refused
  for (const call of calls) if (!call.repeatable) forgotten(session, [call], 'the server found it too old', turn)
  again(session, { ...refused, calls: calls.filter(({ repeatable }) => repeatable) }, message, turn)
}

/** The refusal itself tells the time. */
function slowClock(session: SessionCore, refused: Refused, message: Message, turn: Turn): void {
  correctClock(session, message.messageId, turn)
  session.synchronised = true
  setRenewal(session, turn)
  saveSalts(session, turn)
  // Our clock was so far ahead that an id ran over its end: to go up from there would not help.
  if (session.ids.isAhead(turn.env)) newSession(session, refused, message, turn)
  else again(session, refused, message, turn)
}

/** Ids may not go down within a session. What was sent later and is far ahead will be refused as well. */
function fastClock(session: SessionCore, refused: Refused, message: Message, turn: Turn): void {
  correctClock(session, message.messageId, turn)
  session.synchronised = true
  setRenewal(session, turn)
  saveSalts(session, turn)
  const now = serverTime(session, turn)
  const isRefused = (call: Call): boolean =>
    refused.calls.includes(call) || (call.state === 'sent' && ageOf(call.packetId, now) < -SURELY_AHEAD)
  begin(session, refused, isRefused, turn)
}

function newSession(session: SessionCore, refused: Refused, _message: Message, turn: Turn): void {
  begin(session, refused, (call) => refused.calls.includes(call), turn)
}

function begin(session: SessionCore, { code }: Refused, isRefused: (call: Call) => boolean, turn: Turn): void {
  const patient = new Set(session.calls.sent().filter((call) => isRefused(call) && !givesUp(session, call, code, turn)))
  startOver(session, (call) => patient.has(call), `the server wanted a new session (code ${code})`, turn)
  // What a slow network still holds of it would run once more in a session of that name that knows of nothing.
  const from = turn.env.elapsed + LATEST_ARRIVAL
  session.outbox.add({ _: 'destroy', sessionId: session.previousId, from })
  if (++session.refusals > MAX_REFUSALS) {
    session.refusals = 0
    breakLink(session, `the server refused ${MAX_REFUSALS} sessions in a row, the last with code ${code}`, turn)
    return
  }
  ping(session, turn)
  flushSoon(session, turn)
}

/** To send it again would be refused again: it fails, and the link is begun anew. */
function ourBug(session: SessionCore, { calls, code }: Refused, _message: Message, turn: Turn): void {
  const why = `the server refused a message of ours with code ${code}`
  for (const call of calls) fail(session, call, new ProtocolError(why), turn)
  breakLink(session, why, turn)
}
