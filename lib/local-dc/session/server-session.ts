/**
 * The server's side of one session: a machine that judges what comes in, in the order that Telegram does, hands calls
 * out, and sends answers and updates until they are acked, over whichever connection the client has.
 * https://core.telegram.org/mtproto/service_messages_about_messages and https://core.telegram.org/mtproto/service_messages
 */
import { int64FromBytes } from '../../core/bytes.ts'
import { DecodeError } from '../../core/errors.ts'
import type { Env } from '../../core/machine.ts'
import type { Opened } from '../../core/protocol/envelope.ts'
import { isContentRelated, MessageIds } from '../../core/protocol/message-id.ts'
import { type BadMessage, constructorOf, type Message, readPacked, type Unpacked } from '../../core/protocol/pack.ts'
import { isServiceId, readServiceObject } from '../../core/protocol/service.ts'
import { decode } from '../../core/tl/reader.ts'
import type { Faults, Place, ReceivedMessage } from '../faults.ts'
import type { ServerSalts } from '../server-salts.ts'
import { unwrap } from '../unwrap.ts'
import { Calls } from './calls.ts'
import { BAD, Inbox } from './inbox.ts'
import { Outbox } from './outbox.ts'
import { answerService } from './service.ts'
import type { SessionEffect, SessionEvent } from './session-events.ts'
import type { SessionParts } from './session-parts.ts'
import { writeService } from './write-service.ts'

/** What a spec may change in one session. */
export interface SessionFaults {
  readonly hooks: Pick<Faults, 'received' | 'leaving'>
  place(link: number, session: ServerSession): Place
}

type PacketEvent = Extract<SessionEvent, { _: 'packet' }>

/** `auth.bindTempAuthKey`: some clients can't take bad_server_salt for it, so any salt will do. */
const BIND_TEMP_AUTH_KEY = 0xcdd42a05 | 0

export class ServerSession {
  readonly #parts: SessionParts
  #effects: SessionEffect[] = []
  /** Connections, the last used one last. */
  #links: number[] = []
  #begun = false
  #flushing = false

  readonly #faults: SessionFaults | undefined

  /** A new session of the auth key whose salts these are. */
  constructor(salts: ServerSalts, faults?: SessionFaults) {
    this.#faults = faults
    const order = (effect: SessionEffect) => void this.#effects.push(effect)
    const outbox = new Outbox(new MessageIds())
    const toAck = new Set<bigint>()
    const calls = new Calls(outbox, order, toAck)
    this.#parts = { salts, inbox: new Inbox(), outbox, calls, order, toAck, afterFlush: [] }
  }

  /** Whether the client can be reached now. */
  get isConnected(): boolean {
    return this.#links.length > 0
  }

  /** The constructor id of the method that a message of the client called. */
  methodOf(messageId: bigint): number | undefined {
    return this.#parts.calls.methodOf(messageId)
  }

  step(event: SessionEvent, env: Env): readonly SessionEffect[] {
    this.#effects = []
    if (this.#handle(event, env) && !this.#flushing) {
      this.#flushing = true
      this.#parts.order({ _: 'flushSoon' })
    }
    return this.#effects
  }

  /** Whether there may be something to send now. */
  #handle(event: SessionEvent, env: Env): boolean {
    const { calls, outbox, order } = this.#parts
    switch (event._) {
      case 'packet':
        this.#attach(event.link)
        this.#receive(event, env)
        return true
      case 'closed':
        this.#detach(event.link)
        return this.isConnected
      case 'answered':
        calls.answered(event.query, event.result, event.failed)
        return true
      case 'push':
        outbox.keep('push', event.body)
        return true
      case 'say':
        if (event.kept) outbox.keep(event.push ? 'push' : 'answer', event.body)
        else outbox.once(event.body, event.push ? 'push' : 'answer')
        return true
      case 'destroyed': {
        const answer = event.found ? 'destroy_session_ok' : 'destroy_session_none'
        outbox.once(writeService({ _: answer, sessionId: event.sessionId }))
        return true
      }
      case 'flush':
        this.#flush(env)
        return false
      case 'end':
        for (const link of this.#links) order({ _: 'untimer', key: `disconnect:${link}` })
        calls.cancelAll()
        return false
      case 'fired': {
        const [what, id] = event.key.split(':') as [string, string]
        if (what === 'disconnect') order({ _: 'disconnect', link: Number(id) })
        else calls.waitedTooLong(BigInt(id))
        return true
      }
    }
  }

  #attach(link: number): void {
    // Over a new connection everything goes again that the client did not confirm: the old one may be dead.
    if (!this.#links.includes(link)) this.#parts.outbox.requeue((other) => other !== link)
    this.#links = [...this.#links.filter((each) => each !== link), link]
  }

  #detach(link: number): void {
    const { outbox, order } = this.#parts
    this.#links = this.#links.filter((each) => each !== link)
    outbox.requeue((each) => each === link)
    if (!this.isConnected) outbox.forgetOnce()
    order({ _: 'untimer', key: `disconnect:${link}` })
  }

  #flush(env: Env): void {
    const { outbox, order, toAck, afterFlush } = this.#parts
    this.#flushing = false
    const link = this.#links.at(-1)
    if (link === undefined) return
    if (toAck.size > 0) outbox.once(writeService({ _: 'msgs_ack', msgIds: [...toAck] }))
    toAck.clear()
    for (const message of outbox.flush(link, env, this.#bend(link))) order({ _: 'write', link, message })
    for (const effect of afterFlush.splice(0)) order(effect)
  }

  /** What the spec makes of messages that leave. */
  #bend(link: number): Parameters<Outbox['flush']>[2] {
    const faults = this.#faults
    if (faults?.hooks.leaving === undefined) return undefined
    return (messages, make) => faults.hooks.leaving!(messages, { ...faults.place(link, this), make })
  }

  /** What the spec makes of a message that came. */
  #fate(message: Message, salt: bigint, as: ReceivedMessage['as'], link: number): 'take' | 'miss' | number {
    const faults = this.#faults
    if (faults?.hooks.received === undefined) return 'take'
    const { messageId, seqNo, body } = message
    return faults.hooks.received({ messageId, seqNo, body, salt, as }, faults.place(link, this))
  }

  #receive({ opened, link, quickAck }: PacketEvent, env: Env): void {
    const { inbox, calls, order } = this.#parts
    const unpacked = readPacked(opened)
    const isContainer = !(unpacked instanceof DecodeError) && unpacked.container
    const fate = this.#fate(opened, opened.salt, isContainer ? 'container' : 'single', link)
    if (fate === 'miss') return
    const code = fate === 'take' ? judgePacket(this.#parts, opened, unpacked, env) : fate
    if (code !== undefined) {
      this.#refuse(opened, code, env)
      return
    }
    if (quickAck) order({ _: 'quickAck', link, token: opened.quickAckToken })
    const { messages, bad, container } = unpacked as Unpacked
    if (container) inbox.addContainer(opened.messageId)
    if (!this.#begun) begin(this.#parts, opened, messages, env)
    this.#begun = true
    for (const message of bad) {
      if (inbox.has(message.messageId) || this.#judge(message) !== undefined) continue
      inbox.add(message.messageId, message.seqNo)
      calls.unreadable(message)
    }
    for (const message of messages) {
      const inner = container ? this.#fate(message, opened.salt, 'inner', link) : 'take'
      if (inner === 'miss') continue
      const wrong = inner === 'take' ? (this.#judge(message) ?? judgeContent(message)) : inner
      if (inbox.has(message.messageId)) calls.repeated(message)
      else if (wrong === undefined) this.#accept(message, link, env)
      else this.#refuse(message, wrong, env)
    }
  }

  #judge({ messageId, seqNo }: Message | BadMessage): number | undefined {
    const { inbox } = this.#parts
    return inbox.checkId(messageId) ?? inbox.checkSeqNo(messageId, seqNo)
  }

  #accept(message: Message, link: number, env: Env): void {
    const { inbox, calls, order, toAck } = this.#parts
    const { messageId, seqNo, body } = message
    inbox.add(messageId, seqNo)
    if (isCall(message)) {
      calls.begin(messageId, unwrap(body), env)
      return
    }
    try {
      const object = decode(body, readServiceObject)
      if (isContentRelated(seqNo) && object._ !== 'msgs_ack') toAck.add(messageId)
      answerService(this.#parts, object, message, link, env)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      order({ _: 'fault', error })
    }
  }

  #refuse({ messageId, seqNo }: Message | Opened, errorCode: number, env: Env): void {
    const { outbox, salts } = this.#parts
    const bad = { badMsgId: messageId, badMsgSeqno: seqNo, errorCode }
    outbox.once(
      errorCode === BAD.salt
        ? writeService({ _: 'bad_server_salt', ...bad, newServerSalt: salts.current(env) })
        : writeService({ _: 'bad_msg_notification', ...bad }),
    )
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
function judgeContent(message: Message): number | undefined {
  return isCall(message) && !isContentRelated(message.seqNo) ? BAD.seqNotOdd : undefined
}

/** What is no service message is a call, or nothing. */
function isCall({ body }: Message): boolean {
  const id = constructorOf(body)
  return id === undefined || !isServiceId(id)
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
function begin({ outbox, salts, inbox }: SessionParts, opened: Opened, messages: readonly Message[], env: Env): void {
  const firstMsgId = messages.map(({ messageId }) => messageId).sort((a, b) => (a < b ? -1 : 1))[0] ?? opened.messageId
  inbox.begin(firstMsgId)
  const uniqueId = int64FromBytes(env.random(8))
  outbox.keep(
    'service',
    writeService({ _: 'new_session_created', firstMsgId, uniqueId, serverSalt: salts.current(env) }),
  )
}
