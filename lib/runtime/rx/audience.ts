/** Events for whoever watches: while nobody does, none need be made. */
import { type Observable, Subject } from 'rxjs'
import { cold } from './cold.ts'

export interface Audience<Event> {
  /** Hot: never errors, completes on `close`. */
  readonly events$: Observable<Event>
  tell(event: Event): void
  close(): void
}

/** `observe` is told when the first observer comes, who hears what that tells, and when the last one has gone. */
export function audience<Event>(observe: (on: boolean) => void): Audience<Event> {
  const events = new Subject<Event>()
  let observers = 0
  return {
    events$: cold((subscriber) => {
      subscriber.add(events.subscribe(subscriber))
      if (subscriber.closed) return
      observers += 1
      subscriber.add(() => {
        observers -= 1
        if (observers === 0) observe(false)
      })
      if (observers === 1) observe(true)
    }),
    tell: (event) => events.next(event),
    close: () => events.complete(),
  }
}
