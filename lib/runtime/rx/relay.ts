/**
 * One observer for several operators in a row. Each operator of RxJS has an observer of its own, which costs about 400
 * bytes and several calls for each value; a call passes five of them on its way in, and most of them wait for nothing but
 * an error. Here they are layers of a list that one observer goes through.
 */
import { type MonoTypeOperatorFunction, type Observable, Subscriber } from 'rxjs'
import { cold } from './cold.ts'

/** One operator around a source. */
export abstract class Layer<Value> {
  /** The next one on the way out. */
  outer: Layer<Value> | undefined

  /** Sees a value pass. What it throws is an error for those outside. */
  look?(value: Value): void
  /** Takes over after an error: all that was inside has been left. Without this the error goes on. */
  failed?(error: unknown, target: Subscriber<Value>): void
}

/**
 * Puts a layer around a source, made anew for each subscription. `policy` is what makes it different from others: given
 * apart from `make`, so that no function is made for each source.
 *
 * Starts: with the source.
 * Emits: what the source emits, after the layer has seen it.
 * Errors: as the layer takes the source's.
 * Unsubscribe: leaves the source.
 */
export function relayed<Value, Policy>(
  source: Observable<Value>,
  make: (source: Observable<Value>, policy: Policy) => Layer<Value>,
  policy: Policy,
): Observable<Value> {
  return cold((subscriber) => {
    const made = make(source, policy)
    if (!(subscriber instanceof Relay)) {
      source.subscribe(new Relay(subscriber, made))
      return
    }
    // What is subscribed by a relay is inside of all that it has.
    subscriber.enter(made)
    source.subscribe(subscriber)
  })
}

/**
 * Keeps what is inside from being one with the layers outside: for sources that may subscribe more than one thing.
 *
 * Starts: with the source.
 * Emits: what the source emits.
 * Errors: as the source.
 * Unsubscribe: leaves the source.
 *
 *     source:   -a--b|
 *     apart:    -a--b|
 */
export function apart<Value>(): MonoTypeOperatorFunction<Value> {
  return (source) => cold((subscriber) => void source.subscribe(new Subscriber(subscriber)))
}

/** Begins, or begins again, inside of `layer`. */
export function beginInside<Value>(
  source: Observable<Value>,
  layer: Layer<Value> | undefined,
  target: Subscriber<Value>,
): void {
  source.subscribe(layer === undefined ? target : new Relay(target, layer))
}

/** An error on its way out, from `layer` on. */
export function passError<Value>(error: unknown, layer: Layer<Value> | undefined, target: Subscriber<Value>): void {
  for (let at = layer; at !== undefined; at = at.outer)
    if (at.failed !== undefined) {
      at.failed(error, target)
      return
    }
  target.error(error)
}

// The rule against subclasses is for those that break when RxJS changes within. This one is all there is, its specs compare
// it with RxJS's own operators, and an observer in its place costs twice the memory.
// eslint-disable-next-line rxjs-x/no-subclass
class Relay<Value> extends Subscriber<Value> {
  /** The innermost. */
  #layer: Layer<Value> | undefined

  constructor(target: Subscriber<Value>, layer: Layer<Value>) {
    super(target)
    this.#layer = layer
  }

  /**
   * What is over holds nothing, since sets of those that are open may hold it for long after that (see core/passing):
   * without this a client with many calls takes a third more time, to collect them.
   */
  override unsubscribe(): void {
    super.unsubscribe()
    this.#layer = undefined
  }

  enter(layer: Layer<Value>): void {
    layer.outer = this.#layer
    this.#layer = layer
  }

  protected override _next(value: Value): void {
    for (let at = this.#layer; at !== undefined; at = at.outer) {
      try {
        at.look?.(value)
      } catch (thrown) {
        this.#layer = at.outer
        this.error(thrown)
        return
      }
    }
    this.destination.next(value)
  }

  protected override _error(error: unknown): void {
    const target = this.destination as Subscriber<Value>
    const layer = this.#layer
    this.unsubscribe()
    passError(error, layer, target)
  }
}
