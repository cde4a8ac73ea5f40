/**
 * Which packet a quick ack is about: https://core.telegram.org/mtproto/mtproto-transports#quick-ack
 */

/** Packets of which a quick ack is awaited; beyond this the oldest are forgotten: their acks come later. */
const MAX_ASKED = 1_024

/** The packets of one link that asked for a quick ack. */
export class Receipts {
  /** The numbers of the calls, not the calls: some servers never say it. */
  readonly #asked = new Map<number, readonly number[]>()

  /** A packet left, and its quick ack will say `token`. */
  ask(token: number, calls: readonly number[]): void {
    this.#asked.set(token, calls)
    if (this.#asked.size <= MAX_ASKED) return
    for (const oldest of this.#asked.keys()) return void this.#asked.delete(oldest)
  }

  /** Which calls were in that packet. */
  take(token: number): readonly number[] {
    const calls = this.#asked.get(token) ?? []
    this.#asked.delete(token)
    return calls
  }

  /** The link is gone, and its quick acks with it. */
  clear(): void {
    this.#asked.clear()
  }
}
