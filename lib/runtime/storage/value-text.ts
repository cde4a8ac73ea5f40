/**
 * Values as text: JSON, with tags for what JSON has no word for. A tag is an object of one key that begins with `$`;
 * keys of the value's own that begin so get a second `$`.
 */
import { fromBase64, toBase64 } from '../../core/base64.ts'
import { UsageError } from '../../core/errors.ts'

/** Deeper values, circles among them, are refused. */
const MAX_DEPTH = 64

/** The text of a value, or a UsageError that names the place of what can't be kept. */
export function valueToText(value: unknown): string {
  return JSON.stringify(tagged(value, '', 0))
}

/** The value of a text that `valueToText` made: a new copy each time. */
export function textToValue(text: string): unknown {
  return untagged(JSON.parse(text))
}

function tagged(value: unknown, path: string, depth: number): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { $number: Object.is(value, -0) ? '-0' : `${value}` }
    case 'bigint':
      return { $bigint: value.toString() }
    case 'undefined':
      return { $undefined: true }
    case 'object':
      if (value === null) return null
      if (depth >= MAX_DEPTH)
        throw new UsageError(`expected at most ${MAX_DEPTH} levels, got more at ${path.slice(0, 60)}`)
      return taggedObject(value, path, depth)
    default:
      throw refused(typeof value, path)
  }
}

function taggedObject(value: object, path: string, depth: number): unknown {
  if (value instanceof Uint8Array) return { $bytes: toBase64(value) }
  // By hand, for the holes of an array as well.
  if (Array.isArray(value)) return Array.from(value, (item, index) => tagged(item, `${path}[${index}]`, depth + 1))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype) throw refused(value.constructor?.name ?? 'an object', path)
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [escaped(key), tagged(item, `${path}.${key}`, depth + 1)]),
  )
}

function untagged(json: unknown): unknown {
  if (typeof json !== 'object' || json === null) return json
  if (Array.isArray(json)) return json.map(untagged)
  const entries = Object.entries(json)
  const [first] = entries
  if (entries.length === 1 && first !== undefined && isTag(first[0])) return ofTag(first[0], first[1])
  // fromEntries defines keys where an assignment would give `__proto__` its meaning.
  for (const entry of entries) {
    entry[0] = unescaped(entry[0])
    entry[1] = untagged(entry[1])
  }
  return Object.fromEntries(entries)
}

function ofTag(tag: string, content: unknown): unknown {
  switch (tag) {
    case '$bigint':
      if (typeof content === 'string' && isWhole(content)) return BigInt(content)
      break
    case '$bytes':
      if (typeof content === 'string') {
        const bytes = fromBase64(content)
        if (bytes !== undefined) return bytes
      }
      break
    case '$number':
      if (typeof content === 'string') return Number(content)
      break
    case '$undefined':
      return undefined
  }
  throw new SyntaxError(`expected a tag with its content, got ${tag.slice(0, 16)}`)
}

/** By hand: it is asked before a client connects, and an expression takes 50 us to be made ready. */
function isWhole(digits: string): boolean {
  const from = digits.startsWith('-') ? 1 : 0
  for (let i = from; i < digits.length; i++) if (digits[i]! < '0' || digits[i]! > '9') return false
  return digits.length > from
}

function isTag(key: string): boolean {
  return key.startsWith('$') && !key.startsWith('$$')
}

function escaped(key: string): string {
  return key.startsWith('$') ? `$${key}` : key
}

function unescaped(key: string): string {
  if (isTag(key)) throw new SyntaxError('expected a tag alone in its object')
  return key.startsWith('$') ? key.slice(1) : key
}

function refused(what: string, path: string): UsageError {
  return new UsageError(`expected JSON, bigint or bytes, got ${what}${path === '' ? '' : ` at ${path.slice(0, 200)}`}`)
}
