/** Writes to the stored session, one transaction at a time; what comes meanwhile goes into the next. */
import { EMPTY, type Observable, ReplaySubject } from 'rxjs'
import type { Change, Store } from '../runtime/storage/storage.ts'

export interface Keeper {
  keep(changes: readonly Change[]): void
  /**
   * Starts: nothing; it looks on.
   * Emits: nothing; completes when everything that was kept has been written, or can't be.
   * Errors: never.
   * Unsubscribe: leaves the writing alone.
   */
  flushed(): Observable<never>
}

export interface KeeperOptions {
  /** The open store, once; errors when there is none. */
  readonly store$: Observable<Store>
  fault(error: unknown): void
}

/** So many records may wait for a store that does not open; more are forgotten, and the fault says so. */
const MOST_WAITING = 10_000

/** Makes a keeper. Of several changes to one record only the last is written. */
export function createKeeper({ store$, fault }: KeeperOptions): Keeper {
  let store: Store | undefined
  let isLost = false
  let isWriting = false
  let waiting = new Map<string, Change>()
  let flushes: ReplaySubject<never>[] = []

  const write = (): void => {
    if (store === undefined || isWriting) return
    if (waiting.size === 0) {
      for (const flush of flushes) flush.complete()
      flushes = []
      return
    }
    const changes = [...waiting.values()]
    waiting = new Map()
    isWriting = true
    const next = (): void => {
      isWriting = false
      write()
    }
    store.write(changes).subscribe({
      error: (error: unknown) => {
        fault(error)
        next()
      },
      complete: next,
    })
  }

  store$.subscribe({
    next: (opened) => {
      store = opened
      write()
    },
    error: () => {
      isLost = true
      waiting.clear()
      for (const flush of flushes) flush.complete()
    },
  })

  return {
    keep(changes) {
      if (isLost) return
      for (const change of changes) {
        const name = `${change.kind} ${change.key}`
        // The last word on a record counts, and its place in the order too.
        waiting.delete(name)
        waiting.set(name, change)
      }
      if (store === undefined && waiting.size > MOST_WAITING) {
        waiting.clear()
        fault(new Error(`${MOST_WAITING} records waited for the store to open: they were forgotten`))
      }
      write()
    },
    flushed() {
      if (isLost || store === undefined || (waiting.size === 0 && !isWriting)) return EMPTY
      const flush = new ReplaySubject<never>(1)
      flushes.push(flush)
      return flush.asObservable()
    },
  }
}
