/**
 * What a session has to send. Messages that want to be acked are kept until they are, and go out again, under the same
 * ids, over the next connection; the others go once or never.
 * https://core.telegram.org/mtproto/service_messages_about_messages#acknowledgment-of-receipt
 */
import type { Env } from '../../core/machine.ts'
import { ageOf, type MessageIds } from '../../core/protocol/message-id.ts'
import { CONTAINED_OVERHEAD, type Message, writeContainer } from '../../core/protocol/pack.ts'
import { encode, writeInt } from '../../core/tl/writer.ts'
import type { Outlet } from '../faults.ts'

/** Whether the id says "answer" or "anything else". */
export type Parity = 'answer' | 'push'

/** A message that is kept until it is acked. */
export interface Kept {
  readonly kind: 'answer' | 'push' | 'service'
  readonly body: Uint8Array
  /** The call that it answers. */
  readonly query: bigint | undefined
  /** Given when it is first sent, so that waiting does not make it old. */
  sent: { readonly messageId: bigint; readonly seqNo: number } | undefined
  /** The connection that it last went over; undefined while it waits. */
  link: number | undefined
}

/** The bounds of what is kept. Full of pushes: all of them become one updatesTooLong. Else the oldest are forgotten. */
export const OUTBOX: { readonly [Key in 'pushes' | 'messages' | 'bytes']: number } = {
  pushes: 512,
  messages: 2048,
  bytes: 32 * 1024 * 1024,
}
/** A container's messages and bytes; one message may be longer (service messages, "Containers"). */
const CONTAINER = { messages: 100, bytes: 512 * 1024 } as const
/** A client ignores messages that are older than 300 s: from here on an old one is not sent again as it was. */
const STALE = 240
/** What tells the client to ask for the difference: `updatesTooLong`, the same in every layer. */
const UPDATES_TOO_LONG: Uint8Array = encode(0xe317af7e | 0, writeInt)

type Make = Outlet['make']

export class Outbox {
  readonly #ids: MessageIds
  #kept: Kept[] = []
  #once: { readonly body: Uint8Array; readonly parity: Parity }[] = []
  #bytes = 0

  constructor(ids: MessageIds) {
    this.#ids = ids
  }

  get length(): number {
    return this.#kept.length
  }

  /** Adds a message that must be acked. */
  keep(kind: Kept['kind'], body: Uint8Array, query?: bigint): Kept {
    const kept: Kept = { kind, body, query, sent: undefined, link: undefined }
    this.#kept.push(kept)
    this.#bytes += body.length
    this.#bound()
    return kept
  }

  /** Adds a message that nobody waits for twice: an ack, a pong, a notification. */
  once(body: Uint8Array, parity: Parity = 'answer'): void {
    if (this.#once.length < OUTBOX.messages) this.#once.push({ body, parity })
  }

  /** Removes what was acked; returns it. */
  acked(messageIds: readonly bigint[]): readonly Kept[] {
    const ids = new Set(messageIds)
    return this.#take(({ sent }) => sent !== undefined && ids.has(sent.messageId))
  }

  remove(kept: Kept): void {
    this.#take((each) => each === kept)
  }

  /** Sends again what went over a connection that is gone, or over any but `link`. */
  requeue(gone: (link: number) => boolean): void {
    for (const kept of this.#kept) if (kept.link !== undefined && gone(kept.link)) kept.link = undefined
  }

  /** Sends those again that the client asks for; returns the ids that name nothing. */
  resend(messageIds: readonly bigint[]): readonly bigint[] {
    const wanted = new Set(messageIds)
    for (const kept of this.#kept) {
      if (kept.sent === undefined || !wanted.delete(kept.sent.messageId)) continue
      kept.link = undefined
    }
    return [...wanted]
  }

  /**
   * Everything that waits, as messages for `link`, each group of them in one container. `bend` may change what leaves.
   */
  flush(
    link: number,
    env: Env,
    bend?: (messages: readonly Message[], make: Make) => readonly Message[],
  ): readonly Message[] {
    this.#renewStale(env)
    const waiting = this.#kept.filter((each) => each.link === undefined)
    // The news of a new session go before whatever is said in it.
    const news = waiting.filter(({ kind }) => kind === 'service').map((kept) => this.#written(kept, link, env))
    const once = this.#once.map(({ body, parity }) => this.#message(body, parity, false, env))
    this.#once = []
    const rest = waiting.filter(({ kind }) => kind !== 'service').map((kept) => this.#written(kept, link, env))
    const all = [...news, ...once, ...rest]
    if (bend === undefined || all.length === 0) return this.#contain(all, env)
    const make: Make = (body, { push = false, content = false } = {}) =>
      this.#message(body, push ? 'push' : 'answer', content, env)
    return this.#contain(bend(all, make), env)
  }

  /** Forgets what only the lost connection was to have. */
  forgetOnce(): void {
    this.#once = []
  }

  #written(kept: Kept, link: number, env: Env): Message {
    kept.link = link
    if (kept.sent === undefined) {
      const { messageId, seqNo } = this.#message(kept.body, kept.kind === 'answer' ? 'answer' : 'push', true, env)
      kept.sent = { messageId, seqNo }
    }
    return { ...kept.sent, body: kept.body }
  }

  /** Answers that grew old get a new id; pushes that did are not worth sending. */
  #renewStale(env: Env): void {
    const now = this.#ids.serverTime(env)
    const isStale = ({ sent, link }: Kept) =>
      link === undefined && sent !== undefined && ageOf(sent.messageId, now) > STALE
    for (const kept of this.#kept) if (kept.kind !== 'push' && isStale(kept)) kept.sent = undefined
    if (this.#take((kept) => kept.kind === 'push' && isStale(kept)).length > 0) this.keep('push', UPDATES_TOO_LONG)
  }

  #message(body: Uint8Array, parity: Parity, content: boolean, env: Env): Message {
    const messageId = parity === 'answer' ? this.#ids.nextAnswer(env) : this.#ids.nextPush(env)
    return { messageId, seqNo: this.#ids.nextSeqNo(content), body }
  }

  #contain(messages: readonly Message[], env: Env): readonly Message[] {
    const packets: Message[] = []
    let group: Message[] = []
    let bytes = 0
    const close = () => {
      // By id, because what is sent again has a lower one than what is new.
      const sorted = group.sort((a, b) => (a.messageId < b.messageId ? -1 : 1))
      const [only] = sorted
      if (only !== undefined)
        packets.push(sorted.length === 1 ? only : this.#message(writeContainer(sorted), 'push', false, env))
      group = []
      bytes = 0
    }
    for (const message of messages) {
      const size = CONTAINED_OVERHEAD + message.body.length
      if (group.length >= CONTAINER.messages || bytes + size > CONTAINER.bytes) close()
      group.push(message)
      bytes += size
    }
    close()
    return packets
  }

  #take(which: (kept: Kept) => boolean): readonly Kept[] {
    const taken = this.#kept.filter(which)
    if (taken.length === 0) return taken
    const gone = new Set(taken)
    this.#kept = this.#kept.filter((kept) => !gone.has(kept))
    for (const { body } of taken) this.#bytes -= body.length
    return taken
  }

  #bound(): void {
    const pushes = this.#kept.reduce((count, { kind }) => count + (kind === 'push' ? 1 : 0), 0)
    if (pushes > OUTBOX.pushes) {
      this.#take(({ kind }) => kind === 'push')
      this.keep('push', UPDATES_TOO_LONG)
    }
    while (this.#kept.length > OUTBOX.messages || this.#bytes > OUTBOX.bytes) {
      const oldest = this.#kept[0]!
      if (this.#kept.length === 1) break
      this.#take((kept) => kept === oldest)
    }
  }
}
