/** What happened in one seed, as a number, and as lines for those who ask. */
import { hashOf } from './random.ts'
import type { SimulatedTime } from './simulated-time.ts'

export class Trace {
  readonly #time: SimulatedTime
  readonly #write: ((line: string) => void) | undefined
  #hash = 0

  constructor(time: SimulatedTime, write?: (line: string) => void) {
    this.#time = time
    this.#write = write
  }

  /** The same for the same events at the same times. */
  get hash(): string {
    return this.#hash.toString(16).padStart(8, '0')
  }

  /** Notes an event: who, what, and a number that tells it from others. */
  note(who: string, what: string, detail: number | string = ''): void {
    const line = `${this.#time.elapsed.toFixed(3).padStart(12)}  ${who.padEnd(10)} ${what} ${detail}`
    this.#hash = hashOf(line, this.#hash)
    this.#write?.(line)
  }
}
