/**
 * What leaves: everything that waits goes in one packet, as a container when it is more than one message.
 * https://core.telegram.org/mtproto/service_messages#containers
 */
import { encode } from '../tl/writer.ts'
import { seal } from './envelope.ts'
import { CONTAINED_OVERHEAD, type Message, writeContainer } from './pack.ts'
import { writeServiceObject } from './service.ts'
import type { Call } from './session-calls.ts'
import { type Notice, serviceObject } from './session-outbox.ts'
import { type SessionCore, serverTime, type Turn } from './session-state.ts'

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

/** With a call under way, silence is looked into after so many milliseconds. */
export const BUSY_PING_DELAY = 10_000

/** Something may leave now: with all that is wished for before the work in hand is done. */
export function flushSoon(session: SessionCore, { env, out }: Turn): void {
  if (session.phase !== 'ready' || session.flushing) return
  session.flushing = true
  out.push({ _: 'timer', key: 'flush', at: env.elapsed })
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
  askForSalts(session, turn)
  let notices = session.outbox.take()
  for (;;) {
    const batch = calls ? nextCalls(session) : []
    if (batch.length + notices.length === 0) break
    const alone = batch.length === 1 && batch[0]!.body.length >= CONTAINER_BYTES
    sendPacket(session, batch, alone ? [] : notices, turn)
    if (!alone) notices = session.outbox.take()
  }
  session.flushing = false
  if (session.noticesAt !== undefined) turn.out.push({ _: 'untimer', key: 'notices' })
  session.noticesAt = undefined
  watchBusyLink(session, turn)
}

/** The next calls that fit into one container. */
function nextCalls({ calls }: SessionCore): readonly Call[] {
  const batch: Call[] = []
  let bytes = 0
  for (const call of calls.waitingInOrder()) {
    bytes += call.body.length + CONTAINED_OVERHEAD
    const full = bytes > CONTAINER_BYTES && batch.length > 0
    if (full || batch.length === CONTAINER_CALLS || calls.inFlight + batch.length >= MAX_IN_FLIGHT) break
    batch.push(call)
  }
  return batch
}

function sendPacket(session: SessionCore, calls: readonly Call[], notices: readonly Notice[], turn: Turn): void {
  const { ids } = session
  // Calls are content-related: they must be acked. Notices are not (description, "Content-related Message").
  const messages: Message[] = calls.map(({ body }) => ({
    messageId: nextId(session, turn),
    seqNo: ids.nextSeqNo(true),
    body,
  }))
  for (const notice of notices) {
    const body = encode(serviceObject(notice), writeServiceObject)
    messages.push({ messageId: nextId(session, turn), seqNo: ids.nextSeqNo(false), body })
  }
  const outer = messages.length === 1 ? messages[0]! : contain(session, messages, turn)
  calls.forEach((call, index) => {
    session.calls.send(call, messages[index]!.messageId, outer.messageId)
  })
  notices.forEach((notice, index) => {
    session.outbox.send(notice, messages[calls.length + index]!.messageId, outer.messageId)
  })
  write(session, outer, turn)
}

/** A container's id is greater than those of its messages; it is never acked (service messages, "Containers"). */
function contain(session: SessionCore, messages: readonly Message[], turn: Turn): Message {
  return { messageId: nextId(session, turn), seqNo: session.ids.nextSeqNo(false), body: writeContainer(messages) }
}

/** Signed, as the server's messages name it, also when our clock says that 2038 is over. */
function nextId({ ids }: SessionCore, { env }: Turn): bigint {
  return BigInt.asIntN(64, ids.next(env))
}

function write(session: SessionCore, { messageId, seqNo, body }: Message, turn: Turn): void {
  const { key, link, sessionId } = session
  if (key === undefined) return
  const salt = session.salts.at(serverTime(session, turn))
  const random = (length: number) => turn.env.random(length)
  const packet = seal({ key, from: 'client', salt, sessionId, messageId, seqNo, body, random })
  turn.out.push({ _: 'write', link, packet })
}

/** Asked with a packet that leaves anyway, once the server's clock is known. */
function askForSalts(session: SessionCore, { env }: Turn): void {
  if (!session.synchronised || !session.salts.few || env.elapsed - session.saltsAskedAt < SALTS_INTERVAL) return
  session.saltsAskedAt = env.elapsed
  session.outbox.add({ _: 'salts' })
}

/** While an answer is awaited the next ping comes sooner. */
export function watchBusyLink(session: SessionCore, { env, out }: Turn): void {
  const soon = env.elapsed + BUSY_PING_DELAY
  if (session.calls.inFlight === 0 || session.pingAt <= soon || session.awaitingSince !== undefined) return
  session.pingAt = soon
  out.push({ _: 'timer', key: 'ping', at: soon })
}
