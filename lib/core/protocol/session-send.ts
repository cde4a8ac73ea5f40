/**
 * What leaves: everything that waits goes in one packet, as a container when it is more than one message.
 * https://core.telegram.org/mtproto/service_messages#containers
 */

import { writeServiceObject } from '#service'
import { encode } from '../tl/writer.ts'
import { seal, sealAsking } from './envelope.ts'
import { CONTAINED_OVERHEAD, type Message, writeContainer } from './pack.ts'
import type { Binding } from './session-binding.ts'
import type { Call } from './session-calls.ts'
import { bodyInRow, isNext, type Ordered } from './session-order.ts'
import { type Notice, serviceObject } from './session-outbox.ts'
import { lateAfter, patience } from './session-patience.ts'
import { type SessionCore, serverTime, type Turn, trace } from './session-state.ts'
import { BINDING_TIMERS } from './session-temporary.ts'

/** No more calls are put into a container that holds so many bytes; a bigger call travels alone. */
const CONTAINER_BYTES = 32_768

/** Calls in one container: leaves room for notices below Telegram's limit of 1,020 messages. */
const CONTAINER_CALLS = 900

/** Calls that may be under way at once; the others wait. */
const MAX_IN_FLIGHT = 4_096

/** So many acks don't wait for company, */
const ACKS_AT_ONCE = 100
/** others do for so many milliseconds (service messages about messages, "Acknowledgment of Receipt": within a minute), */
const ACKS_DELAY = 30_000
/** and a drop, which spares the link an answer, for so many. */
const DROP_DELAY = 100

/** Salts are asked for at most this often, in milliseconds. */
const SALTS_INTERVAL = 60_000

/** An answer to the binding call is awaited for so many milliseconds. */
const BIND_LIMIT = 15_000

/** The timer by which late calls are looked after. */
export const LATE_TIMER = 'late'

/** Something may leave now: with all that is wished for before the work in hand is done. */
export function flushSoon(session: SessionCore, { env, out }: Turn): void {
  if (session.phase !== 'ready' || session.flushing) return
  session.flushing = true
  out.push({ _: 'timer', key: 'flush', at: env.elapsed })
}

/** Something happened: a call that was held back by its row may leave now. */
export function releaseHeld(session: SessionCore, turn: Turn): void {
  const { calls } = session
  if (calls.rows.held === 0 || session.phase !== 'ready' || session.flushing) return
  for (const call of calls.waitingInOrder()) {
    if (call.place === undefined || !isNext(call, [])) continue
    flushSoon(session, turn)
    return
  }
}

/** A notice waits: for company if it is patient. */
export function flushNotices(session: SessionCore, turn: Turn): void {
  const { outbox } = session
  if (session.phase !== 'ready' || outbox.empty) return
  if (outbox.urgent || outbox.acks >= ACKS_AT_ONCE) {
    flushSoon(session, turn)
    return
  }
  const at = turn.env.elapsed + (outbox.drops > 0 ? DROP_DELAY : ACKS_DELAY)
  if (session.noticesAt !== undefined && session.noticesAt <= at) return
  session.noticesAt = at
  turn.out.push({ _: 'timer', key: 'notices', at })
}

/** Everything that waits leaves, in as few packets as are allowed. */
export function flush(session: SessionCore, turn: Turn, { calls = true }: { calls?: boolean } = {}): void {
  if (session.phase !== 'ready') return
  const { binding } = session
  if (binding?.step === 'due') {
    session.flushing = false
    // What waits besides goes with the packet after its answer.
    if (calls) sendBinding(session, binding, turn)
    return
  }
  askForSalts(session, turn)
  let notices = session.outbox.take(turn.env.elapsed)
  for (;;) {
    const batch = calls && binding?.holdsCalls !== true ? nextCalls(session) : []
    if (batch.length + notices.length === 0) break
    const alone = batch.length === 1 && batch[0]!.body.length >= CONTAINER_BYTES
    sendPacket(session, batch, alone ? [] : notices, turn)
    if (!alone) notices = session.outbox.take(turn.env.elapsed)
  }
  session.flushing = false
  watchBusyLink(session, turn)
  watchLateCalls(session, turn)
}

/** The next calls that fit into one container. */
function nextCalls({ calls }: SessionCore): readonly Call[] {
  const batch: Call[] = []
  let bytes = 0
  calls.rows.held = 0
  for (const call of calls.waitingInOrder()) {
    if (call.place !== undefined && !isNext(call, batch)) {
      calls.rows.held++
      continue
    }
    bytes += call.body.length + CONTAINED_OVERHEAD
    const full = bytes > CONTAINER_BYTES && batch.length > 0
    if (full || batch.length === CONTAINER_CALLS || calls.inFlight + batch.length >= MAX_IN_FLIGHT) break
    batch.push(call)
  }
  return batch
}

/** The call that binds a temporary key leaves alone, and before everything else. */
function sendBinding(session: SessionCore, binding: Binding, turn: Turn): void {
  const { key, ids, sessionId } = session
  if (key === undefined) return
  const messageId = nextId(session, turn)
  const body = binding.send(messageId, key, sessionId, turn.env)
  write(session, { messageId, seqNo: ids.nextSeqNo(true), body }, turn)
  turn.out.push({ _: 'timer', key: BINDING_TIMERS.answer, at: turn.env.elapsed + BIND_LIMIT })
}

function sendPacket(session: SessionCore, calls: readonly Call[], notices: readonly Notice[], turn: Turn): void {
  const { ids } = session
  // Calls are content-related: they must be acked. Notices are not (description, "Content-related Message").
  const messages: Message[] = []
  const idOf = (call: Ordered): bigint | undefined =>
    messages[calls.lastIndexOf(call as Call, messages.length)]?.messageId
  for (const call of calls) {
    const body = bodyInRow(call, idOf)
    messages.push({ messageId: nextId(session, turn), seqNo: ids.nextSeqNo(true), body })
  }
  for (const notice of notices) {
    const body = encode(serviceObject(notice), writeServiceObject)
    messages.push({ messageId: nextId(session, turn), seqNo: ids.nextSeqNo(false), body })
  }
  const outer = messages.length === 1 ? messages[0]! : contain(session, messages, turn)
  if (session.observed) tellSent(calls, turn)
  const askAt = turn.env.elapsed + lateAfter(session, 0)
  calls.forEach((call, index) => {
    session.calls.send(call, messages[index]!.messageId, outer.messageId, askAt)
  })
  notices.forEach((notice, index) => {
    session.outbox.send(notice, messages[calls.length + index]!.messageId, outer.messageId)
  })
  write(session, outer, turn, calls)
}

/** To be told before they are noted as sent: their message ids tell whether they were before. */
function tellSent(calls: readonly Call[], turn: Turn): void {
  for (const { id, messageId, body } of calls)
    trace({ _: 'call', step: messageId === 0n ? 'sent' : 'again', call: id, bytes: body.length }, turn)
}

/** A container's id is greater than those of its messages; it is never acked (service messages, "Containers"). */
function contain(session: SessionCore, messages: readonly Message[], turn: Turn): Message {
  return { messageId: nextId(session, turn), seqNo: session.ids.nextSeqNo(false), body: writeContainer(messages) }
}

/** Signed, as the server's messages name it, also when our clock says that 2038 is over. */
function nextId({ ids }: SessionCore, { env }: Turn): bigint {
  return BigInt.asIntN(64, ids.next(env))
}

function write(
  session: SessionCore,
  { messageId, seqNo, body }: Message,
  turn: Turn,
  calls: readonly Call[] = [],
): void {
  const { key, link, sessionId } = session
  if (key === undefined) return
  const salt = session.salts.at(serverTime(session, turn))
  if (session.observed) tellSalt(session, salt, turn)
  const random = (length: number) => turn.env.random(length)
  const options = { key, from: 'client', salt, sessionId, messageId, seqNo, body, random } as const
  const asking = calls.flatMap(({ id, wantsReceipt }) => (wantsReceipt ? [id] : []))
  if (asking.length === 0) {
    turn.out.push({ _: 'write', link, packet: seal(options) })
    return
  }
  const { packet, quickAckToken } = sealAsking(options)
  session.receipts.ask(quickAckToken, asking)
  turn.out.push({ _: 'write', link, packet, quickAck: true })
}

function tellSalt(session: SessionCore, salt: bigint, turn: Turn): void {
  const { tracedSalt, salts } = session
  session.tracedSalt = salt
  if (tracedSalt === undefined || tracedSalt === salt) return
  trace({ _: 'salt', what: 'rotated', known: salts.list().length }, turn)
}

/** Asked with a packet that leaves anyway, once the server's clock is known. */
function askForSalts(session: SessionCore, { env }: Turn): void {
  if (!session.synchronised || !session.salts.few || env.elapsed - session.saltsAskedAt < SALTS_INTERVAL) return
  session.saltsAskedAt = env.elapsed
  session.outbox.add({ _: 'salts' })
}

/** While an answer is awaited the next ping comes sooner. */
export function watchBusyLink(session: SessionCore, { env, out }: Turn): void {
  if (session.calls.inFlight === 0 || session.awaitingSince !== undefined) return
  const soon = env.elapsed + patience(session)
  if (session.pingAt <= soon) return
  session.pingAt = soon
  out.push({ _: 'timer', key: 'ping', at: soon })
}

/** Calls are under way: one timer looks after all that will be late. */
function watchLateCalls(session: SessionCore, turn: Turn): void {
  if (session.lateAt === undefined && session.calls.inFlight > 0)
    lookAgain(session, turn.env.elapsed + lateAfter(session, 0), turn)
}

/** At that time some call will be late. */
export function lookAgain(session: SessionCore, at: number, { out }: Turn): void {
  if (session.phase !== 'ready' || (session.lateAt !== undefined && session.lateAt <= at)) return
  session.lateAt = at
  out.push({ _: 'timer', key: LATE_TIMER, at })
}
