/**
 * The service messages of a session: what is to be said with the next packet, and what was said and may have to be
 * said again. https://core.telegram.org/mtproto/service_messages_about_messages
 */
import { SALTS_ASKED } from './salts.ts'
import type { ServiceObject } from './service.ts'

/** Something that we say to the server, besides the calls. */
export type Notice =
  | { readonly _: 'acks'; readonly messageIds: readonly bigint[] }
  /** Of calls in an unknown state: did they arrive? */
  | { readonly _: 'states'; readonly messageIds: readonly bigint[] }
  /** Of messages of the server that did not arrive. */
  | { readonly _: 'resends'; readonly messageIds: readonly bigint[] }
  /** A cancelled call: its answer is not wanted. */
  | { readonly _: 'drop'; readonly messageId: bigint }
  | { readonly _: 'salts' }
  | {
      readonly _: 'ping'
      readonly pingId: bigint
      /** After so many seconds without another one the server closes the link. */
      readonly disconnectDelay: number
      /** When it was sent, in Env.elapsed. */
      readonly at: number
    }
  /** A session before this one: from then on, in Env.elapsed, the server need not keep it. */
  | { readonly _: 'destroy'; readonly sessionId: bigint; readonly from: number }
  /** Our answer to a question of the server. */
  | { readonly _: 'info'; readonly requestId: bigint; readonly info: Uint8Array }

/** A notice that was sent, and in which packet. */
interface SentNotice {
  readonly notice: Notice
  readonly packetId: bigint
}

/** Ids in one message (service messages about messages, "Acknowledgment of Receipt" and "Request for status"). */
export const MAX_IDS = 8_192

/** Drops and infos in one packet, so that a container never holds too many messages. */
const MAX_DROPS_IN_PACKET = 100
const MAX_INFOS = 8

/** Sessions to be destroyed; beyond this the oldest are left to the server. */
const MAX_DESTROYS = 4

/** Notices that were sent and not confirmed; beyond this the oldest are forgotten: no harm is in that. */
const MAX_SENT = 1_024

/** Drops that wait; beyond this the oldest is forgotten: its answer will come in vain. */
const MAX_DROPS = 8_192

/** What is said again on the next link. */
const REPEATED: ReadonlySet<Notice['_']> = new Set(['acks', 'resends', 'drop', 'destroy'])

/** What is to be said, and what was. */
export class Outbox {
  #acks: bigint[] = []
  #states: readonly bigint[] = []
  #resends: bigint[] = []
  #drops: bigint[] = []
  #infos: Extract<Notice, { _: 'info' }>[] = []
  #destroys: Extract<Notice, { _: 'destroy' }>[] = []
  #ping: Notice | undefined
  #salts = false
  readonly #sent = new Map<bigint, SentNotice>()

  /** How many messages wait to be acked. */
  get acks(): number {
    return this.#acks.length
  }

  /** How many drops wait. */
  get drops(): number {
    return this.#drops.length
  }

  /** Whether there is something to say, however patient. */
  get empty(): boolean {
    return this.#acks.length + this.#drops.length === 0 && !this.urgent
  }

  /** Whether there is something to say that does not wait for company. */
  get urgent(): boolean {
    return this.#states.length + this.#resends.length + this.#infos.length > 0 || this.#ping !== undefined
  }

  /** Puts a notice to the others that go with the next packet. */
  add(notice: Notice): void {
    if (notice._ === 'acks') this.#acks = bounded([...this.#acks, ...notice.messageIds], MAX_IDS)
    else if (notice._ === 'states') this.#states = notice.messageIds
    else if (notice._ === 'resends') this.#resends = bounded([...this.#resends, ...notice.messageIds], MAX_IDS)
    else if (notice._ === 'drop') this.#drops = bounded([...this.#drops, notice.messageId], MAX_DROPS)
    else if (notice._ === 'info') this.#infos = bounded([...this.#infos, notice], MAX_INFOS)
    else if (notice._ === 'ping') this.#ping = notice
    else if (notice._ === 'destroy') this.#destroys = bounded([...this.#destroys, notice], MAX_DESTROYS)
    else this.#salts = true
  }

  /** An ack is by far the most frequent notice. */
  ack(messageId: bigint): void {
    if (this.#acks.length < MAX_IDS) this.#acks.push(messageId)
  }

  /** Takes what fits into one packet that leaves then, in Env.elapsed. */
  take(elapsed: number): readonly Notice[] {
    const notices: Notice[] = []
    if (this.#acks.length > 0) notices.push({ _: 'acks', messageIds: this.#acks })
    if (this.#salts) notices.push({ _: 'salts' })
    if (this.#states.length > 0) notices.push({ _: 'states', messageIds: this.#states.slice(0, MAX_IDS) })
    if (this.#resends.length > 0) notices.push({ _: 'resends', messageIds: this.#resends })
    notices.push(...this.#infos, ...this.#destroys.filter(({ from }) => from <= elapsed))
    for (const messageId of this.#drops.splice(0, MAX_DROPS_IN_PACKET)) notices.push({ _: 'drop', messageId })
    if (this.#ping !== undefined) notices.push(this.#ping)
    this.#acks = []
    this.#salts = false
    this.#states = this.#states.slice(MAX_IDS)
    this.#resends = []
    this.#infos = []
    this.#destroys = this.#destroys.filter(({ from }) => from > elapsed)
    this.#ping = undefined
    return notices
  }

  /** A notice left in a message. */
  send(notice: Notice, messageId: bigint, packetId: bigint): void {
    this.#sent.set(messageId, { notice, packetId })
    if (this.#sent.size <= MAX_SENT) return
    for (const oldest of this.#sent.keys()) return void this.#sent.delete(oldest)
  }

  /** Whether that message, or a message of that packet, is not confirmed. */
  awaits(id: bigint): boolean {
    return this.#sent.has(id) || [...this.#sent.values()].some(({ packetId }) => packetId === id)
  }

  /** The server answered, or refused, that message: what it was is no longer awaited. */
  settle(messageId: bigint): Notice | undefined {
    const sent = this.#sent.get(messageId)
    this.#sent.delete(messageId)
    return sent?.notice
  }

  /** The server destroyed that session, or does not have it. False: nobody asked for it. */
  settleDestroy(sessionId: bigint): boolean {
    for (const [id, { notice }] of this.#sent) {
      if (notice._ === 'destroy' && notice.sessionId === sessionId) return this.#sent.delete(id)
    }
    return false
  }

  /** The same for all of one packet; a scan, since only refusals ask for it. */
  settlePacket(packetId: bigint): readonly Notice[] {
    return [...this.#sent].filter(([, sent]) => sent.packetId === packetId).map(([id]) => this.settle(id)!)
  }

  /** What was sent before a message that the server answered came before it: what gets no answer of its own is done. */
  confirmBefore(messageId: bigint): void {
    for (const [id, { notice }] of this.#sent) {
      if (id >= messageId) return
      if (notice._ === 'acks' || notice._ === 'resends' || notice._ === 'info') this.#sent.delete(id)
    }
  }

  /** The server has forgotten every packet before that id: what was said in them is of no use to it. */
  forgetBefore(messageId: bigint): void {
    for (const [id, { notice, packetId }] of this.#sent) {
      if (packetId >= messageId) continue
      this.#sent.delete(id)
      // But this one was not said of its own session.
      if (notice._ === 'destroy') this.add(notice)
    }
  }

  /** The link is gone: what may have been lost with it is said again on the next one, except what makes no sense there. */
  linkLost(): void {
    this.#ping = undefined
    this.#states = []
    const sent = [...this.#sent.values()]
    this.#sent.clear()
    for (const { notice } of sent) {
      if (REPEATED.has(notice._)) this.add(notice)
    }
  }

  /** Another key: its sessions are others. */
  keyLost(): void {
    this.clear()
    this.#destroys = []
  }

  /** Another session begins: nothing of the old one is of any use in it, but for the wish to destroy one still older. */
  clear(): void {
    this.linkLost()
    this.#acks = []
    this.#resends = []
    this.#drops = []
    this.#infos = []
    this.#salts = false
  }
}

/** A notice as TL. */
export function serviceObject(notice: Notice): ServiceObject {
  switch (notice._) {
    case 'acks':
      return { _: 'msgs_ack', msgIds: notice.messageIds }
    case 'states':
      return { _: 'msgs_state_req', msgIds: notice.messageIds }
    case 'resends':
      return { _: 'msg_resend_req', msgIds: notice.messageIds }
    case 'drop':
      return { _: 'rpc_drop_answer', reqMsgId: notice.messageId }
    case 'salts':
      return { _: 'get_future_salts', num: SALTS_ASKED }
    case 'ping':
      return { _: 'ping_delay_disconnect', pingId: notice.pingId, disconnectDelay: notice.disconnectDelay }
    case 'destroy':
      return { _: 'destroy_session', sessionId: notice.sessionId }
    case 'info':
      return { _: 'msgs_state_info', reqMsgId: notice.requestId, info: notice.info }
  }
}

/** The newest of them. */
function bounded<Item>(items: Item[], limit: number): Item[] {
  return items.length <= limit ? items : items.slice(items.length - limit)
}
