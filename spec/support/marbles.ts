import { expect } from 'chai'
import { asyncScheduler, map, timer } from 'rxjs'
import { type RunHelpers, TestScheduler } from 'rxjs/testing'
import type { Clock } from '../../lib/runtime/rx/clock.ts'

/** Where virtual wall clocks begin: 2026-01-01, in milliseconds. */
export const VIRTUAL_BEGIN: number = Date.UTC(2026, 0, 1)

/** What a marble test works with: rxjs's helpers, a virtual clock and a log. */
export interface Marbles extends RunHelpers {
  /** Its `elapsed` is the frame number, its `now` begins at VIRTUAL_BEGIN. */
  readonly clock: Clock
  /** Another virtual clock of the same flow of time, whose wall clock is wrong by `skew` milliseconds. */
  clockOff(skew: number): Clock
  /** Notes something that happened, with its frame: `note('write')` at frame 5 is `5 write`. */
  note(what: string): void
  /** After the run, the notes must be these. */
  expectNotes(expected: readonly string[]): void
  /** After the run, `check` is called: for whatever can only be looked at in the end. */
  finally(check: () => void): void
}

/**
 * A marble test: a fresh TestScheduler in run mode, virtual time for the given clock.
 *
 * @example
 * it('doubles', marbles(({ hot, expectObservable }) => {
 *   expectObservable(hot('-a-|', { a: 1 }).pipe(map((x) => x * 2))).toBe('-a-|', { a: 2 })
 * }))
 */
export function marbles(test: (marbles: Marbles) => void): () => void {
  return () => {
    const scheduler = new TestScheduler((actual, expected) => {
      expect(actual).to.deep.equal(expected)
    })
    const notes: string[] = []
    const checks: (() => void)[] = []
    scheduler.run((helpers) => {
      test({
        ...helpers,
        clock: virtualClock(0),
        clockOff: virtualClock,
        note: (what) => void notes.push(`${scheduler.frame} ${what}`),
        expectNotes: (expected) => void checks.push(() => expect(notes).to.deep.equal(expected)),
        finally: (check) => void checks.push(check),
      })
    })
    for (const check of checks) check()
  }
}

function virtualClock(skew: number): Clock {
  return {
    now: () => VIRTUAL_BEGIN + skew + asyncScheduler.now(),
    elapsed: () => asyncScheduler.now(),
    after: (delay) => timer(Math.max(0, delay)).pipe(map(() => undefined)),
  }
}

/** Random bytes that are the same in each run. */
export function seededRandom(seed = 1): (length: number) => Uint8Array {
  let state = seed >>> 0 || 1
  const next = () => {
    // xorshift32: enough to be unlike constants, and repeatable.
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state
  }
  return (length) => Uint8Array.from({ length }, () => next() >>> 24)
}
