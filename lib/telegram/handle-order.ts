/**
 * The machine that decides which value is worked on when: values of one key one after the other, different keys side
 * by side, so many at once and so many waiting. Knows nothing of what the work is.
 */
import { NONE } from '../core/machine.ts'

export type HandleEvent<Value> =
  | { readonly _: 'value'; readonly value: Value; readonly key: unknown }
  | { readonly _: 'done'; readonly key: unknown }
  | { readonly _: 'end' }

export type HandleEffect<Value> =
  | { readonly _: 'run'; readonly value: Value; readonly key: unknown }
  /** There was no room for it. */
  | { readonly _: 'refuse'; readonly value: Value }
  | { readonly _: 'complete' }

/** The machine, as `machine()` runs it. */
export class HandleOrder<Value> {
  private readonly concurrency: number
  private readonly limit: number
  /** The keys at work, each with those that wait for it. */
  private readonly lines = new Map<unknown, Value[]>()
  /** Keys that have a value and no turn yet, in the order of arrival. */
  private readonly ready = new Map<unknown, Value[]>()
  private waiting = 0
  private hasEnded = false

  constructor(concurrency: number, limit: number) {
    this.concurrency = concurrency
    this.limit = limit
  }

  step(event: HandleEvent<Value>): readonly HandleEffect<Value>[] {
    switch (event._) {
      case 'value':
        return this.arrive(event.value, event.key)
      case 'done':
        return this.finish(event.key)
      case 'end':
        this.hasEnded = true
        return this.idle()
    }
  }

  private arrive(value: Value, key: unknown): readonly HandleEffect<Value>[] {
    const line = this.lines.get(key) ?? this.ready.get(key)
    if (line === undefined && this.lines.size < this.concurrency) {
      this.lines.set(key, [])
      return [{ _: 'run', value, key }]
    }
    if (this.waiting >= this.limit) return [{ _: 'refuse', value }]
    this.waiting += 1
    if (line === undefined) this.ready.set(key, [value])
    else line.push(value)
    return NONE
  }

  private finish(key: unknown): readonly HandleEffect<Value>[] {
    const line = this.lines.get(key) ?? []
    this.lines.delete(key)
    // Its turn is over: keys that waited longer come first.
    if (line.length > 0) this.ready.set(key, line)
    const [next] = this.ready
    if (next === undefined) return this.idle()
    const [nextKey, nextLine] = next
    this.ready.delete(nextKey)
    this.lines.set(nextKey, nextLine)
    this.waiting -= 1
    return [{ _: 'run', value: nextLine.shift()!, key: nextKey }]
  }

  private idle(): readonly HandleEffect<Value>[] {
    return this.hasEnded && this.lines.size === 0 ? [{ _: 'complete' }] : NONE
  }
}
