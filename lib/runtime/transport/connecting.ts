/** The patience of opening a connection. */
import { map, type Observable, race } from 'rxjs'
import { TransportError } from '../../core/errors.ts'
import type { Clock } from '../rx/clock.ts'

/** How long a connection may take to open, in milliseconds: as long as the official clients give it. */
export const CONNECT_TIMEOUT: number = 10_000

/**
 * Gives up when the source has not emitted in time; after its first value the source has all the time it likes.
 *
 * Starts: the source and the timer on subscribe.
 * Emits: what the source emits.
 * Errors: what the source errors with, and TransportError `unsent` when the time is over.
 * Unsubscribe: leaves the source and clears the timer.
 *
 *     source:   -----a----b--     ------------------
 *     timer:    ---------|        ---------|
 *     result:   -----a----b--     ---------#
 */
export function connecting<Value>(
  source$: Observable<Value>,
  options: { readonly to: string; readonly timeout: number; readonly clock: Clock },
): Observable<Value> {
  const late$ = options.clock.after(options.timeout).pipe(
    map((): never => {
      const seconds = options.timeout / 1000
      throw new TransportError(`could not connect to ${options.to}: no answer in ${seconds} s`, 'unsent')
    }),
  )
  return race(source$, late$)
}
