/**
 * A map for what passes: what comes and goes with every call.
 *
 * A Map of V8 makes a new table after so many deletions, and the old one, with all that was in it, refers to the new one.
 * When one of them gets old, all that come after it do, with every call that they ever held, until the next full
 * collection: that was a tenth of the time of a client with many calls. Here a table holds a small place for each, which
 * is emptied.
 */
export class Passing<Key, Value> {
  readonly #places = new Map<Key, Place<Value>>()

  get size(): number {
    return this.#places.size
  }

  get(key: Key): Value | undefined {
    return this.#places.get(key)?.value
  }

  set(key: Key, value: Value): void {
    this.#places.set(key, { value })
  }

  /** What was there. */
  take(key: Key): Value | undefined {
    const place = this.#places.get(key)
    if (place === undefined) return undefined
    this.#places.delete(key)
    const { value } = place
    place.value = undefined
    return value
  }

  keys(): IterableIterator<Key> {
    return this.#places.keys()
  }

  /** In the order in which they came. */
  *values(): Generator<Value> {
    for (const { value } of this.#places.values()) if (value !== undefined) yield value
  }

  clear(): void {
    for (const place of this.#places.values()) place.value = undefined
    this.#places.clear()
  }
}

interface Place<Value> {
  value: Value | undefined
}
