/** The calls of one session: which run, which wait for others, and what became of those that ended. */
import type { Call } from '../unwrap.ts'
import type { Kept } from './outbox.ts'

export interface Query {
  readonly id: bigint
  /** The constructor id of the method, signed; undefined when the call could not even be read. */
  readonly method: number | undefined
  state: 'waiting' | 'running' | 'answered' | 'dropped'
  /** The answer was an error. */
  failed: boolean
  /** The answer, until it is acked. */
  answer: Kept | undefined
  /** What to run once the calls that it waits for are answered. */
  held: Call | undefined
}

/** Calls that run or wait at once: more are refused. */
export const MAX_OPEN = 1024
/** Ended calls that are remembered: the oldest are forgotten. */
export const MAX_ENDED = 1024

export class Queries {
  readonly #all = new Map<bigint, Query>()
  #open = 0

  get(id: bigint): Query | undefined {
    return this.#all.get(id)
  }

  get isFull(): boolean {
    return this.#open >= MAX_OPEN
  }

  begin(id: bigint, method: number | undefined, held?: Call): Query {
    const state = held === undefined ? 'running' : 'waiting'
    const query: Query = { id, method, state, failed: false, answer: undefined, held }
    this.#all.set(id, query)
    this.#open++
    this.#forget()
    return query
  }

  end(query: Query, state: 'answered' | 'dropped', failed: boolean): void {
    if (isOpen(query)) this.#open--
    query.state = state
    query.failed = failed
    query.held = undefined
  }

  /** Those that run or wait, in order of arrival. */
  open(): readonly Query[] {
    return [...this.#all.values()].filter(isOpen)
  }

  #forget(): void {
    let excess = this.#all.size - this.#open - MAX_ENDED
    for (const query of this.#all.values()) {
      if (excess <= 0) return
      if (isOpen(query)) continue
      this.#all.delete(query.id)
      excess--
    }
  }
}

export function isOpen({ state }: Query): boolean {
  return state === 'running' || state === 'waiting'
}
