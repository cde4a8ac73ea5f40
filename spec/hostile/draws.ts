/** Random choices that are the same in each run with the same seed. */
export class Draws {
  #state: number

  constructor(seed: number) {
    // Close seeds must not give close choices.
    let state = (seed ^ 0x9e3779b9) >>> 0
    state = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    state = Math.imul(state ^ (state >>> 15), 0x735a2d97)
    this.#state = (state ^ (state >>> 15)) >>> 0 || 1
  }

  /** 0 to `limit` - 1. */
  below(limit: number): number {
    let state = this.#state
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    this.#state = state >>> 0
    return this.#state % limit
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256))
  }
}
