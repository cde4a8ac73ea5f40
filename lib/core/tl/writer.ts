/**
 * TL values to bytes: https://core.telegram.org/mtproto/serialize
 *
 * One pass into a scratch buffer that grows. A writer is told where to write and returns where it ended: that stays in a
 * register all the way, which measured faster than an object and than a variable of this module. All of it is
 * synchronous, and an `encode` inside another one has a scratch of its own.
 *
 * Values come from callers, so everything is checked: a bad one leaves `encode` as a UsageError that names the field.
 */

import { encodeText } from '#text'
import { unfilled } from '#unfilled'
import { UsageError } from '../errors.ts'
import type { Request } from '../invoker.ts'
import { fieldWritten } from './field-name.ts'
import { BOOL_FALSE, BOOL_TRUE, MAX_DEPTH, VECTOR } from './ids.ts'
import { copyBytes } from './slab.ts'
import { encodeUnits } from './utf8.ts'

/** Writes a value from `position` on and returns where it ends. Only within `encode`. */
export type Writer<T> = (value: T, position: number) => number

/** The scratch at rest. One that had to grow beyond it is let go after use. */
const SCRATCH = 65536
/** Longer results are not copied out: they keep their part of the scratch, and what comes next is written behind it. */
const COPIED = 1024
/** With less than this left behind a result, a new scratch is taken. */
const LEAST_LEFT = 16384
/** The longest `string` or `bytes` that the format has (three bytes of length). */
const MAX_LENGTH = 0xffffff
/** Up to this length a text is written by hand; a native call would cost more than its work. */
const SHORT_TEXT = 48

let data: Uint8Array = new Uint8Array(SCRATCH)
let view: DataView = new DataView(data.buffer)
let capacity = SCRATCH
let depth = 0
/** Whether an `encode` is under way. */
let isWriting = false

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
export function encode<T>(value: T, write: Writer<T>): Uint8Array {
  if (isWriting) return encodeAside(value, write)
  isWriting = true
  depth = 0
  try {
    const length = write(value, 0)
    return length > COPIED ? handOut(length) : copyBytes(data, 0, length)
  } catch (error) {
    throw error instanceof Refusal ? usageError(error) : error
  } finally {
    isWriting = false
    if (capacity > SCRATCH) useScratch(unfilled(SCRATCH))
  }
}

/** Inside another `encode`, which alone knows how far it has come in its scratch. */
function encodeAside<T>(value: T, write: Writer<T>): Uint8Array {
  const outer = data
  const outerDepth = depth
  useScratch(new Uint8Array(COPIED))
  depth = 0
  try {
    const length = write(value, 0)
    return data.subarray(0, length)
  } catch (error) {
    throw error instanceof Refusal ? usageError(error) : error
  } finally {
    useScratch(outer)
    depth = outerDepth
  }
}

/** The first bytes of the scratch are the result: a copy of so many would cost a tenth of what writing them does. */
function handOut(length: number): Uint8Array {
  const result = data.subarray(0, length)
  const used = (length + 7) & ~7
  if (capacity <= SCRATCH && capacity - used >= LEAST_LEFT) useScratch(data.subarray(used))
  else useScratch(unfilled(SCRATCH))
  return result
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

/** The same for the field that a generated writer was at: it tells the field's name itself. */
export function locatedIn(error: unknown, name: string, writer: Writer<never>, field: number): unknown {
  if (!(error instanceof Refusal)) return error
  if (field > 0) error.path.push(fieldWritten(writer, field))
  error.path.push(name)
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

function useScratch(scratch: Uint8Array): void {
  data = scratch
  view = new DataView(scratch.buffer, scratch.byteOffset, scratch.byteLength)
  capacity = scratch.length
}

function grow(length: number, position: number): void {
  const grown = unfilled(Math.max(SCRATCH, capacity * 2, position + length))
  grown.set(data.subarray(0, position))
  useScratch(grown)
}

/** `int`: an int32. */
export function writeInt(value: number, position: number): number {
  if ((value | 0) !== value) refuseNumber('a 32-bit integer', value)
  if (position + 4 > capacity) grow(4, position)
  view.setInt32(position, value, true)
  return position + 4
}

/** `#`: a uint32. */
export function writeUint(value: number, position: number): number {
  if (value >>> 0 !== value) refuseNumber('an unsigned 32-bit integer', value)
  if (position + 4 > capacity) grow(4, position)
  view.setUint32(position, value, true)
  return position + 4
}

/** A constructor id or a word of flags: the low 32 bits, unchecked, since no caller gave them. */
export function writeId(id: number, position: number): number {
  if (position + 4 > capacity) grow(4, position)
  view.setInt32(position, id, true)
  return position + 4
}

/** `long`: an int64. */
export function writeLong(value: bigint, position: number): number {
  if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value) refuse('a signed 64-bit bigint', value)
  if (position + 8 > capacity) grow(8, position)
  view.setBigInt64(position, value, true)
  return position + 8
}

/** A `long` that is known to be an id of at most 53 bits. */
export function writeLongNumber(value: number, position: number): number {
  if (!Number.isSafeInteger(value)) refuseNumber('a safe integer', value)
  if (position + 8 > capacity) grow(8, position)
  view.setInt32(position, value, true)
  // Multiplied, which a power of two lets be exact: a division takes four times as long.
  view.setInt32(position + 4, Math.floor(value * 2 ** -32), true)
  return position + 8
}

/** `double`: IEEE 754. */
export function writeDouble(value: number, position: number): number {
  if (typeof value !== 'number') refuse('a number', value)
  if (position + 8 > capacity) grow(8, position)
  view.setFloat64(position, value, true)
  return position + 8
}

/** `int128`: 16 bytes. */
export function writeInt128(value: Uint8Array, position: number): number {
  if (!(value instanceof Uint8Array) || value.length !== 16) refuse('16 bytes', value)
  return writeRaw(value, position)
}

/** `int256`: 32 bytes. */
export function writeInt256(value: Uint8Array, position: number): number {
  if (!(value instanceof Uint8Array) || value.length !== 32) refuse('32 bytes', value)
  return writeRaw(value, position)
}

/** Bytes as they are. */
export function writeRaw(value: Uint8Array, position: number): number {
  if (position + value.length > capacity) grow(value.length, position)
  data.set(value, position)
  return position + value.length
}

/** `Bool`. */
export function writeBool(value: boolean, position: number): number {
  if (typeof value !== 'boolean') refuse('a boolean', value)
  return writeId(value ? BOOL_TRUE : BOOL_FALSE, position)
}

/** `bytes`. */
export function writeBytes(value: Uint8Array, position: number): number {
  if (!(value instanceof Uint8Array)) refuse('a Uint8Array', value)
  const length = value.length
  if (length > MAX_LENGTH) refuse(`at most ${MAX_LENGTH} bytes`, value)
  if (position + length + 8 > capacity) grow(length + 8, position)
  const start = position + writeLength(length, position)
  data.set(value, start)
  return pad(start + length, position)
}

/** `string`, as UTF-8. */
export function writeString(value: string, position: number): number {
  if (typeof value !== 'string') refuse('a string', value)
  const units = value.length
  // A UTF-16 unit takes at most three bytes.
  if (position + units * 3 + 8 > capacity) grow(Math.min(units, MAX_LENGTH) * 3 + 8, position)
  if (units * 3 < 254) {
    const start = position + 1
    const length = units <= SHORT_TEXT ? encodeUnits(value, data, start) : encodeText(value, data, start)
    data[position] = length
    return pad(start + length, position)
  }
  return writeLongText(value, units, position)
}

/** The length is known only afterwards, and its own size depends on it: guess that, and move the text if it was wrong. */
function writeLongText(value: string, units: number, position: number): number {
  if (units > MAX_LENGTH) refuse(`a string of at most ${MAX_LENGTH} bytes`, value)
  // A text in another script begins with it, nearly always, and then has two bytes a letter at least.
  const guess = position + (units < 254 && value.charCodeAt(0) < 128 ? 1 : 4)
  const length = encodeText(value, data, guess)
  if (length > MAX_LENGTH) refuse(`a string of at most ${MAX_LENGTH} bytes`, value)
  const start = position + (length < 254 ? 1 : 4)
  if (start !== guess) data.copyWithin(start, guess, guess + length)
  writeLength(length, position)
  return pad(start + length, position)
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

/** Zeros from `end` to where length, content and padding together are a multiple of four: there the next goes. */
function pad(end: number, position: number): number {
  // All three always, since there is room: it is quicker than asking how many.
  data[end] = 0
  data[end + 1] = 0
  data[end + 2] = 0
  return position + ((end - position + 3) & ~3)
}

/** `Vector<t>`. */
export function writeVector<T>(items: readonly T[], writeItem: Writer<T>, position: number): number {
  return writeBareVector(items, writeItem, writeId(VECTOR, position))
}

/** `vector<t>`: no constructor id. */
export function writeBareVector<T>(items: readonly T[], writeItem: Writer<T>, position: number): number {
  if (!Array.isArray(items)) refuse('an array', items)
  const count = items.length
  let at = writeInt(count, position)
  let i = 0
  try {
    for (; i < count; i++) at = writeItem(items[i], at)
    return at
  } catch (error) {
    if (error instanceof Refusal) error.path.push(`[${i}]`)
    throw error
  }
}

/** `!X`: another call, in place. */
export function writeRequest(request: Request<unknown>, position: number): number {
  if (typeof request !== 'object' || request === null || typeof request.write !== 'function') {
    refuse('a request', request)
  }
  return request.write(request.params, position)
}
