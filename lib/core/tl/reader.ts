/**
 * Bytes to TL values: https://core.telegram.org/mtproto/serialize
 *
 * Where we are is kept in this module and not in an object, because that measured fastest by far. All of it is
 * synchronous, and `decode` saves and restores it, so a decode may run inside another.
 *
 * Past the end, DataView throws by itself; that and every other failure leaves `decode` as a DecodeError that tells
 * the way to the bad field.
 */

import { decodeText } from '#text'
import { DecodeError } from '../errors.ts'
import { constructorRead, fieldRead } from './field-name.ts'
import { BOOL_FALSE, BOOL_TRUE, idText, MAX_DEPTH, VECTOR } from './ids.ts'
import { shortText } from './short-text.ts'
import { copyBytes } from './slab.ts'

/**
 * When the memory below the data is no more than this, `bytes` are views of it: whoever keeps one keeps 64 KiB at most.
 * Otherwise they are copies, unless they are at least half of the data.
 */
const LARGE = 65536
/** Longer vectors are grown as they come, so that counts which lie, one inside another, can't reserve memory. */
const PREALLOCATED = 4096
/** How many values without bytes (bare `true`) may be read beyond one for each byte. */
const EMPTY_VALUES = 1024

const NOTHING = new Uint8Array(0)
const NOWHERE = new DataView(NOTHING.buffer)

let data: Uint8Array = NOTHING
let view: DataView = NOWHERE
let position = 0
let depth = 0
let pinsLittle = false
let emptyValues = 0

/** A failure on its way up: gathers the path as it passes. Never leaves this module. */
class Failure {
  readonly reason: string
  /** From the inside out. */
  readonly path: string[] = []

  constructor(reason: string) {
    this.reason = reason
  }
}

/**
 * What `read` makes of `bytes`, all of them.
 *
 * The bytes must not be changed afterwards: `bytes` in the value may be views of them.
 *
 * @throws {DecodeError} with the path to the bad field.
 */
export function decode<T>(bytes: Uint8Array, read: () => T): T {
  return run(bytes, read, true)
}

/**
 * What `read` makes of the first of `bytes`, and how many that were.
 *
 * @throws {DecodeError} with the path to the bad field.
 */
export function decodePrefix<T>(bytes: Uint8Array, read: () => T): { value: T; length: number } {
  let length = 0
  const value = run(
    bytes,
    () => {
      const first = read()
      length = position
      return first
    },
    false,
  )
  return { value, length }
}

function run<T>(bytes: Uint8Array, read: () => T, whole: boolean): T {
  const outerData = data
  const outerView = view
  const outerPosition = position
  const outerDepth = depth
  const outerEmptyValues = emptyValues
  const outerPinsLittle = pinsLittle
  // A Buffer's slice is no copy, so a Buffer is read as what it is underneath.
  data = bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  pinsLittle = data.buffer.byteLength <= LARGE
  position = 0
  depth = 0
  emptyValues = data.length + EMPTY_VALUES
  try {
    const value = read()
    if (whole && position !== data.length) {
      fail(`expected the end of the data, got ${data.length - position} more bytes`)
    }
    return value
  } catch (error) {
    const failure = toFailure(error)
    throw failure === undefined ? error : new DecodeError(failure.reason, failure.path.reverse())
  } finally {
    data = outerData
    view = outerView
    position = outerPosition
    depth = outerDepth
    emptyValues = outerEmptyValues
    pinsLittle = outerPinsLittle
  }
}

function toFailure(error: unknown): Failure | undefined {
  if (error instanceof Failure) return error
  // What DataView throws past the end. Nothing else here makes a RangeError.
  if (error instanceof RangeError) return new Failure('the data ends too early')
  if (!(error instanceof DecodeError)) return undefined
  const failure = new Failure(error.reason)
  failure.path.push(...[...error.path].reverse())
  return failure
}

/** Refuses the data. For readers that check more than the language does. */
export function fail(reason: string): never {
  throw new Failure(reason)
}

/**
 * Adds a constructor and a field to the path of a failure, and returns what to throw on. `names` is the
 * constructor's name and its fields', parted by spaces; `field` counts from 1, and 0 means the constructor itself.
 */
export function located(error: unknown, names: string, field: number): unknown {
  const failure = toFailure(error)
  if (failure === undefined) return error
  const list = names.split(' ')
  if (field > 0) failure.path.push(list[field]!)
  failure.path.push(list[0]!)
  return failure
}

/** The same for the field that a generated reader was at: it tells the names itself. */
export function locatedIn(error: unknown, reader: () => unknown, field: number): unknown {
  const failure = toFailure(error)
  if (failure === undefined) return error
  if (field > 0) failure.path.push(fieldRead(reader, field))
  failure.path.push(constructorRead(reader))
  return failure
}

/** Refuses a constructor that its place does not allow. */
export function unknownConstructor(id: number, type: string): never {
  fail(`expected ${type}, got the constructor ${idText(id)}`)
}

/** Passes the constructor id of a type that has only one. */
export function expectId(id: number, type: string): void {
  const found = readId()
  if (found !== id) unknownConstructor(found, type)
}

/** Every reader of a type that can contain itself begins with this, and ends with `leave`. */
export function enter(): void {
  if (++depth > MAX_DEPTH) fail(`nested deeper than ${MAX_DEPTH}`)
}

/** See `enter`. */
export function leave(): void {
  depth--
}

/** `int`: an int32. */
export function readInt(): number {
  const value = view.getInt32(position, true)
  position += 4
  return value
}

/** `#`: a uint32. */
export function readUint(): number {
  const value = view.getUint32(position, true)
  position += 4
  return value
}

/** A constructor id, signed. */
export function readId(): number {
  const value = view.getInt32(position, true)
  position += 4
  return value
}

/** The constructor id that comes next, or undefined at the end; it is not consumed. */
export function peekId(): number | undefined {
  return position + 4 <= data.length ? view.getInt32(position, true) : undefined
}

/** `long`: an int64. */
export function readLong(): bigint {
  const value = view.getBigInt64(position, true)
  position += 8
  return value
}

/** A `long` that is known to be an id of at most 53 bits. */
export function readLongNumber(): number {
  const value = view.getInt32(position + 4, true) * 4294967296 + view.getUint32(position, true)
  if (!Number.isSafeInteger(value)) fail('expected an id of at most 53 bits')
  position += 8
  return value
}

/** `double`: IEEE 754. */
export function readDouble(): number {
  const value = view.getFloat64(position, true)
  position += 8
  return value
}

/** `int128`: 16 bytes, a copy. */
export function readInt128(): Uint8Array {
  return readRaw(16)
}

/** `int256`: 32 bytes, a copy. */
export function readInt256(): Uint8Array {
  return readRaw(32)
}

/** `length` bytes as they are, a copy. */
export function readRaw(length: number): Uint8Array {
  const start = position
  if (length < 0 || start + length > data.length) tooFew(length)
  position = start + length
  return copyBytes(data, start, length)
}

/** All that is left, a copy. */
export function readRest(): Uint8Array {
  return readRaw(data.length - position)
}

/** `Bool`. */
export function readBool(): boolean {
  const id = readId()
  if (id === BOOL_TRUE) return true
  if (id !== BOOL_FALSE) unknownConstructor(id, 'Bool')
  return false
}

/** `bytes`: a view of the data, or a copy where a view would pin much more than it shows. */
export function readBytes(): Uint8Array {
  const length = readLength()
  const start = contentStart
  if (pinsLittle || length * 2 >= data.length) return data.subarray(start, start + length)
  return copyBytes(data, start, length)
}

/** `string`: bad UTF-8 becomes U+FFFD, because servers do cut texts inside a character. */
export function readString(): string {
  const length = readLength()
  if (length === 0) return ''
  // A text in another script nearly always begins with it.
  if (length <= 16 && data[contentStart]! < 128) {
    const text = shortText(data, contentStart, length)
    if (text !== '') return text
  }
  return decodeText(data, contentStart, contentStart + length)
}

/** Where the content is that `readLength` has just passed. */
let contentStart = 0

/** Passes a `string` or `bytes` whole, padding included, and returns its length. */
function readLength(): number {
  const first = view.getUint8(position)
  if (first < 254) {
    const next = position + ((first + 4) & ~3)
    if (next > data.length) tooFew(first)
    contentStart = position + 1
    position = next
    return first
  }
  if (first === 255) fail('expected the length of a string, got the byte ff')
  const length = view.getUint32(position, true) >>> 8
  const next = position + ((length + 7) & ~3)
  if (next > data.length) tooFew(length)
  contentStart = position + 4
  position = next
  return length
}

/** `Vector<t>`. `size` is the least number of bytes that one item takes. */
export function readVector<T>(item: () => T, size = 4): T[] {
  const id = readId()
  if (id !== VECTOR) unknownConstructor(id, 'Vector')
  return readBareVector(item, size)
}

/** `vector<t>`: no constructor id. */
export function readBareVector<T>(item: () => T, size = 4): T[] {
  const count = readInt()
  if (count < 0) fail(`expected a number of items, got ${count}`)
  if (count * size > data.length - position) tooMany(count)
  if (size === 0) {
    emptyValues -= count
    if (emptyValues < 0) tooMany(count)
  }
  // oxlint-disable-next-line unicorn/no-new-array -- an array made in its full length is measurably faster to fill
  const items: T[] = count <= PREALLOCATED ? new Array(count) : []
  let i = 0
  try {
    for (; i < count; i++) items[i] = item()
  } catch (error) {
    const failure = toFailure(error)
    failure?.path.push(`[${i}]`)
    throw failure ?? error
  }
  return items
}

function tooFew(length: number): never {
  fail(`expected ${length} bytes, got ${Math.max(0, data.length - position)}`)
}

function tooMany(count: number): never {
  fail(`expected ${count} items, got only ${data.length - position} bytes`)
}
