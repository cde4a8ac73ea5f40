/** The stored session while a client has it: opened once, read once, written by a keeper, closed in the end. */
import { concat, defer, map, type Observable, ReplaySubject, switchMap, take } from 'rxjs'
import type { Change, Storage, Store, StoredBox, StoredSelf } from '../runtime/storage/storage.ts'
import { createKeeper } from './keeper.ts'

export interface StoredSession {
  /** The open store, once; errors when it can't be opened. */
  readonly store$: Observable<Store>
  /** Writes, some time. */
  keep(changes: readonly Change[]): void
  /**
   * Starts: reads on subscribe.
   * Emits: who was signed in, and where the common box stood, once, then completes.
   * Errors: StorageError.
   * Unsubscribe: forgets the question.
   */
  readonly said$: Observable<{ readonly self: StoredSelf | undefined; readonly box: StoredBox | undefined }>
  /**
   * Starts: on subscribe.
   * Emits: nothing; completes when everything is written and the store is closed.
   * Errors: never.
   * Unsubscribe: leaves the store open.
   */
  close(): Observable<never>
}

/** Opens `storage` for the life of a client. */
export function openStoredSession(storage: Storage, fault: (error: unknown) => void): StoredSession {
  const opened = new ReplaySubject<Store>(1)
  // Given out before it is opened: a store that opens at once must find its readers.
  const store$ = opened.pipe(take(1))
  const keeper = createKeeper({ store$, fault })
  const held = storage.open().subscribe({
    next: (store) => opened.next(store),
    error: (error: unknown) => {
      fault(error)
      opened.error(error)
    },
  })
  return {
    store$,
    keep: keeper.keep,
    said$: store$.pipe(
      switchMap((store) =>
        store
          .get('self', 'self')
          .pipe(switchMap((self) => store.get('box', 'common').pipe(map((box) => ({ self, box }))))),
      ),
    ),
    close: () =>
      concat(
        keeper.flushed(),
        defer(() => {
          held.unsubscribe()
          return []
        }),
      ),
  }
}
