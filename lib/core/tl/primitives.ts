/** The primitive types of TL, for codecs that follow a schema: https://core.telegram.org/mtproto/TL-types */
import {
  readBool,
  readBytes,
  readDouble,
  readInt,
  readInt128,
  readInt256,
  readLong,
  readLongNumber,
  readString,
} from './reader.ts'
import type { ValueCodec } from './shape.ts'
import {
  type Writer,
  writeBool,
  writeBytes,
  writeDouble,
  writeInt,
  writeInt128,
  writeInt256,
  writeLong,
  writeLongNumber,
  writeString,
} from './writer.ts'

export interface PrimitiveCodec extends ValueCodec {
  /** As TL has it. */
  readonly tl: string
  /** The least number of bytes that a value takes. */
  readonly size: number
}

/** One that holds these functions. */
export function primitive(tl: string, size: number, read: () => unknown, write: Writer<never>): PrimitiveCodec {
  return { tl, size, read, write: write as Writer<unknown> }
}

/** By the letter that core/tl/compact has for it. */
export const PRIMITIVES: Readonly<Partial<Record<string, PrimitiveCodec>>> = {
  i: primitive('int', 4, readInt, writeInt),
  l: primitive('long', 8, readLong, writeLong),
  // An id of at most 53 bits.
  n: primitive('long', 8, readLongNumber, writeLongNumber),
  d: primitive('double', 8, readDouble, writeDouble),
  s: primitive('string', 4, readString, writeString),
  b: primitive('bytes', 4, readBytes, writeBytes),
  o: primitive('int128', 16, readInt128, writeInt128),
  p: primitive('int256', 32, readInt256, writeInt256),
  y: primitive('Bool', 4, readBool, writeBool),
}

/** The letter of a primitive type's TL name. Neither a mere bit nor a word of flags has one. */
export function primitiveLetter(name: string): string | undefined {
  // Of the two longs the one that holds all of them comes first.
  return Object.keys(PRIMITIVES).find((letter) => PRIMITIVES[letter]!.tl === name)
}
