/** A stored session that lasts as long as the process. */
import { defer, EMPTY, type Observable, of } from 'rxjs'
import { StorageError } from '../../core/errors.ts'
import { cold } from '../rx/cold.ts'
import { checked, checkRoom, RecordTable, recordOf, recordsOf } from './record-table.ts'
import type { Change, Storage, Store } from './storage.ts'

/** A place in memory: what was written is there when it is opened again. Everything happens at once. */
export function memoryStorage(): Storage {
  const table = new RecordTable()
  let current: Store | undefined

  function store(): Store {
    const mine: Store = {
      get: (kind, key) => whileOpen(() => of(recordOf([table], kind, key))),
      list: (kind) => whileOpen(() => of(recordsOf([table], kind))),
      write: (changes) => whileOpen(() => written(table, changes)),
    }
    const whileOpen = <Value>(act: () => Observable<Value>): Observable<Value> =>
      defer(() => {
        if (current !== mine) throw new StorageError('expected an open store, got one that was closed')
        return act()
      })
    return mine
  }

  return {
    open: () =>
      cold((subscriber) => {
        if (current !== undefined) throw new StorageError('expected storage that is free, got one that is open already')
        current = store()
        subscriber.add(() => {
          current = undefined
        })
        subscriber.next(current)
      }),
  }
}

function written(table: RecordTable, changes: readonly Change[]): Observable<never> {
  const texts = checked(changes)
  checkRoom([table], texts)
  table.absorb(texts)
  return EMPTY
}
