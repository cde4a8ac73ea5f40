/** The receiving half of a link: one reader at a time, and nothing lost from one to the next. */
import type { Observable, Subscriber } from 'rxjs'
import { TransportError } from '../../core/errors.ts'
import { cold } from '../rx/cold.ts'

/** What may wait for a reader, in bytes. A reader that is there is never waited for, so only a lost one fills it. */
export const INBOX_LIMIT: number = 16 * 1024 * 1024

export interface Inbox {
  /** See Link. */
  readonly incoming$: Observable<Uint8Array>
  push(bytes: Uint8Array): void
  /** No more will come; said to the reader after all that waits. The first `end` or `fail` counts. */
  end(): void
  fail(error: Error): void
}

/** `attended` is told when a reader comes and when it leaves, so that a carrier can stop reading meanwhile. */
export function inbox(attended?: (reading: boolean) => void, limit: number = INBOX_LIMIT): Inbox {
  const held: Uint8Array[] = []
  let weight = 0
  let reader: Subscriber<Uint8Array> | undefined
  let draining = false
  let over: { readonly error: Error | undefined } | undefined

  // Values that come while one is being delivered wait their turn: a reader is never re-entered.
  function drain(): void {
    if (draining) return
    draining = true
    while (reader !== undefined && held.length > 0) {
      const bytes = held.shift()!
      weight -= bytes.length
      reader.next(bytes)
    }
    draining = false
    if (over === undefined || reader === undefined || held.length > 0) return
    if (over.error === undefined) reader.complete()
    else reader.error(over.error)
  }

  function finish(error: Error | undefined): void {
    over ??= { error }
    drain()
  }

  return {
    incoming$: cold((subscriber) => {
      // A reader hands over from within its own `next` or `complete`, when it has not left yet: the new one wins.
      reader = subscriber
      subscriber.add(() => {
        if (reader !== subscriber) return
        reader = undefined
        attended?.(false)
      })
      attended?.(true)
      drain()
    }),
    push(bytes) {
      if (over !== undefined) return
      held.push(bytes)
      weight += bytes.length
      if (weight > limit) finish(new TransportError(`at most ${limit} bytes can wait for a reader`, 'unknown'))
      else drain()
    },
    end: () => finish(undefined),
    fail: finish,
  }
}
