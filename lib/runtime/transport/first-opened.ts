/** Several ways to one link: whichever opens first. */
import { catchError, defer, merge, NEVER, type Observable, race, switchMap, take, tap, throwIfEmpty } from 'rxjs'
import { TransportError } from '../../core/errors.ts'
import type { Clock } from '../rx/clock.ts'
import { cold } from '../rx/cold.ts'

export interface Stagger {
  readonly clock: Clock
  /** How long one attempt is alone before the next begins beside it, in milliseconds. One that fails is not waited for. */
  readonly delay: number
}

/** An error tells of so many failures, and counts the others. */
const MAX_TOLD = 4

/**
 * Opens several links, keeps the first, and leaves the others. With `stagger` they are not begun at once but one after
 * the other.
 *
 * Starts: the first source on subscribe; the next after the delay, or as soon as the last one begun has failed.
 * Emits: the first value of any source, and from then on what that source emits.
 * Errors: the only source's error; TransportError `unsent` that tells all failures when every source has failed; what
 *   the winner errors with later.
 * Unsubscribe: leaves all sources, and starts no more.
 *
 *     a:         --------------
 *     b:         ·····---B--x
 *     c:         ··········
 *     delay 5:   --------B--x     c is never begun
 */
export function firstOpened<Value>(sources: readonly Observable<Value>[], stagger?: Stagger): Observable<Value> {
  return defer(() => {
    const failures: unknown[] = []
    let isWon = false

    /** A source that fails in silence as long as others may open. */
    const patient = (source$: Observable<Value>, failed: () => void): Observable<Value> =>
      source$.pipe(
        throwIfEmpty(() => new TransportError('the connection ended before it was open', 'unsent')),
        tap(() => {
          isWon = true
        }),
        catchError((error: unknown) => {
          if (isWon || sources.length === 1) throw error
          failures.push(error)
          if (failures.length === sources.length) throw allFailed(failures)
          failed()
          return NEVER
        }),
      )

    const from = (index: number, { clock, delay }: Stagger): Observable<Value> => {
      const source$ = sources[index]!
      if (index === sources.length - 1) return patient(source$, () => {})
      const failure = once()
      const turn$ = merge(clock.after(delay), failure.told$).pipe(take(1))
      return race(patient(source$, failure.tell), turn$.pipe(switchMap(() => from(index + 1, { clock, delay }))))
    }

    if (sources.length === 0) throw new TransportError('expected an address to connect to, got none', 'unsent')
    return stagger === undefined ? race(sources.map((source$) => patient(source$, () => {}))) : from(0, stagger)
  })
}

/** Something that happens once, before or after it is listened for. */
function once(): { readonly told$: Observable<void>; readonly tell: () => void } {
  let isTold = false
  let listener = (): void => {}
  return {
    told$: cold((subscriber) => {
      listener = () => subscriber.next()
      if (isTold) listener()
    }),
    tell() {
      isTold = true
      listener()
    },
  }
}

function allFailed(failures: readonly unknown[]): TransportError {
  const messages = [...new Set(failures.map((each) => (each instanceof Error ? each.message : 'it failed')))]
  const more = messages.length - MAX_TOLD
  const told = messages.slice(0, MAX_TOLD).join('; ') + (more > 0 ? `; and ${more} more` : '')
  return new TransportError(told, 'unsent', { cause: failures[0] })
}
