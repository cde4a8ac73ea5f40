/** The little of DER (X.690) that keys need: nested sequences, integers, strings. Reads within bounds only. */
import { concat, trimZeros } from '../bytes.ts'
import { UsageError } from '../errors.ts'

export const INTEGER = 0x02
export const BIT_STRING = 0x03
export const OCTET_STRING = 0x04
export const OBJECT_IDENTIFIER = 0x06
export const SEQUENCE = 0x30

/** A key of 4096 bits takes 2.4 KB. */
const MAX_LENGTH = 16_384

/** Reads the elements of one sequence, one after another. */
export interface DerReader {
  /** The contents of the next element, which must have this tag. */
  next(tag: number): Uint8Array
  /** The tag of the next element, or undefined at the end. */
  peek(): number | undefined
}

/** A reader of the elements in `bytes`. Anything that isn't DER is a UsageError: keys come from the caller. */
export function derReader(bytes: Uint8Array): DerReader {
  if (bytes.length > MAX_LENGTH) throw new UsageError(`DER: expected at most ${MAX_LENGTH} bytes, got ${bytes.length}`)
  let at = 0
  const byte = (): number => {
    if (at >= bytes.length) throw new UsageError(`DER: expected more than ${bytes.length} bytes, it ends there`)
    return bytes[at++]!
  }
  const length = (): number => {
    const first = byte()
    if (first < 0x80) return first
    // Two more bytes are enough for MAX_LENGTH; 0x80 itself would be BER's indefinite form.
    if (first !== 0x81 && first !== 0x82) throw new UsageError(`DER: expected a length at ${at - 1}, got byte ${first}`)
    return first === 0x81 ? byte() : (byte() << 8) | byte()
  }
  return {
    next(tag) {
      const found = byte()
      if (found !== tag) throw new UsageError(`DER: expected tag ${tag} at ${at - 1}, got ${found}`)
      const size = length()
      if (size > bytes.length - at)
        throw new UsageError(`DER: expected ${size} bytes at ${at}, there are ${bytes.length - at}`)
      at += size
      return bytes.subarray(at - size, at)
    },
    peek: () => bytes[at],
  }
}

/** The next element, an integer >= 0: big-endian without leading zeros. */
export function readUnsigned(reader: DerReader): Uint8Array {
  const content = reader.next(INTEGER)
  if (content.length === 0) throw new UsageError('DER: expected an integer, got an empty one')
  if (content[0]! >= 0x80) throw new UsageError('DER: expected an integer >= 0, got a negative one')
  return trimZeros(content)
}

/** One element: tag, length, contents. */
export function derElement(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = concat(...contents)
  const n = content.length
  if (n > 0xffff) throw new UsageError(`DER: expected at most 65535 bytes, got ${n}`)
  const length = n < 0x80 ? [n] : n < 0x100 ? [0x81, n] : [0x82, n >> 8, n & 0xff]
  return concat(Uint8Array.of(tag, ...length), content)
}

/** A big-endian number >= 0 as an integer. */
export function derUnsigned(number: Uint8Array): Uint8Array {
  const trimmed = trimZeros(number)
  // A leading zero keeps a number >= 0 whose highest bit is set.
  const sign = trimmed.length === 0 || trimmed[0]! >= 0x80 ? [0] : []
  return derElement(INTEGER, Uint8Array.from(sign), trimmed)
}
