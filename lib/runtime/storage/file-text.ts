/**
 * The text of a session file: `{"rxgram":1,"records":[["authKey","2",{...}],...]}`, a record a line. Lists keep the
 * order of keys, which an object would sort by number.
 */
import { StorageError } from '../../core/errors.ts'
import type { TextChange } from './record-table.ts'
import { RecordTable } from './record-table.ts'
import { recordProblem } from './shapes.ts'
import { textToValue } from './value-text.ts'

/** The version that is written, and the newest that is read. */
export const FILE_VERSION = 1

/** The text of a file that can't be read: says what is wrong, and nothing of what is in it. */
export class DamagedText extends Error {
  override readonly name = 'DamagedText'
}

/** The file's text. */
export function tableToText(table: Iterable<TextChange>): string {
  const lines: string[] = []
  for (const { kind, key, text } of table) {
    if (text !== undefined) lines.push(`[${JSON.stringify(kind)},${JSON.stringify(key)},${text}]`)
  }
  return `{"rxgram":${FILE_VERSION},"records":[\n${lines.join(',\n')}\n]}\n`
}

/** The table of a file's text. Throws DamagedText, and StorageError for a version that is yet to come. */
export function textToTable(text: string): RecordTable {
  const { rxgram: version, records } = parsed(text)
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    throw new DamagedText('expected {"rxgram":VERSION, got an object without version')
  }
  if (version > FILE_VERSION) {
    throw new StorageError(
      `expected a session file of version ${FILE_VERSION}, got version ${version} of a newer rxgram`,
    )
  }
  if (!Array.isArray(records)) throw new DamagedText('expected a list of records')
  const table = new RecordTable()
  for (const [index, record] of records.entries()) table.set(checkedRecord(record, index))
  return table
}

function parsed(text: string): { readonly rxgram?: unknown; readonly records?: unknown } {
  const json = parsedJson(text)
  if (typeof json !== 'object' || json === null) throw new DamagedText('expected an object')
  return json
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message quotes the text, which may be a key.
    throw new DamagedText(text === '' ? 'the file is empty' : 'expected JSON to the end')
  }
}

function checkedRecord(record: unknown, index: number): TextChange {
  if (!Array.isArray(record) || record.length !== 3 || typeof record[0] !== 'string' || typeof record[1] !== 'string') {
    throw new DamagedText(`expected [kind, key, value] as record ${index}`)
  }
  const [kind, key] = record
  const text = JSON.stringify(record[2])
  const problem = recordProblem(kind, valueIn(text, index))
  if (problem !== undefined) throw new DamagedText(`${problem}, in record ${index}`)
  return { kind, key, text }
}

function valueIn(text: string, index: number): unknown {
  try {
    return textToValue(text)
  } catch {
    throw new DamagedText(`expected tags that say something in record ${index}`)
  }
}
