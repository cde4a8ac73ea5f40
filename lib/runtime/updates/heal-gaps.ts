/**
 * Updates in order and none of them missing: what comes early waits, what is missing is fetched as a difference.
 * The decisions are box-order.ts's; here they are carried out.
 * https://core.telegram.org/api/updates#recovering-gaps
 */
import { map, type Observable, type OperatorFunction } from 'rxjs'
import type { UpdatesDifference, UpdatesState } from '../../api/types.ts'
import type { Tracer } from '../../core/trace.ts'
import { follow } from '../rx/follow.ts'
import { type Ambient, machine } from '../rx/machine.ts'
import type { StoredBox } from '../storage/storage.ts'
import { type BoxEffect, type BoxEvent, BoxOrder } from './box-order.ts'
import type { Healed, Piece } from './piece.ts'
import { watchedBox } from './watched-box.ts'

export interface HealGapsOptions extends Ambient {
  /** Where the account stood when it was last heard of; undefined for one that never was. */
  readonly from: StoredBox | undefined
  /**
   * Asks the server what came since `box`, or, without one, where the account stands now. One subscription is one
   * question; `differenceFrom(tg)` is the usual one.
   */
  difference(box: StoredBox | undefined): Observable<UpdatesDifference | UpdatesState>
  /** Told when the account falls behind, and when it has caught up. */
  syncing?(syncing: boolean): void
  /** Told of questions that failed and of updates that can't be had any more. Nothing stops for either. */
  fault?(error: unknown): void
  /** Told of gaps, and of how they end. */
  readonly trace?: Tracer | undefined
}

/**
 * Puts the common box in order. A container's users and chats come with its first batch, so that they can be stored
 * before anything speaks of them.
 *
 * Starts: with a question for what came since `from`, then the source, on subscribe.
 * Emits: batches in their final order, each with the state of the box behind it.
 * Errors: as the source. Questions are repeated until they are answered.
 * Unsubscribe: cancels the question in flight, forgets what waits.
 *
 *     source:      ---3-----2---------5------------------
 *     difference:  ?|                        ?--4,5|         asked at first, and 500 ms after the gap
 *     result:      ---------(23)---------------(45)------
 */
export function healGaps(options: HealGapsOptions): OperatorFunction<Piece, Healed> {
  const { from, difference, syncing, fault, trace, clock, random } = options
  return (source) =>
    source.pipe(
      map((piece): BoxEvent => ({ _: 'piece', piece })),
      machine<BoxEvent, BoxEffect, Healed>(
        () => watchedBox(new BoxOrder(from), trace),
        (effect, tools) => {
          switch (effect._) {
            case 'fetch':
              follow(tools, difference(effect.box), {
                next: (answer): BoxEvent =>
                  answer._ === 'updates.state'
                    ? { _: 'state', state: answer }
                    : { _: 'difference', difference: answer },
                error: (error): BoxEvent => ({ _: 'failed', error }),
              })
              break
            case 'syncing':
              syncing?.(effect.syncing)
              break
            case 'fault':
              fault?.(effect.error)
          }
        },
        { clock, random },
      ),
    )
}
