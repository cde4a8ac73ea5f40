/** Where producers are made: the only `new Observable` of the library. */
import { Observable, type Subscriber, type TeardownLogic } from 'rxjs'

/**
 * A cold source. `produce` must give its teardown to `subscriber.add` before it starts work that can end at once.
 *
 * Starts: `produce` runs once for each subscription.
 * Emits: what `produce` gives to its subscriber.
 * Errors: what `produce` gives to its subscriber, or throws.
 * Unsubscribe: runs the teardown.
 *
 *     source:   a--b--c|
 *     first:    ^----!          a--b--
 *     second:   ---^--------!   ---a--b--c|     its own run, from the beginning
 */
export function cold<Value>(produce: (subscriber: Subscriber<Value>) => TeardownLogic): Observable<Value> {
  return new Observable(produce)
}
