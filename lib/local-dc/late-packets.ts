/** Packets that a spec holds back. */

export interface LatePacket {
  readonly link: number
  readonly packet: Uint8Array
}

/** So many are held; what is too much leaves at once. */
const LIMIT = 10_000
/** How the keys of their timers begin. */
const PREFIX = 'late:'

export class LatePackets {
  readonly #held = new Map<string, LatePacket>()
  #count = 0

  /** Whether a timer is that of a packet. */
  static is(key: string): boolean {
    return key.startsWith(PREFIX)
  }

  /** The key of the timer that it leaves by; undefined when there is no room. */
  hold(late: LatePacket): string | undefined {
    if (this.#held.size >= LIMIT) return undefined
    const key = `${PREFIX}${++this.#count}`
    this.#held.set(key, late)
    return key
  }

  take(key: string): LatePacket | undefined {
    const late = this.#held.get(key)
    this.#held.delete(key)
    return late
  }
}
