/**
 * The server's side of one session: a machine that judges what comes in, in the order that Telegram does, hands calls
 * out, and sends answers and updates until they are acked, over whichever connection the client has.
 * https://core.telegram.org/mtproto/service_messages_about_messages and https://core.telegram.org/mtproto/service_messages
 */
import { int64FromBytes } from '../../core/bytes.ts'
import { DecodeError } from '../../core/errors.ts'
import type { Env, FiredEvent, TimerEffect, UntimerEffect } from '../../core/machine.ts'
import type { Opened } from '../../core/protocol/envelope.ts'
import { isContentRelated, MessageIds } from '../../core/protocol/message-id.ts'
import { type BadMessage, constructorOf, type Message, readPacked, type Unpacked } from '../../core/protocol/pack.ts'
import { isServiceId, readServiceObject } from '../../core/protocol/service.ts'
import { decode } from '../../core/tl/reader.ts'
import type { ServerSalts } from '../server-salts.ts'
import { type Call, unwrap } from '../unwrap.ts'
import { Calls } from './calls.ts'
import { BAD, Inbox } from './inbox.ts'
import { Outbox } from './outbox.ts'
import { answerService } from './service.ts'
import { writeService } from './write-service.ts'

export type SessionEvent =
  | { readonly _: 'packet'; readonly link: number; readonly opened: Opened; readonly quickAck: boolean }
  | { readonly _: 'closed'; readonly link: number }
  | { readonly _: 'answered'; readonly query: bigint; readonly result: Uint8Array; readonly failed: boolean }
  | { readonly _: 'push'; readonly body: Uint8Array }
  /** What became of a session that this one asked to destroy. */
  | { readonly _: 'destroyed'; readonly sessionId: bigint; readonly found: boolean }
  | { readonly _: 'flush' }
  /** The session is over: whatever runs for it ends. */
  | { readonly _: 'end' }
  | FiredEvent

export type SessionEffect =
  | { readonly _: 'write'; readonly link: number; readonly message: Message }
  | { readonly _: 'quickAck'; readonly link: number; readonly token: number }
  | { readonly _: 'call'; readonly query: bigint; readonly call: Call }
  | { readonly _: 'cancel'; readonly query: bigint }
  /** rpc_drop_answer came for a call, and was answered so. */
  | { readonly _: 'dropped'; readonly method: number | undefined; readonly answer: DropAnswer }
  | { readonly _: 'disconnect'; readonly link: number }
  | { readonly _: 'destroySession'; readonly sessionId: bigint }
  | { readonly _: 'destroyKey' }
  /** Dispatch `flush` once everything that is ready has come in. */
  | { readonly _: 'flushSoon' }
  | { readonly _: 'fault'; readonly error: Error }
  | TimerEffect
  | UntimerEffect

export type DropAnswer = 'unknown' | 'running' | 'dropped'

/** What the parts of a session share. */
export interface SessionParts {
  readonly sessionId: bigint
  readonly salts: ServerSalts
  readonly inbox: Inbox
  readonly outbox: Outbox
  readonly calls: Calls
  /** Collects the orders of the step in hand. */
  readonly order: (effect: SessionEffect) => void
  /** Odd messages that the client wants to hear of, unless they are answered in the same breath. */
  readonly toAck: Set<bigint>
}

/** `auth.bindTempAuthKey`: some clients can't take bad_server_salt for it, so any salt will do. */
const BIND_TEMP_AUTH_KEY = 0xcdd42a05 | 0

/** A new session of an auth key. */
export function createServerSession(
  sessionId: bigint,
  salts: ServerSalts,
): { step(event: SessionEvent, env: Env): readonly SessionEffect[] } {
  let effects: SessionEffect[] = []
  const order = (effect: SessionEffect) => void effects.push(effect)
  const outbox = new Outbox(new MessageIds())
  const toAck = new Set<bigint>()
  const parts: SessionParts = {
    sessionId,
    salts,
    inbox: new Inbox(),
    outbox,
    toAck,
    order,
    calls: new Calls(outbox, order, toAck),
  }
  const { inbox, calls } = parts
  /** Connections, the last used one last. */
  let links: number[] = []
  let begun = false
  let flushing = false

  const flushSoon = () => {
    if (flushing) return
    flushing = true
    order({ _: 'flushSoon' })
  }

  const flush = (env: Env) => {
    flushing = false
    const link = links.at(-1)
    if (link === undefined) return
    if (toAck.size > 0) outbox.once(writeService({ _: 'msgs_ack', msgIds: [...toAck] }))
    toAck.clear()
    for (const message of outbox.flush(link, env)) order({ _: 'write', link, message })
  }

  const attach = (link: number) => {
    // Over a new connection everything goes again that the client did not confirm: the old one may be dead.
    if (!links.includes(link)) outbox.requeue((other) => other !== link)
    links = [...links.filter((each) => each !== link), link]
  }

  const detach = (link: number) => {
    links = links.filter((each) => each !== link)
    outbox.requeue((each) => each === link)
    if (links.length === 0) outbox.forgetOnce()
    order({ _: 'untimer', key: `disconnect:${link}` })
  }

  const refuse = (message: Message | Opened | BadMessage, errorCode: number, env: Env) => {
    const bad = { badMsgId: message.messageId, badMsgSeqno: message.seqNo, errorCode }
    outbox.once(
      errorCode === BAD.salt
        ? writeService({ _: 'bad_server_salt', ...bad, newServerSalt: salts.current(env) })
        : writeService({ _: 'bad_msg_notification', ...bad }),
    )
  }

  const receive = ({ opened, link, quickAck }: Extract<SessionEvent, { _: 'packet' }>, env: Env) => {
    const unpacked = readPacked(opened)
    const code = judgePacket(parts, opened, unpacked, env)
    if (code !== undefined) return refuse(opened, code, env)
    if (quickAck) order({ _: 'quickAck', link, token: opened.quickAckToken })
    const { messages, bad, container } = unpacked as Unpacked
    if (container) inbox.addContainer(opened.messageId)
    if (!begun) begin(parts, opened, messages, env)
    begun = true
    for (const message of bad) {
      if (judgeMessage(message) !== undefined) continue
      inbox.add(message.messageId, message.seqNo)
      calls.unreadable(message)
    }
    for (const message of messages) {
      const wrong = judgeMessage(message) ?? judgeContent(message)
      if (inbox.has(message.messageId)) calls.repeated(message)
      else if (wrong === undefined) accept(message, link, env)
      else refuse(message, wrong, env)
    }
  }

  const judgeMessage = ({ messageId, seqNo }: Message | BadMessage) =>
    inbox.checkId(messageId) ?? inbox.checkSeqNo(messageId, seqNo)

  const accept = (message: Message, link: number, env: Env) => {
    const { messageId, seqNo, body } = message
    inbox.add(messageId, seqNo)
    const id = constructorOf(body)
    if (id === undefined || !isServiceId(id)) return calls.begin(messageId, unwrap(body), env)
    try {
      const object = decode(body, readServiceObject)
      if (isContentRelated(seqNo) && object._ !== 'msgs_ack') toAck.add(messageId)
      answerService(parts, object, message, link, env)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      order({ _: 'fault', error })
    }
  }

  const handle = (event: SessionEvent, env: Env) => {
    switch (event._) {
      case 'packet':
        attach(event.link)
        receive(event, env)
        return flushSoon()
      case 'closed':
        detach(event.link)
        return links.length > 0 ? flushSoon() : undefined
      case 'answered':
        calls.answered(event.query, event.result, event.failed)
        return flushSoon()
      case 'push':
        outbox.keep('push', event.body)
        return flushSoon()
      case 'destroyed':
        outbox.once(
          writeService({ _: event.found ? 'destroy_session_ok' : 'destroy_session_none', sessionId: event.sessionId }),
        )
        return flushSoon()
      case 'flush':
        return flush(env)
      case 'end':
        for (const link of links) order({ _: 'untimer', key: `disconnect:${link}` })
        return calls.cancelAll()
      case 'fired': {
        const [what, id] = event.key.split(':') as [string, string]
        if (what === 'disconnect') return order({ _: 'disconnect', link: Number(id) })
        calls.waitedTooLong(BigInt(id))
        return flushSoon()
      }
    }
  }

  return {
    step(event, env) {
      effects = []
      handle(event, env)
      return effects
    },
  }
}

/** The checks on a packet as a whole, in Telegram's order; undefined when it may be looked into. */
function judgePacket(
  { salts, inbox }: SessionParts,
  opened: Opened,
  unpacked: Unpacked | DecodeError,
  env: Env,
): number | undefined {
  const { messageId, seqNo, salt } = opened
  if (!salts.accepts(salt, env) && !isBinding(unpacked)) return BAD.salt
  const isContainer = unpacked instanceof DecodeError || unpacked.container
  // A packet that came before is answered again, however old it is.
  if (!inbox.has(messageId) && !inbox.hasContainer(messageId)) {
    const untimely = inbox.checkTime(messageId, env.now / 1000)
    if (untimely !== undefined) return untimely
  }
  if (!isContainer) return undefined
  if (isContentRelated(seqNo)) return BAD.seqNotEven
  if (inbox.has(messageId)) return BAD.containerKnown
  if (unpacked instanceof DecodeError) return BAD.container
  const inner = [...unpacked.messages, ...unpacked.bad]
  return inner.every((message) => message.messageId < messageId) ? undefined : BAD.container
}

/** Calls must be counted: their seq_no is odd (description, "Message Sequence Number"). */
function judgeContent({ seqNo, body }: Message): number | undefined {
  const id = constructorOf(body)
  const isCall = id !== undefined && !isServiceId(id)
  return isCall && !isContentRelated(seqNo) ? BAD.seqNotOdd : undefined
}

function isBinding(unpacked: Unpacked | DecodeError): boolean {
  if (unpacked instanceof DecodeError) return false
  return unpacked.messages.some(({ body }) => {
    const call = unwrap(body)
    return !(call instanceof DecodeError) && call.method === BIND_TEMP_AUTH_KEY
  })
}

/**
 * The first message of the session. first_msg_id is the lowest id in the packet: of everything with a lower one the
 * client must think that it never came, and would send it again.
 */
function begin({ outbox, salts }: SessionParts, opened: Opened, messages: readonly Message[], env: Env): void {
  const firstMsgId = messages.reduce((low, { messageId }) => (messageId < low ? messageId : low), opened.messageId)
  const uniqueId = int64FromBytes(env.random(8))
  outbox.keep(
    'service',
    writeService({ _: 'new_session_created', firstMsgId, uniqueId, serverSalt: salts.current(env) }),
  )
}
