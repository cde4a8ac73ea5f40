/** Where updates meet their listeners: by type, so that only those are touched who asked for it. */
import { type Observable, Subject, type Subscriber } from 'rxjs'
import type { Update } from '../../api/types.ts'
import { cold } from '../rx/cold.ts'
import type { UpdateBatch } from './piece.ts'

/** The name of an update's constructor. */
export type UpdateName = Update['_']

/** The update of that name. */
export type UpdateOf<Name extends UpdateName> = Extract<Update, { readonly _: Name }>

/** The last hop of an update. */
export interface Router {
  /** Delivers a batch: to the listeners of batches, then each of its updates to the listeners of its type. */
  route(batch: UpdateBatch): void
  /**
   * Starts: listens on subscribe.
   * Emits: each update of that name, from then on.
   * Errors: never. Completes when the router closes.
   * Unsubscribe: stops listening; the last listener takes the entry along.
   */
  on<Name extends UpdateName>(name: Name): Observable<UpdateOf<Name>>
  /** As `on`, for whole batches. */
  readonly batches$: Observable<UpdateBatch>
  /** The names that have listeners; the empty one stands for batches. */
  listened(): readonly string[]
  /** Completes every listener; later ones complete at once. */
  close(): void
}

/** The entry of the listeners to whole batches. No update has this name. */
const ALL = ''

/**
 * Makes a router. `heard` is called with the first listener ever: until then updates are better kept than routed.
 *
 *     route:      -ab----c-----a--      on('a'), on('b')
 *     a:      ^----a-----------a--!
 *     b:      ^-----b------!            its entry is removed
 */
export function createRouter({ heard }: { readonly heard?: () => void } = {}): Router {
  const entries = new Map<string, Subject<unknown>>()
  let isHeard = false
  let isClosed = false

  const listen = <Value>(name: string): Observable<Value> =>
    cold<Value>((subscriber) => {
      if (isClosed) return subscriber.complete()
      const entry = entries.get(name) ?? new Subject<unknown>()
      entries.set(name, entry)
      entry.subscribe(subscriber as Subscriber<unknown>)
      // Teardowns run in the order in which they were added, so the entry has lost this listener by then.
      subscriber.add(() => {
        if (!entry.observed && entries.get(name) === entry) entries.delete(name)
      })
      if (isHeard) return
      isHeard = true
      heard?.()
    })

  return {
    route(batch) {
      entries.get(ALL)?.next(batch)
      for (const update of batch.updates) entries.get(update._)?.next(update)
    },
    on: listen,
    batches$: listen(ALL),
    listened: () => [...entries.keys()],
    close() {
      isClosed = true
      const listened = [...entries.values()]
      entries.clear()
      for (const entry of listened) entry.complete()
    },
  }
}
