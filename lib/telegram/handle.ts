/** How bots consume: in order where it matters, side by side where it does not, and never stopped by a failure. */
import {
  retry as again,
  concatWith,
  defer,
  endWith,
  from,
  map,
  NEVER,
  type Observable,
  type ObservableInput,
  type OperatorFunction,
  throwError,
} from 'rxjs'
import type { Peer } from '../api/types.ts'
import { ClosedError } from '../core/errors.ts'
import { follow } from '../runtime/rx/follow.ts'
import { machine, type Tools } from '../runtime/rx/machine.ts'
import { type HandleEffect, type HandleEvent, HandleOrder } from './handle-order.ts'
import { type PeerId, peerId } from './peers/peer-id.ts'
import type { Caller } from './telegram.ts'

export interface HandleOptions<Value> {
  /** Values of one key are handled one after the other. The chat, for messages, if nothing else is said. */
  readonly by?: ((value: Value) => unknown) | undefined
  /** So many are handled at once (16). */
  readonly concurrency?: number | undefined
  /**
   * How often what a project returned is subscribed again after it failed (0), after 1, 2, 4, ... seconds. Not after a
   * ClosedError.
   */
  readonly retry?: number | undefined
  /** So many may wait (10,000). What comes then is not handled, and is a fault that says so. */
  readonly queue?: number | undefined
}

const CONCURRENCY = 16
const QUEUE = 10_000
/** The pause before the first repeat, and the longest, in milliseconds. */
const FIRST_PAUSE = 1_000
const LONGEST_PAUSE = 60_000

/**
 * Does something with every value: in order for each key, bounded, and whatever fails becomes a value of the client's
 * `faults$` instead of the end. Only the ClosedErrors of projects that `close()` interrupts are no faults.
 *
 * Starts: the source on subscribe, a project for each value when its turn comes.
 * Emits: what the projects emit.
 * Errors: as the source. Completes after the source, when the last project has.
 * Unsubscribe: ends the source and cancels the projects.
 *
 *     source (key, n):   -a1-a2-b1-----|
 *     projects:           a1---|           a2 waits for a1, b1 does not
 *                             a2---|
 *                              b1---|
 *     result:            -----1----2--1-|
 *
 * @example
 * newMessages(tg).pipe(incoming(), hasText(), handle(tg, (message) => reply(tg, message, message.message)))
 */
export function handle<Value, Result>(
  tg: Caller,
  project: (value: Value) => ObservableInput<Result>,
  { by = chatOf, concurrency = CONCURRENCY, retry = 0, queue = QUEUE }: HandleOptions<Value> = {},
): OperatorFunction<Value, Result> {
  const { clock, random, fault } = tg.context
  // What a closed client refused, it refuses again.
  const pause = (error: unknown, count: number): Observable<unknown> =>
    count > retry || error instanceof ClosedError
      ? throwError(() => error)
      : clock.after(Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (count - 1)))
  // The project is called once: what it returned is subscribed again, so that a message repeats and does not double.
  const run = (value: Value): Observable<Result> => defer(() => from(project(value)).pipe(again({ delay: pause })))

  const arrival = (value: Value): HandleEvent<Value> => {
    try {
      return { _: 'value', value, key: by(value) }
    } catch (error) {
      fault({ at: 'handle', error })
      return { _: 'value', value, key: undefined }
    }
  }
  const perform = (effect: HandleEffect<Value>, tools: Tools<HandleEvent<Value>, Result>): void => {
    if (effect._ === 'complete') tools.complete()
    if (effect._ === 'refuse')
      fault({ at: 'handle', error: new Error(`a value was not handled: ${queue} others wait already`) })
    if (effect._ !== 'run') return
    const done: HandleEvent<Value> = { _: 'done', key: effect.key }
    follow(tools, run(effect.value), {
      next: (result) => {
        tools.emit(result)
        return undefined
      },
      complete: () => done,
      error: (error) => {
        fault({ at: 'handle', error })
        return done
      },
    })
  }
  return (source) =>
    source.pipe(
      map(arrival),
      // The machine ends when the last project has, not with the source.
      endWith<HandleEvent<Value>>({ _: 'end' }),
      concatWith(NEVER),
      machine(() => new HandleOrder<Value>(concurrency, queue), perform, { clock, random }),
    )
}

/** The chat of a message; without one, all values are of one key. */
function chatOf(value: unknown): PeerId | undefined {
  const peer = (value as { readonly peerId?: Peer } | null)?.peerId
  return peer === undefined ? undefined : peerId(peer)
}
