/** Chance, from one seed: the same seed gives the same numbers on every machine. */
export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  /** `name` makes another sequence of the same seed. */
  constructor(seed: number, name = '') {
    this.#a = hashOf(name, seed >>> 0)
    this.#b = hashOf(name, Math.imul(seed, 0x9e3779b1) >>> 0)
    this.#c = seed | 0
    for (let i = 0; i < 12; i++) this.#word()
  }

  /** Another sequence: what is drawn from it changes nothing here. */
  static of(seed: number, name: string): Random {
    return new Random(seed, name)
  }

  /** sfc32: 32 bits. */
  #word(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (this.#c << 21) | (this.#c >>> 11)
    this.#c = (this.#c + sum) | 0
    return sum >>> 0
  }

  /** From 0 to 1, 1 excluded. */
  number(): number {
    return this.#word() / 2 ** 32
  }

  /** A whole number from `from` to `to`, both included. */
  whole(from: number, to: number): number {
    return from + Math.floor(this.number() * (to - from + 1))
  }

  between(from: number, to: number): number {
    return from + this.number() * (to - from)
  }

  /** Small numbers as often as numbers ten times as large. */
  scaled(from: number, to: number): number {
    return from * (to / from) ** this.number()
  }

  /** How long until the next of events that come every `mean` on average. */
  pause(mean: number): number {
    return -Math.log(1 - this.number()) * mean
  }

  chance(probability: number): boolean {
    return this.number() < probability
  }

  pick<Value>(values: readonly Value[]): Value {
    return values[this.whole(0, values.length - 1)]!
  }

  /** A new array with the same values. */
  shuffled<Value>(values: readonly Value[]): Value[] {
    const all = [...values]
    for (let at = all.length - 1; at > 0; at--) {
      const other = this.whole(0, at)
      ;[all[at], all[other]] = [all[other]!, all[at]!]
    }
    return all
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    let at = 0
    for (; at + 4 <= length; at += 4) {
      const word = this.#word()
      bytes[at] = word
      bytes[at + 1] = word >>> 8
      bytes[at + 2] = word >>> 16
      bytes[at + 3] = word >>> 24
    }
    for (; at < length; at++) bytes[at] = this.#word()
    return bytes
  }
}

/** FNV-1a, begun with any number. */
export function hashOf(text: string, begin = 0): number {
  let hash = (0x811c9dc5 ^ begin) >>> 0
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0
  return hash
}
