/** Time that passes as fast as it is used: client and server share its flow, and each has a wall clock of its own. */
import { Observable } from 'rxjs'
import type { Clock } from '../../lib/runtime/rx/clock.ts'

/** Something that is to happen. */
interface Entry {
  readonly at: number
  readonly order: number
  readonly act: () => void
  isOff: boolean
}

/** Where wall clocks begin: 2026-01-01, in milliseconds. */
export const BEGIN: number = Date.UTC(2026, 0, 1)

export class SimulatedTime {
  #elapsed = 0
  #order = 0
  #steps = 0
  #heap: Entry[] = []

  /** Milliseconds since the beginning. */
  get elapsed(): number {
    return this.#elapsed
  }

  /** How many things have happened. */
  get steps(): number {
    return this.#steps
  }

  /** What makes it not happen. */
  at(when: number, act: () => void): () => void {
    const entry: Entry = { at: Math.max(when, this.#elapsed), order: ++this.#order, act, isOff: false }
    this.#push(entry)
    return () => {
      entry.isOff = true
    }
  }

  after(delay: number, act: () => void): () => void {
    return this.at(this.#elapsed + Math.max(0, delay), act)
  }

  /** Lets time pass until `until`, or until `done` says so, or nothing is to happen, or too much did. */
  run(until: number, done: () => boolean = () => false, mostSteps: number = Number.POSITIVE_INFINITY): void {
    while (!done() && this.#steps < mostSteps) {
      const next = this.#heap[0]
      if (next === undefined || next.at > until) {
        this.#elapsed = Math.max(this.#elapsed, until)
        return
      }
      this.#pop()
      if (next.isOff) continue
      this.#elapsed = next.at
      this.#steps++
      next.act()
    }
  }

  #push(entry: Entry): void {
    const heap = this.#heap
    let at = heap.push(entry) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(entry, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = entry
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()!
    if (heap.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
  }
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.at === other.at ? one.order < other.order : one.at < other.at
}

/** One side's clock. Its wall clock may be wrong and may jump; its timers can be held, as while a computer sleeps. */
export class SimulatedClock implements Clock {
  readonly #time: SimulatedTime
  #skew: number
  #asleepUntil = 0
  #timers = 0

  /** `skew`: by how many milliseconds the wall clock is ahead. */
  constructor(time: SimulatedTime, skew = 0) {
    this.#time = time
    this.#skew = skew
  }

  /** How many timers run. */
  get timers(): number {
    return this.#timers
  }

  get skew(): number {
    return this.#skew
  }

  now(): number {
    return BEGIN + this.#skew + this.#time.elapsed
  }

  elapsed(): number {
    return this.#time.elapsed
  }

  /** The wall clock jumps. */
  step(milliseconds: number): void {
    this.#skew += milliseconds
  }

  /** No timer fires until then. */
  sleep(until: number): void {
    this.#asleepUntil = Math.max(this.#asleepUntil, until)
  }

  after(delay: number): Observable<void> {
    return new Observable((subscriber) => {
      this.#timers++
      let cancel = (): void => {}
      const fire = (): void => {
        if (this.#time.elapsed < this.#asleepUntil) {
          cancel = this.#time.at(this.#asleepUntil, fire)
          return
        }
        subscriber.next()
        subscriber.complete()
      }
      cancel = this.#time.after(delay, fire)
      return () => {
        this.#timers--
        cancel()
      }
    })
  }
}
