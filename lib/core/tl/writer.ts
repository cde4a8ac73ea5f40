/**
 * TL values to bytes: https://core.telegram.org/mtproto/serialize
 *
 * One pass into a scratch buffer that grows; where we are is kept in this module and not in an object, because that
 * measured fastest by far. All of it is synchronous, and an `encode` inside another one writes behind it.
 *
 * Values come from callers, so everything is checked: a bad one leaves `encode` as a UsageError that names the field.
 */

import { encodeText } from '#text'
import { UsageError } from '../errors.ts'
import type { Request } from '../invoker.ts'
import { BOOL_FALSE, BOOL_TRUE, MAX_DEPTH, VECTOR } from './ids.ts'
import { copyBytes } from './slab.ts'
import { encodeUnits } from './utf8.ts'

/** The scratch at rest. One that had to grow beyond it is let go after use. */
const SCRATCH = 65536
/** The longest `string` or `bytes` that the format has (three bytes of length). */
const MAX_LENGTH = 0xffffff
/** Up to this length a text is written by hand; a native call would cost more than its work. */
const SHORT_TEXT = 48

let data: Uint8Array = new Uint8Array(SCRATCH)
let view: DataView = new DataView(data.buffer)
let capacity = SCRATCH
let position = 0
let depth = 0

/** A refusal on its way up: gathers the path as it passes. Never leaves this module. */
class Refusal {
  readonly reason: string
  /** From the inside out. */
  readonly path: string[] = []

  constructor(reason: string) {
    this.reason = reason
  }
}

/**
 * The bytes that `write` makes of `value`, the caller's own. Their `buffer` may be shared with other results.
 *
 * @throws {UsageError} that names the bad field.
 */
export function encode<T>(value: T, write: (value: T) => void): Uint8Array {
  const start = position
  const outerDepth = depth
  depth = 0
  try {
    write(value)
    // A scratch that had to grow is let go below, so what is in it need not be copied: a part of a file, mostly.
    return start === 0 && data.length > SCRATCH ? data.subarray(0, position) : copyBytes(data, start, position - start)
  } catch (error) {
    throw error instanceof Refusal ? usageError(error) : error
  } finally {
    position = start
    depth = outerDepth
    if (start === 0 && data.length > SCRATCH) resize(SCRATCH)
  }
}

/**
 * The bytes of a whole call.
 *
 * @throws {UsageError} that names the bad field.
 */
export function encodeRequest(request: Request<unknown>): Uint8Array {
  return encode(request, writeRequest)
}

function usageError(refusal: Refusal): UsageError {
  const path = refusal.path.reverse().join('.').replaceAll('.[', '[')
  return new UsageError(path === '' ? refusal.reason : `${path}: ${refusal.reason}`)
}

/** Refuses a value. For writers that check more than the language does. */
export function refuse(expected: string, value: unknown): never {
  throw new Refusal(`expected ${expected}, got ${describe(value)}`)
}

function refuseNumber(expected: string, value: unknown): never {
  if (typeof value !== 'number') refuse(expected, value)
  throw new Refusal(`expected ${expected}, got ${value}`)
}

/** What came, for people, but not its value: a code given as a number, a text or a key may be a secret. */
function describe(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'boolean') return String(value)
  if (typeof value !== 'object') return `a ${typeof value}`
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (value instanceof Uint8Array) return `${value.length} bytes`
  const name: unknown = (value as { _?: unknown })._
  return typeof name === 'string' && name.length < 100 ? `'${name}'` : 'an object without a known _'
}

/**
 * Adds a constructor and a field to the path of a refusal, and returns what to throw on. `names` is the
 * constructor's name and its fields', parted by spaces; `field` counts from 1, and 0 means the constructor itself.
 */
export function located(error: unknown, names: string, field: number): unknown {
  if (!(error instanceof Refusal)) return error
  const list = names.split(' ')
  if (field > 0) error.path.push(list[field]!)
  error.path.push(list[0]!)
  return error
}

/** Refuses a value that is none of the constructors of its type. */
export function noConstructor(value: unknown, type: string): never {
  refuse(type, value)
}

/** Refuses fields of one flag bit of which only some are given: `names` are those that belong together. */
export function tornFlag(names: string): never {
  throw new Refusal(`expected ${names} all together or none of them`)
}

/** Refuses what stands for a bit and is neither boolean nor nothing. */
export function notBoolean(value: unknown, name: string): never {
  refuse(`a boolean ${name}`, value)
}

/** Refuses parameters of a call that are no object. */
export function checkParams(params: unknown, method: string): void {
  if (typeof params !== 'object' || params === null)
    throw new Refusal(`expected parameters of ${method}, got ${describe(params)}`)
}

/** Every writer of a type that can contain itself begins with this, and ends with `leave`. */
export function enter(): void {
  if (++depth > MAX_DEPTH) throw new Refusal(`expected values nested at most ${MAX_DEPTH} deep, got more`)
}

/** See `enter`. */
export function leave(): void {
  depth--
}

function resize(length: number): void {
  const grown = new Uint8Array(length)
  if (position > 0) grown.set(data.subarray(0, position))
  data = grown
  view = new DataView(grown.buffer)
  capacity = length
}

function grow(length: number): void {
  resize(Math.max(data.length * 2, position + length))
}

/** `int`: an int32. */
export function writeInt(value: number): void {
  if ((value | 0) !== value) refuseNumber('a 32-bit integer', value)
  if (position + 4 > capacity) grow(4)
  view.setInt32(position, value, true)
  position += 4
}

/** `#`: a uint32. */
export function writeUint(value: number): void {
  if (value >>> 0 !== value) refuseNumber('an unsigned 32-bit integer', value)
  if (position + 4 > capacity) grow(4)
  view.setUint32(position, value, true)
  position += 4
}

/** A constructor id or a word of flags: the low 32 bits, unchecked, since no caller gave them. */
export function writeId(id: number): void {
  if (position + 4 > capacity) grow(4)
  view.setInt32(position, id, true)
  position += 4
}

/** `long`: an int64. */
export function writeLong(value: bigint): void {
  if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value) refuse('a signed 64-bit bigint', value)
  if (position + 8 > capacity) grow(8)
  view.setBigInt64(position, value, true)
  position += 8
}

/** A `long` that is known to be an id of at most 53 bits. */
export function writeLongNumber(value: number): void {
  if (!Number.isSafeInteger(value)) refuseNumber('a safe integer', value)
  if (position + 8 > capacity) grow(8)
  view.setInt32(position, value, true)
  view.setInt32(position + 4, Math.floor(value / 4294967296), true)
  position += 8
}

/** `double`: IEEE 754. */
export function writeDouble(value: number): void {
  if (typeof value !== 'number') refuse('a number', value)
  if (position + 8 > capacity) grow(8)
  view.setFloat64(position, value, true)
  position += 8
}

/** `int128`: 16 bytes. */
export function writeInt128(value: Uint8Array): void {
  if (!(value instanceof Uint8Array) || value.length !== 16) refuse('16 bytes', value)
  writeRaw(value)
}

/** `int256`: 32 bytes. */
export function writeInt256(value: Uint8Array): void {
  if (!(value instanceof Uint8Array) || value.length !== 32) refuse('32 bytes', value)
  writeRaw(value)
}

/** Bytes as they are. */
export function writeRaw(value: Uint8Array): void {
  if (position + value.length > capacity) grow(value.length)
  data.set(value, position)
  position += value.length
}

/** `Bool`. */
export function writeBool(value: boolean): void {
  if (typeof value !== 'boolean') refuse('a boolean', value)
  writeId(value ? BOOL_TRUE : BOOL_FALSE)
}

/** `bytes`. */
export function writeBytes(value: Uint8Array): void {
  if (!(value instanceof Uint8Array)) refuse('a Uint8Array', value)
  const length = value.length
  if (length > MAX_LENGTH) refuse(`at most ${MAX_LENGTH} bytes`, value)
  if (position + length + 8 > capacity) grow(length + 8)
  const start = position + writeLength(length, position)
  data.set(value, start)
  pad(start + length)
}

/** `string`, as UTF-8. */
export function writeString(value: string): void {
  if (typeof value !== 'string') refuse('a string', value)
  const units = value.length
  // A UTF-16 unit takes at most three bytes.
  if (position + units * 3 + 8 > capacity) grow(Math.min(units, MAX_LENGTH) * 3 + 8)
  if (units * 3 < 254) {
    const start = position + 1
    const length = units <= SHORT_TEXT ? encodeUnits(value, data, start) : encodeText(value, data, start)
    data[position] = length
    pad(start + length)
  } else {
    writeLongText(value)
  }
}

/** The length is known only afterwards, and its own size depends on it: guess the long form, move the text if not. */
function writeLongText(value: string): void {
  if (value.length > MAX_LENGTH) refuse(`a string of at most ${MAX_LENGTH} bytes`, value)
  const guess = position + 4
  const length = encodeText(value, data, guess)
  if (length > MAX_LENGTH) refuse(`a string of at most ${MAX_LENGTH} bytes`, value)
  const start = position + writeLength(length, position)
  if (start !== guess) data.copyWithin(start, guess, guess + length)
  pad(start + length)
}

/** Writes a length at `at` and returns how many bytes that took. */
function writeLength(length: number, at: number): number {
  if (length < 254) {
    data[at] = length
    return 1
  }
  view.setUint32(at, (length << 8) | 254, true)
  return 4
}

/** Zeros from `end` to where length, content and padding together are a multiple of four: there we are then. */
function pad(end: number): void {
  // All three always, since there is room: it is quicker than asking how many.
  data[end] = 0
  data[end + 1] = 0
  data[end + 2] = 0
  position += (end - position + 3) & ~3
}

/** `Vector<t>`. */
export function writeVector<T>(items: readonly T[], writeItem: (item: T) => void): void {
  writeId(VECTOR)
  writeBareVector(items, writeItem)
}

/** `vector<t>`: no constructor id. */
export function writeBareVector<T>(items: readonly T[], writeItem: (item: T) => void): void {
  if (!Array.isArray(items)) refuse('an array', items)
  const count = items.length
  writeInt(count)
  let i = 0
  try {
    for (; i < count; i++) writeItem(items[i])
  } catch (error) {
    if (error instanceof Refusal) error.path.push(`[${i}]`)
    throw error
  }
}

/** `!X`: another call, in place. */
export function writeRequest(request: Request<unknown>): void {
  if (typeof request !== 'object' || request === null || typeof request.write !== 'function') {
    refuse('a request', request)
  }
  request.write(request.params)
}
