/** Bytes: joining, comparing, and turning them into numbers and back. */
import { UsageError } from './errors.ts'

/** One array that holds all `parts`, in order. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/**
 * Whether two arrays hold the same bytes. Takes as long for equal arrays as for different ones of the same length, so
 * that the time tells nothing about a secret; the length itself is no secret.
 */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!
  return difference === 0
}

/** `a` XOR `b`, of equal lengths. */
export function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length !== b.length) throw new UsageError(`xor: expected equal lengths, got ${a.length} and ${b.length} bytes`)
  const result = new Uint8Array(a.length)
  for (let i = 0; i < a.length; i++) result[i] = a[i]! ^ b[i]!
  return result
}

/** Overwrites secrets that are no longer needed. */
export function wipe(...secrets: readonly Uint8Array[]): void {
  for (const secret of secrets) secret.fill(0)
}

/** `bytes` backwards, as a copy. */
export function reversed(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes).reverse()
}

/** The bytes of a big-endian number, with zeros added or leading zeros cut so that there are `length` of them. */
export function leftPad(bytes: Uint8Array, length: number): Uint8Array {
  const from = firstNonZero(bytes)
  if (bytes.length - from > length)
    throw new UsageError(`leftPad: expected a number of at most ${length} bytes, got ${bytes.length - from}`)
  const result = new Uint8Array(length)
  result.set(bytes.subarray(from), length - (bytes.length - from))
  return result
}

/** The bytes of a big-endian number without leading zeros; none for zero. A view, not a copy. */
export function trimZeros(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(firstNonZero(bytes))
}

function firstNonZero(bytes: Uint8Array): number {
  let from = 0
  while (from < bytes.length && bytes[from] === 0) from++
  return from
}

/** The unsigned big-endian number that `bytes` are; 0 for none. */
export function bigintFromBytes(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${hex(bytes)}`)
}

/**
 * A number >= 0 as big-endian bytes: exactly `length` of them, zeros in front; or, without `length`, as few as
 * there can be, and none for zero.
 */
export function bytesFromBigint(value: bigint, length?: number): Uint8Array {
  if (value < 0n) throw new UsageError('bytesFromBigint: expected a number >= 0, got a negative one')
  const digits = value === 0n ? '' : value.toString(16)
  const minimal = (digits.length + 1) >> 1
  if (length !== undefined && minimal > length)
    throw new UsageError(`bytesFromBigint: expected a number of at most ${length} bytes, got ${minimal}`)
  return fromHex(digits.padStart(2 * (length ?? minimal), '0'))
}

/** The signed little-endian 64-bit number (a TL `long`) at `at`. */
export function int64FromBytes(bytes: Uint8Array, at = 0): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigInt64(at, true)
}

/** A signed (or unsigned) 64-bit number as 8 little-endian bytes, as a TL `long` is written. */
export function bytesFromInt64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigInt64(0, BigInt.asIntN(64, value), true)
  return bytes
}

const HEX_PAIRS: readonly string[] = /* @__PURE__ */ Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
)

/** Lower-case hex. */
export function hex(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i++) text += HEX_PAIRS[bytes[i]!]
  return text
}

/** The bytes that hex digits stand for. */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0) throw new UsageError(`fromHex: expected an even number of digits, got ${text.length}`)
  const bytes = new Uint8Array(text.length / 2)
  for (let i = 0; i < bytes.length; i++) {
    const high = hexDigit(text.charCodeAt(2 * i))
    const low = hexDigit(text.charCodeAt(2 * i + 1))
    if (high < 0 || low < 0) throw new UsageError(`fromHex: expected hex digits, got something else at ${2 * i}`)
    bytes[i] = (high << 4) | low
  }
  return bytes
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  const letter = code | 32
  return letter >= 97 && letter <= 102 ? letter - 87 : -1
}
