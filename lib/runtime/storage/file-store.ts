/** A store that keeps all in memory and brings it to a file, as few times as it can. */
import { defer, type Observable, of, type Subscriber } from 'rxjs'
import { StorageError } from '../../core/errors.ts'
import { cold } from '../rx/cold.ts'
import { tableToText } from './file-text.ts'
import { checked, checkRoom, RecordTable, recordOf, recordsOf } from './record-table.ts'
import type { Store } from './storage.ts'

/** Where the text goes. */
export interface TextFile {
  /** Replaces the text; `done` is called when that is durable. One at a time. */
  replace(text: string, done: (error: unknown) => void): void
  /** The same at once; a replacement that is under way is given up, and its `done` never called. */
  replaceNow(text: string): void
}

export interface FileStoreOptions {
  /** Is told of failures whose callers have left. */
  readonly onFault: (fault: StorageError) => void
  readonly failure: (error: unknown) => StorageError
}

/** Changes on their way to the file, and who waits for them. */
interface Batch {
  readonly layer: RecordTable
  readonly writers: Subscriber<never>[]
}

/**
 * The store over `table`. `close` brings what is under way to the file before it returns.
 *
 * What is written is read at once, in the order of the subscriptions. It lies in layers over the table until it is
 * durable, so that a write that fails can be taken back without touching a later one.
 */
export function fileStore(
  table: RecordTable,
  file: TextFile,
  { onFault, failure }: FileStoreOptions,
): { readonly store: Store; close(): void } {
  let flushing: Batch | undefined
  let waiting: Batch = newBatch()
  let closed = false

  function layers(): readonly RecordTable[] {
    return flushing === undefined ? [waiting.layer, table] : [waiting.layer, flushing.layer, table]
  }

  function flush(): void {
    if (closed || flushing !== undefined || waiting.writers.length === 0) return
    const batch = waiting
    flushing = batch
    waiting = newBatch()
    file.replace(textOf([batch.layer, table]), (error) => {
      flushing = undefined
      settle(batch, error)
      flush()
    })
  }

  function settle({ layer, writers }: Batch, error: unknown): void {
    if (error === null) table.absorb(layer)
    const fault = error === null ? undefined : failure(error)
    if (fault !== undefined && writers.some((writer) => writer.closed)) onFault(fault)
    for (const writer of writers) {
      if (fault === undefined) writer.complete()
      else writer.error(fault)
    }
  }

  function whileOpen<Value>(act: () => Observable<Value>): Observable<Value> {
    return defer(() => {
      if (closed) throw new StorageError('expected an open store, got one that was closed')
      return act()
    })
  }

  const store: Store = {
    get: (kind, key) => whileOpen(() => of(recordOf(layers(), kind, key))),
    list: (kind) => whileOpen(() => of(recordsOf(layers(), kind))),
    write: (changes) =>
      whileOpen(() =>
        cold((subscriber) => {
          const texts = checked(changes)
          checkRoom(layers(), texts)
          if (texts.length === 0) return subscriber.complete()
          for (const change of texts) waiting.layer.set(change)
          waiting.writers.push(subscriber)
          flush()
        }),
      ),
  }

  function close(): void {
    const batches = flushing === undefined ? [waiting] : [flushing, waiting]
    closed = true
    if (batches.every(({ writers }) => writers.length === 0)) return
    let error: unknown = null
    try {
      file.replaceNow(textOf(layers()))
    } catch (thrown) {
      error = thrown
    }
    for (const batch of batches) settle(batch, error)
  }

  return { store, close }
}

function newBatch(): Batch {
  return { layer: new RecordTable(), writers: [] }
}

function textOf(layers: readonly RecordTable[]): string {
  const whole = new RecordTable()
  for (const layer of layers.toReversed()) whole.absorb(layer)
  return tableToText(whole)
}
