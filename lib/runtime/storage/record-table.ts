/** Records in memory, as text: what comes out is always a new copy. */
import { StorageError, UsageError } from '../../core/errors.ts'
import { isRecordKind, recordProblem } from './shapes.ts'
import type { Change, RecordKind, Records } from './storage.ts'
import { textToValue, valueToText } from './value-text.ts'

/** No record may be longer than this as text. */
export const MAX_RECORD: number = 1024 * 1024
/** All keys and records together, as text. */
export const MAX_STORE: number = 64 * 1024 * 1024
const MAX_KEY = 1024

/** A change that was checked. */
export interface TextChange {
  readonly kind: string
  readonly key: string
  /** Undefined: deleted. */
  readonly text: string | undefined
}

/** A table, or a layer of changes to lie over one. */
export class RecordTable {
  readonly #kinds = new Map<string, Map<string, string | undefined>>()
  #size = 0

  /** The length of all keys and texts. */
  get size(): number {
    return this.#size
  }

  /** Whether this layer says anything of that record, if only that it is gone. */
  has(kind: string, key: string): boolean {
    return this.#kinds.get(kind)?.has(key) ?? false
  }

  get(kind: string, key: string): string | undefined {
    return this.#kinds.get(kind)?.get(key)
  }

  /** Lays a change on: one that deletes stays as such, for the tables below. */
  set({ kind, key, text }: TextChange): void {
    const records = this.#kinds.get(kind) ?? new Map<string, string | undefined>()
    this.#kinds.set(kind, records)
    if (records.has(key)) this.#size -= key.length + (records.get(key)?.length ?? 0)
    records.set(key, text)
    this.#size += key.length + (text?.length ?? 0)
  }

  /** Makes the changes of a layer this table's own; what it deletes is gone. */
  absorb(layer: Iterable<TextChange>): void {
    for (const change of layer) {
      this.set(change)
      if (change.text !== undefined) continue
      this.#kinds.get(change.kind)?.delete(change.key)
      this.#size -= change.key.length
    }
  }

  *[Symbol.iterator](): Generator<TextChange> {
    for (const [kind, records] of this.#kinds) for (const [key, text] of records) yield { kind, key, text }
  }

  *ofKind(kind: string): Generator<TextChange> {
    for (const [key, text] of this.#kinds.get(kind) ?? []) yield { kind, key, text }
  }
}

/** A record through layers, the newest first. */
export function recordOf<Kind extends RecordKind>(
  layers: readonly RecordTable[],
  kind: Kind,
  key: string,
): Records[Kind] | undefined {
  const text = layers.find((layer) => layer.has(kind, key))?.get(kind, key)
  // The table holds what `checked` has passed under that kind.
  return text === undefined ? undefined : (textToValue(text) as Records[Kind])
}

/** All records of a kind through layers, the newest first. */
export function recordsOf<Kind extends RecordKind>(
  layers: readonly RecordTable[],
  kind: Kind,
): readonly (readonly [string, Records[Kind]])[] {
  const texts = new Map<string, string>()
  for (const layer of layers.toReversed()) {
    for (const { key, text } of layer.ofKind(kind)) {
      if (text === undefined) texts.delete(key)
      else texts.set(key, text)
    }
  }
  return Array.from(texts, ([key, text]) => [key, textToValue(text) as Records[Kind]] as const)
}

/** Checks a transaction at the edge, as a whole: a UsageError for what is no record, before anything is changed. */
export function checked(changes: readonly Change[]): readonly TextChange[] {
  return changes.map(({ kind, key, value }) => {
    if (!isRecordKind(kind)) throw new UsageError(`expected a kind of record, got ${String(kind)}`)
    if (typeof key !== 'string' || key.length > MAX_KEY) {
      throw new UsageError(`expected a key of at most ${MAX_KEY} characters for ${kind}, got ${describe(key)}`)
    }
    if (value === undefined) return { kind, key, text: undefined }
    const problem = recordProblem(kind, value)
    if (problem !== undefined) throw new UsageError(problem)
    const text = valueToText(value)
    if (text.length > MAX_RECORD) {
      throw new UsageError(`expected a ${kind} of at most ${MAX_RECORD} characters as JSON, got ${text.length}`)
    }
    return { kind, key, text }
  })
}

/** Whether there is room for `changes`, counted as if they replaced nothing. */
export function checkRoom(layers: readonly RecordTable[], changes: readonly TextChange[]): void {
  let size = 0
  for (const layer of layers) size += layer.size
  for (const { key, text } of changes) size += text === undefined ? 0 : key.length + text.length
  if (size > MAX_STORE) throw new StorageError(`expected at most ${MAX_STORE} characters in a store, got ${size}`)
}

function describe(key: unknown): string {
  return typeof key === 'string' ? `${key.length}` : typeof key
}
