/**
 * What is said between client and server, message by message, and the rules that can be seen from there: an ack is for
 * what was received, an id is used once, what a lost connection may have swallowed is said again over the next.
 */
import { DecodeError } from '../../lib/core/errors.ts'
import {
  constructorOf,
  isContainer,
  isGzipPacked,
  isRpcResult,
  type Message,
  readPacked,
  readRequestId,
  readRpcResult,
} from '../../lib/core/protocol/pack.ts'
import { isServiceId, readServiceObject, type ServiceObject } from '../../lib/core/protocol/service.ts'
import { decode } from '../../lib/core/tl/reader.ts'
import type { OutgoingMessage, Place, ReceivedMessage } from '../../lib/local-dc/faults.ts'
import type { Reached } from './reached.ts'
import type { SimulatedTime } from './simulated-time.ts'
import type { Trace } from './trace.ts'

/** A packet of the server, by which the client's tap knows what was in it. */
interface Said {
  readonly session: string
  readonly link: number
  /** Ids, and whether they want to be acked. */
  readonly messages: readonly { readonly id: bigint; readonly isCounted: boolean }[]
}

interface Newest {
  readonly number: number
  readonly since: number
  owed: ReadonlySet<bigint>
  drops: readonly bigint[]
}

interface OneSession {
  /** Messages of the client, with the connection that brought them. */
  readonly received: Map<bigint, number>
  /** How many of the container in hand came. */
  inHand: number
  /** Messages of the server that are updates. */
  readonly updates: Set<bigint>
  readonly containers: Set<bigint>
  /** Messages of the server that the client got, with the connection that brought them. */
  readonly delivered: Map<bigint, number>
  /** Of those the ones that want to be acked, and are not. */
  readonly owed: Set<bigint>
  /** Ids that were only announced. */
  readonly announced: Set<bigint>
  readonly withheld: Set<bigint>
  /** Messages whose answer the client said that it does not want. */
  readonly dropped: Set<bigint>
  salt: bigint | undefined
  /** The salt that a refusal told. */
  toldSalt: bigint | undefined
  /** Packets that came before it was begun. */
  readonly early: Set<bigint>
  /** Whether a packet was taken. */
  isBegun: boolean
  /** The newest connection: since when it is heard, and what was owed then. */
  link: Newest | undefined
  repair: 'up' | 'down' | undefined
}

export interface OverhearingParts {
  readonly time: SimulatedTime
  readonly reached: Reached
  readonly trace: Trace
  /** Nothing but the network is bad: more is asked of the client. */
  readonly isHonest: boolean
  violation(rule: string, what: string): void
  /** Messages of cancelled calls that were cancelled before that time, and ran in that session. */
  cancelledIn(session: string, before: number): readonly bigint[]
}

/** So long after it is first heard over a connection, all that was due has come, in milliseconds. */
const SOON = 1_000
/** Cancelled so long before the connection was lost, or after. */
const LONG_BEFORE = 1_000

const BIG_CALL = 32_768
const BIG_ANSWER = 65_536

/** Codes that only a client's own mistake brings. */
const MISTAKES: ReadonlySet<number> = new Set([18, 19, 32, 33, 34, 35, 64])
const CLOCK: ReadonlySet<number> = new Set([16, 17])

export class Overhearing {
  readonly #parts: OverhearingParts
  readonly #sessions = new Map<string, OneSession>()
  readonly #packets = new Map<bigint, Said>()
  /** Messages that were refused by order. */
  readonly #ordered = new Set<string>()
  #leaving: Said | undefined

  constructor(parts: OverhearingParts) {
    this.#parts = parts
  }

  /** Sessions that were spoken in, the last one last. */
  get sessions(): readonly string[] {
    return [...this.#sessions.keys()]
  }

  /** Ids of messages of the server that the client has. */
  deliveredTo(session: string): readonly bigint[] {
    return [...(this.#sessions.get(session)?.delivered.keys() ?? [])]
  }

  isWithheld(session: string, id: bigint): boolean {
    return this.#session(session).withheld.has(id)
  }

  withhold(session: string, id: bigint): void {
    this.#session(session).withheld.add(id)
  }

  /** The id of the container that began the session, if it was one. */
  containerOf(session: string): bigint | undefined {
    return [...this.#session(session).containers][0]
  }

  /** A message of the client, and what becomes of it. */
  received(message: ReceivedMessage, fate: 'take' | 'miss' | number, place: Place): void {
    const session = this.#session(place.session)
    if (typeof fate === 'number') this.#ordered.add(`${place.session} ${message.messageId}`)
    if (message.as !== 'inner') this.#link(session, place)
    if (message.as !== 'inner' && !session.isBegun) session.early.add(message.messageId)
    if (message.as === 'container') {
      session.containers.add(message.messageId)
      session.inHand = 0
      return
    }
    const { reached } = this.#parts
    if (message.as === 'inner' && ++session.inHand === 11) reached.reached('container of more than ten messages')
    if (session.received.has(message.messageId))
      this.#parts.violation('ids', `message id ${message.messageId} was used twice`)
    session.received.set(message.messageId, place.link)
    if (message.body.length >= BIG_CALL) reached.reached('big call')
    const object = serviceOf(message.body)
    if (object !== undefined) this.#parts.trace.note('server', `hears ${object._}`, fate)
    else this.#parts.trace.note('server', 'hears call', fate)
    if (fate !== 'take') return
    if (object?._ === 'msgs_ack') {
      if (message.as === 'single') reached.reached('acks sent alone')
      this.#acks(session, object.msgIds)
    } else if (object?._ === 'msgs_state_req') reached.reached('states asked for')
    else if (object?._ === 'get_future_salts') reached.reached('future salts asked for')
    else if (object?._ === 'rpc_drop_answer') {
      session.dropped.add(object.reqMsgId)
      const link = session.received.get(object.reqMsgId)
      if (link !== undefined && link !== place.link) reached.reached('drop came on a later connection')
    }
    this.#salt(session, message.salt)
  }

  /** A message of the server, most often a container, is about to be sealed. */
  leaving(message: OutgoingMessage, place: Place): void {
    const inner = innerOf(message)
    const session = this.#session(place.session)
    const ids = inner.map(({ messageId, seqNo }) => ({ id: messageId, isCounted: (seqNo & 1) === 1 }))
    this.#leaving = { session: place.session, link: place.link, messages: ids }
    for (const each of inner) this.#said(session, each, place)
  }

  /** It is sealed. */
  sealed(packet: Uint8Array): void {
    if (this.#leaving !== undefined) this.#packets.set(keyOf(packet), this.#leaving)
  }

  /** The client got a packet. */
  heard(packet: Uint8Array): void {
    if (packet.length < 24) return
    const said = this.#packets.get(keyOf(packet))
    if (said === undefined) return
    const session = this.#session(said.session)
    const { reached } = this.#parts
    const inThis = new Set<bigint>()
    for (const { id, isCounted } of said.messages) {
      const before = session.delivered.get(id)
      if (inThis.has(id)) reached.reached('answer came twice in one container')
      else if (before !== undefined) {
        reached.reached('answer came twice')
        if (before !== said.link) reached.reached('answer came again on a later connection')
        if (session.updates.has(id)) reached.reached('update pushed twice, told once')
      }
      if (before === undefined && session.withheld.has(id)) reached.reached('answer fetched by msg_resend_req')
      inThis.add(id)
      session.delivered.set(id, said.link)
      if (isCounted) session.owed.add(id)
    }
  }

  #session(name: string): OneSession {
    let session = this.#sessions.get(name)
    if (session === undefined) {
      session = {
        received: new Map(),
        inHand: 0,
        early: new Set(),
        updates: new Set(),
        containers: new Set(),
        delivered: new Map(),
        owed: new Set(),
        announced: new Set(),
        withheld: new Set(),
        dropped: new Set(),
        salt: undefined,
        toldSalt: undefined,
        isBegun: false,
        link: undefined,
        repair: undefined,
      }
      this.#sessions.set(name, session)
    }
    return session
  }

  /** An ack is for what was received, and for nothing else. */
  #acks(session: OneSession, ids: readonly bigint[]): void {
    for (const id of ids) {
      if (!session.delivered.has(id)) this.#parts.violation('acks', `message ${id} was acked, and never received`)
      else if (session.announced.has(id) && !session.owed.has(id))
        this.#parts.reached.reached('announced answer that was there acked')
      session.owed.delete(id)
    }
  }

  #salt(session: OneSession, salt: bigint): void {
    const { reached } = this.#parts
    if (session.isBegun && session.salt !== undefined && session.salt !== salt && session.toldSalt !== salt)
      reached.reached('salt rotated without an error')
    session.salt = salt
    if (session.repair !== undefined) reached.reached(`clock of the client repaired ${session.repair}`)
    session.repair = undefined
  }

  /** What a lost connection may have swallowed comes again over the next, before anything else that is said there. */
  #link(session: OneSession, { link: number, session: name }: Place): void {
    const { time, isHonest } = this.#parts
    const { link } = session
    if (link === undefined || link.number < number) {
      const drops = this.#parts.cancelledIn(name, time.elapsed - LONG_BEFORE)
      session.link = {
        number,
        since: time.elapsed,
        owed: link === undefined ? new Set() : new Set(session.owed),
        drops: link === undefined ? [] : drops.filter((id) => !session.dropped.has(id)),
      }
      return
    }
    if (!isHonest || link.number !== number || time.elapsed < link.since + SOON) return
    for (const id of link.owed)
      if (session.owed.has(id)) this.#parts.violation('acks', `the ack for ${id} was lost with its connection`)
    const open = new Set(this.#parts.cancelledIn(name, link.since - LONG_BEFORE))
    for (const id of link.drops)
      if (open.has(id) && !session.dropped.has(id))
        this.#parts.violation('drops', `the drop of ${id} was lost with its connection`)
    link.owed = new Set()
    link.drops = []
  }

  #said(session: OneSession, message: Message, place: Place): void {
    const { reached } = this.#parts
    if (isRpcResult(message.body)) {
      if (message.body.length >= BIG_ANSWER) reached.reached('big answer')
      return
    }
    const object = serviceOf(message.body)
    if (object === undefined) {
      session.updates.add(message.messageId)
      return
    }
    this.#parts.trace.note('server', `says ${object._}`, 'errorCode' in object ? object.errorCode : '')
    if (object._ === 'bad_server_salt' || object._ === 'bad_msg_notification') {
      this.#refused(session, object, place)
      return
    }
    if (object._ === 'new_session_created') session.isBegun = true
    if (object._ === 'msg_detailed_info') session.announced.add(object.answerMsgId)
    if (object._ === 'msgs_state_info' && object.info.some((state) => (state & 7) >= 1 && (state & 7) <= 3))
      reached.reached('call found missing by its state')
  }

  #refused(
    session: OneSession,
    object: Extract<ServiceObject, { _: 'bad_server_salt' | 'bad_msg_notification' }>,
    place: Place,
  ): void {
    const { reached, isHonest, violation } = this.#parts
    const { badMsgId, errorCode } = object
    const isOrdered = this.#ordered.has(`${place.session} ${badMsgId}`)
    reached.reached(`bad_msg ${errorCode}`)
    if (errorCode === 16) session.repair = 'up'
    if (errorCode === 17) session.repair = 'down'
    if (object._ === 'bad_server_salt') {
      session.toldSalt = object.newServerSalt
      reached.reached('salt refused')
      if (session.containers.has(badMsgId)) reached.reached('container refused for its salt')
    }
    if (isOrdered) return
    if (MISTAKES.has(errorCode)) violation('mistakes', `the server refused a message with code ${errorCode}`)
    if (isHonest && CLOCK.has(errorCode))
      violation('clock', `the server refused a message with code ${errorCode}, with all clocks right`)
    if (isHonest && errorCode === 48 && !session.early.has(badMsgId))
      violation('salts', `the server refused a salt in session ${place.session} after it had taken one, with all told`)
  }
}

/** The half of the message key that tells packets from each other. */
function keyOf(packet: Uint8Array): bigint {
  return new DataView(packet.buffer, packet.byteOffset, packet.length).getBigUint64(8, true)
}

export function innerOf(message: Message): readonly Message[] {
  if (!isContainer(message.body)) return [message]
  const unpacked = readPacked(message)
  return unpacked instanceof DecodeError ? [message] : unpacked.messages
}

export function serviceOf(body: Uint8Array): ServiceObject | undefined {
  const id = constructorOf(body)
  if (id === undefined || !isServiceId(id) || isGzipPacked(body)) return undefined
  try {
    return decode(body, readServiceObject)
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

/** The call that an answer is for. */
export function answeredBy(body: Uint8Array): bigint | undefined {
  const id = isRpcResult(body) ? readRequestId(body) : undefined
  return typeof id === 'bigint' ? id : undefined
}

/** The same answer, packed. */
export function resultOf(body: Uint8Array): Uint8Array | undefined {
  const read = readRpcResult(body)
  return read instanceof DecodeError || read.result instanceof DecodeError ? undefined : read.result
}
