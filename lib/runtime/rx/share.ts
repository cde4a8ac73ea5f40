/** The ways in which one run of a source may serve several observers. There are no others. */
import { EMPTY, type MonoTypeOperatorFunction, ReplaySubject, share, tap } from 'rxjs'
import type { Clock } from './clock.ts'

/**
 * For a query that is shown in several places: one run, kept after it completed.
 *
 * Starts: with the first subscriber; later ones join.
 * Emits: the last value at once to those who come later.
 * Errors: as the source; the next subscriber starts it again.
 * Unsubscribe: the last to leave ends a run that has not completed.
 *
 *     source:   ---a|          runs once
 *     first:    ---a|
 *     later:         ^(a|)
 */
export function replayed<Value>(): MonoTypeOperatorFunction<Value> {
  return share({
    connector: () => new ReplaySubject(1),
    resetOnError: true,
    resetOnComplete: false,
    resetOnRefCountZero: true,
  })
}

/**
 * For a command that must run, watched or not: subscribes at once, and outlives its observers.
 *
 * Starts: when the operator is applied, once.
 * Emits: the last value at once to those who come later.
 * Errors: as the source, to whoever observes then or later.
 * Unsubscribe: leaves the run alone.
 *
 *     source:   ^--a|          runs on
 *     first:    ^-!
 *     later:         ^(a|)
 */
export function started<Value>(): MonoTypeOperatorFunction<Value> {
  return (source) => {
    const run = new ReplaySubject<Value>(1)
    source.subscribe(run)
    return run.asObservable()
  }
}

/**
 * For a resource that is dear to open: one run, which stays open for a while after the last observer left.
 *
 * Starts: with the first subscriber; later ones join.
 * Emits: the last value at once to those who come later.
 * Errors: as the source; the next subscriber starts it again, as after completion.
 * Unsubscribe: the last to leave ends the run `milliseconds` later, unless someone comes back.
 *
 *     source:   -a-----------!       lingering(5)
 *     first:    ^--!
 *     second:         ^!             a at once, the same run
 */
export function lingering<Value>(milliseconds: number, clock: Clock): MonoTypeOperatorFunction<Value> {
  return (source) => {
    let runs = false
    const stop = (): void => {
      runs = false
    }
    const begin = (): void => {
      runs = true
    }
    return source.pipe(
      tap({ subscribe: begin, error: stop, complete: stop }),
      share({
        connector: () => new ReplaySubject(1),
        resetOnError: true,
        resetOnComplete: true,
        // Observers leave after an end as well: there is nothing to linger for then, and no timer to leave behind.
        resetOnRefCountZero: () => (runs ? clock.after(milliseconds) : EMPTY),
      }),
    )
  }
}

/**
 * For a state that changes: one run while someone looks.
 *
 * Starts: with the first subscriber; later ones join.
 * Emits: the newest value at once to those who come later.
 * Errors: as the source; the next subscriber starts it again, as after completion.
 * Unsubscribe: the last to leave ends the run, so that nothing stale is ever shown.
 *
 *     source:   a---b---c--
 *     first:    ^--------!       a---b---c
 *     second:   ------^--!       ------b-c
 */
export function latest<Value>(): MonoTypeOperatorFunction<Value> {
  return share({
    connector: () => new ReplaySubject(1),
    resetOnError: true,
    resetOnComplete: true,
    resetOnRefCountZero: true,
  })
}
