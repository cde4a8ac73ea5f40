/**
 * Readers and writers of objects for a list of fields, made of closures and not of generated code. They read and write
 * what generated ones do, and refuse what those refuse. https://core.telegram.org/mtproto/serialize
 */
import {
  enter as enterRead,
  leave as leaveRead,
  located as locatedRead,
  readBareVector,
  readInt,
  readVector,
} from './reader.ts'
import {
  enter as enterWrite,
  leave as leaveWrite,
  located as locatedWrite,
  notBoolean,
  tornFlag,
  type Writer,
  writeBareVector,
  writeId,
  writeVector,
} from './writer.ts'

/** How the values of a type are read and written. */
export interface ValueCodec {
  /** Reads one value where the reader is. */
  readonly read: () => unknown
  readonly write: Writer<unknown>
}

export interface ShapeField {
  /** The name in objects. */
  readonly key: string
  /** A word of flags: its bits are told by other fields, and it is in no object itself. */
  readonly isWord: boolean
  /** The field is there if that bit of that word is set, words counted from 0; without it, the field is always there. */
  readonly flag: { readonly word: number; readonly mask: number } | undefined
  /** Undefined: the field is a mere bit, true or false; or a word. */
  readonly codec: ValueCodec | undefined
}

export interface Shape {
  /** The TL name: what `_` is, and what the path of a failure has. */
  readonly name: string
  /** In the order of the wire. */
  readonly fields: readonly ShapeField[]
  /** Whether `_` is part of the object: it is in no parameters of a method. */
  readonly isNamed: boolean
  /** Values of the shape can hold others of it, so their depth is counted. */
  readonly isNested: boolean
}

type Values = Record<string, unknown>

/** The codec of a shape's fields, without a constructor id. */
export function shapeCodec({ name, fields, isNamed, isNested }: Shape): ValueCodec {
  /** For the path of a failure: the field that was last begun, if there was one. */
  const place = (field: string): readonly [names: string, field: number] => [`${name} ${field}`, field === '' ? 0 : 1]
  return {
    read() {
      const object: Values = isNamed ? { _: name } : {}
      const words: number[] = []
      let at = ''
      try {
        if (isNested) enterRead()
        for (const { key, isWord, flag, codec } of fields) {
          if (isWord) {
            words.push(readInt())
            continue
          }
          const isThere = flag === undefined || (words[flag.word]! & flag.mask) !== 0
          if (codec === undefined) object[key] = isThere
          else {
            at = key
            object[key] = isThere ? codec.read() : undefined
          }
        }
        if (isNested) leaveRead()
      } catch (error) {
        throw locatedRead(error, ...place(at))
      }
      return object
    },

    write(value, position) {
      const object = value as Values
      let pos = position
      let words = 0
      let at = ''
      try {
        if (isNested) enterWrite()
        for (const { key, isWord, flag, codec } of fields) {
          if (isWord) pos = writeId(wordOf(object, fields, words++), pos)
          else if (codec !== undefined) {
            const item = object[key]
            if (flag !== undefined && item === undefined) continue
            at = key
            pos = codec.write(item, pos)
          }
        }
        if (isNested) leaveWrite()
      } catch (error) {
        throw locatedWrite(error, ...place(at))
      }
      return pos
    },
  }
}

/** The codec of a vector, bare or with its id. `size` is the least number of bytes that one item takes. */
export function vectorCodec({ read, write }: ValueCodec, size: number, isBare: boolean): ValueCodec {
  const [readItems, writeItems] = isBare ? [readBareVector, writeBareVector] : [readVector, writeVector]
  return {
    read: () => readItems(read, size),
    write: (items, position) => writeItems(items as readonly unknown[], write, position),
  }
}

/** The word of flags that the values make. Fields of one bit are given all together or not at all. */
function wordOf(object: Values, fields: readonly ShapeField[], word: number): number {
  let given = 0
  let missing = 0
  for (const { key, flag, codec } of fields) {
    if (flag?.word !== word) continue
    const value = object[key]
    if (codec === undefined ? value === true : value !== undefined) given |= flag.mask
    else if (codec === undefined && value) notBoolean(value, key)
    else missing |= flag.mask
  }
  const torn = given & missing
  if (torn !== 0) {
    const isTorn = ({ flag }: ShapeField): boolean => flag?.word === word && (flag.mask & torn) !== 0
    const mask = fields.find(isTorn)!.flag!.mask
    tornFlag(fields.flatMap(({ key, flag }) => (flag?.word === word && flag.mask === mask ? [key] : [])).join(', '))
  }
  return given
}
