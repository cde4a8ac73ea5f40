/** Keys as text: base64 between two lines that name what it is (RFC 7468). */
import { fromBase64, toBase64 } from '../base64.ts'
import { UsageError } from '../errors.ts'

/** A key of 4096 bits takes 3.3 KB. */
const MAX_TEXT = 32_768
const LINE = 64

/** The bytes of the first block in `text`, which must be one of those `labels`; which one, is told too. */
export function readPem<Label extends string>(
  text: string,
  labels: readonly Label[],
): { readonly label: Label; readonly bytes: Uint8Array } {
  const expected = `expected PEM text with ${labels.map((label) => `-----BEGIN ${label}-----`).join(' or ')}`
  if (text.length > MAX_TEXT) throw new UsageError(`key: ${expected}, got ${text.length} characters of text`)
  const { label, start } = beginOf(text, labels, expected)
  const end = text.indexOf(`-----END ${label}-----`, start)
  if (end < 0) throw new UsageError(`key: expected a line -----END ${label}-----, got none`)
  const body = text.slice(start, end)
  if (body.includes(':')) throw new UsageError('key: expected one without headers, which is not encrypted')
  const bytes = fromBase64(body)
  if (bytes === undefined)
    throw new UsageError('key: expected base64, got another character, or one that ends in the middle of a byte')
  return { label, bytes }
}

/** The first line that begins a block. The expression, which takes long to be made ready, is for text with another. */
function beginOf<Label extends string>(text: string, labels: readonly Label[], expected: string) {
  const first = text.indexOf('-----BEGIN ')
  const found = labels.find((label) => text.startsWith(beginLine(label), first))
  if (first >= 0 && found !== undefined) return { label: found, start: first + beginLine(found).length }
  const begin = /-----BEGIN ([A-Z0-9 ]{1,40})-----/.exec(text)
  if (begin === null) throw new UsageError(`key: ${expected}, got text without such a line`)
  const label = labels.find((each) => each === begin[1])
  if (label === undefined) throw new UsageError(`key: ${expected}, got ${begin[1]}`)
  return { label, start: begin.index + begin[0].length }
}

function beginLine(label: string): string {
  return `-----BEGIN ${label}-----`
}

/** The same the other way, with lines of 64 characters. */
export function writePem(label: string, bytes: Uint8Array): string {
  const base64 = toBase64(bytes)
  let text = `-----BEGIN ${label}-----\n`
  for (let at = 0; at < base64.length; at += LINE) text += `${base64.slice(at, at + LINE)}\n`
  return `${text}-----END ${label}-----\n`
}
