/** Work that a machine orders, as events. */
import type { Observable, Subscription } from 'rxjs'
import type { Tools } from './machine.ts'

/** What the notifications of a source are to the machine: events, or nothing. */
export interface Outcomes<Value, Event> {
  readonly next?: (value: Value) => Event | undefined
  readonly complete?: () => Event
  readonly error: (error: unknown) => Event
}

/**
 * Subscribes `source` for the life of the machine; what it gives comes into the mailbox as events. The result ends it
 * sooner.
 *
 *     effect:    -fetch
 *     source:     --a|
 *     events:    ---next(a), complete()
 */
export function follow<Value, Event>(
  { dispatch, own }: Pick<Tools<Event, never>, 'dispatch' | 'own'>,
  source: Observable<Value>,
  { next, complete, error }: Outcomes<Value, Event>,
): Subscription {
  return own(
    source.subscribe({
      next: (value) => {
        const event = next?.(value)
        if (event !== undefined) dispatch(event)
      },
      complete: () => {
        if (complete !== undefined) dispatch(complete())
      },
      error: (reason: unknown) => dispatch(error(reason)),
    }),
  )
}
