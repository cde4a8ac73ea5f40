/** Repeats what failed, at the price of a small object where nothing does: every call passes several of these. */
import { type Observable, type Subscriber, take } from 'rxjs'
import { beginInside, Layer, passError, relayed } from './relay.ts'

/** When to go on after an error. Its first value says: now. Its error, or one that is thrown, ends it all. */
type Delay = (error: unknown, count: number) => Observable<unknown>

/**
 * RxJS's `retry({ delay })`, at a tenth of its memory: see relay.
 *
 * Starts: with the source.
 * Emits: what the source emits; completes with it, or when a delay completes without a value.
 * Errors: as the delay of an error does.
 * Unsubscribe: leaves the source, or the delay.
 *
 *     source:   -a-#           ^-b|
 *     delay:       ^-----d
 *     again:    -a---------------b|
 */
export function again(delay: Delay): <Value>(source: Observable<Value>) => Observable<Value> {
  return (source) => relayed(source, attempts, delay)
}

function attempts<Value>(source: Observable<Value>, delay: Delay): Layer<Value> {
  return new Attempts(source, delay)
}

class Attempts<Value> extends Layer<Value> {
  readonly #source: Observable<Value>
  readonly #delay: Delay
  #count = 0

  constructor(source: Observable<Value>, delay: Delay) {
    super()
    this.#source = source
    this.#delay = delay
  }

  override failed(error: unknown, target: Subscriber<Value>): void {
    let waiting: Observable<unknown>
    this.#count++
    try {
      waiting = this.#delay(error, this.#count)
    } catch (thrown) {
      passError(thrown, this.outer, target)
      return
    }
    let isDue = false
    target.add(
      waiting.pipe(take(1)).subscribe({
        next: () => {
          isDue = true
        },
        error: (thrown: unknown) => passError(thrown, this.outer, target),
        complete: () => (isDue ? this.#repeat(target) : target.complete()),
      }),
    )
  }

  #repeat(target: Subscriber<Value>): void {
    beginInside(this.#source, this, target)
  }
}
