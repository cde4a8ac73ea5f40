/** How the deliveries between two joined links happen: in order, and never one inside another. */
import { ignoreElements, mergeMap, type Observable, type Subscriber, tap } from 'rxjs'
import { cold } from '../rx/cold.ts'

export interface Carrier {
  /** Carries out a delivery, now or later, after all that were given before it. */
  carry(deliver: () => void): void
  /** Carries out now what still waits. */
  flush(): void
}

/** Carries at once: what is given inside a delivery waits until that one is done. */
export function promptCarrier(): Carrier {
  const waiting: (() => void)[] = []
  let busy = false
  function flush(): void {
    if (busy) return
    busy = true
    for (let deliver = waiting.shift(); deliver !== undefined; deliver = waiting.shift()) deliver()
    busy = false
  }
  return {
    carry(deliver) {
      waiting.push(deliver)
      flush()
    },
    flush,
  }
}

/** Carries each delivery when a `late$` that begins with it completes; only while `running$` is subscribed. */
export function lateCarrier(late$: Observable<never>): Carrier & { readonly running$: Observable<never> } {
  const prompt = promptCarrier()
  const waiting: (() => void)[] = []
  let pump: Subscriber<void> | undefined
  const next = () => prompt.carry(waiting.shift() ?? (() => {}))
  return {
    running$: cold<void>((subscriber) => {
      pump = subscriber
    }).pipe(
      mergeMap(() => late$.pipe(tap({ complete: next }))),
      ignoreElements(),
    ),
    carry(deliver) {
      waiting.push(deliver)
      pump?.next()
    },
    flush() {
      while (waiting.length > 0) next()
    },
  }
}
