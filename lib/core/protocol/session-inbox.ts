/**
 * What came from the server, so that nothing is handled twice: a server repeats what was not acked.
 * https://core.telegram.org/mtproto/security_guidelines#checking-msg-id
 */

/** How many ids are remembered. */
const REMEMBERED = 1_000

/** Ids are signed, as TL reads them: those after 2038 are negative, and still in order. */
const LOWEST: bigint = -(2n ** 63n)

/** `too old`: older than all that is remembered, so that it can't be told. */
export type Novelty = 'new' | 'repeated' | 'too old'

/** What `msgs_state_info` says of a message (service messages, "Informational Message regarding Status of Messages"). */
const STATE = { forgotten: 1, missing: 2, tooHigh: 3, received: 4 } as const

/** The ids of the messages that came. */
export class Inbox {
  readonly #seen = new Set<bigint>()
  readonly #order: bigint[] = []
  #oldest = 0
  #floor = LOWEST
  #highest = LOWEST

  /** Notes an id. */
  take(messageId: bigint): Novelty {
    if (this.#seen.has(messageId)) return 'repeated'
    if (messageId <= this.#floor) return 'too old'
    this.#seen.add(messageId)
    if (messageId > this.#highest) this.#highest = messageId
    if (this.#order.length < REMEMBERED) {
      this.#order.push(messageId)
      return 'new'
    }
    const forgotten = this.#order[this.#oldest]!
    this.#order[this.#oldest] = messageId
    this.#oldest = (this.#oldest + 1) % REMEMBERED
    this.#seen.delete(forgotten)
    if (forgotten > this.#floor) this.#floor = forgotten
    return 'new'
  }

  /** Whether that message came. */
  has(messageId: bigint): boolean {
    return this.#seen.has(messageId)
  }

  /** One byte for each id: what we know of it. */
  states(messageIds: readonly bigint[]): Uint8Array {
    return Uint8Array.from(messageIds, (id) => {
      if (this.#seen.has(id)) return STATE.received
      if (id <= this.#floor) return STATE.forgotten
      return id > this.#highest ? STATE.tooHigh : STATE.missing
    })
  }
}
