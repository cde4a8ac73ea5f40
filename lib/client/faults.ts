/** What went wrong beside the calls, as a stream. */
import { type Observable, Subject } from 'rxjs'
import { ClosedError } from '../core/errors.ts'
import { cold } from '../runtime/rx/cold.ts'
import type { Fault } from '../telegram/telegram.ts'

export interface Faults {
  /** Hot; the first observer also gets what came before it. */
  readonly faults$: Observable<Fault>
  /** Takes a fault. */
  add(fault: Fault): void
  /** Takes the errors of one place. */
  at(place: string): (error: unknown) => void
  /** From now on a ClosedError is how work ends, and no fault. */
  closing(): void
  close(): void
}

/** So many are kept for the first observer; then the oldest go. */
const MOST_HELD = 100

/** Makes the stream. A client can fail before anyone can have subscribed to it, so the first faults are kept. */
export function createFaults(): Faults {
  const live = new Subject<Fault>()
  let held: Fault[] | undefined = []
  let isClosing = false
  const add = (fault: Fault): void => {
    if (isClosing && fault.error instanceof ClosedError) return
    if (held === undefined) live.next(fault)
    else if (held.push(fault) > MOST_HELD) held.shift()
  }
  return {
    faults$: cold((subscriber) => {
      const first = held ?? []
      held = undefined
      for (const fault of first) subscriber.next(fault)
      live.subscribe(subscriber)
    }),
    add,
    at: (place) => (error) => add({ at: place, error }),
    closing() {
      isClosing = true
    },
    close: () => live.complete(),
  }
}
