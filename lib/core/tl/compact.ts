/**
 * A codec that is mostly text: each type of a schema is a line that says what its constructors hold, and is understood
 * when a value of it is first read or written. A bundle of such lines is a third of the generated functions that do the
 * same, and slower; browsers get these, Node those. https://core.telegram.org/mtproto/TL-formal
 *
 * Constructors are parted by `;`, and their fields by spaces:
 *
 *     userStatusOnline expires:i       a field of a primitive type, by its letter (`PRIMITIVES`)
 *     user # self:10 title:3s          the word `flags`, a mere bit of it, a string that is there if bit 3 is set
 *     chat # left:2 noforwards:.       the bit after that of the field before
 *     chat # flags2# hidden:+25        a word of another name, and a bit of it: the second word
 *     peers own:A list:*A few:~A       a value of the first of the type's `parts`, a boxed and a bare vector of them
 *     salts list:~%Asalt               bare: the constructor `salt` of the first part, without its id
 *     ~Online expires:i                `userStatusOnline` again, in the type UserStatus
 *     odd#1a2b3c4d                     its id, where that is not the CRC-32 of the declaration
 *
 * Other ids are not in the text: they can't be packed, and hashing the declarations gives them back.
 */
import { crc32 } from '../crc32.ts'
import type { Request } from '../invoker.ts'
import { type BoxedCodec, boxedCodec, type Constructor } from './boxed.ts'
import { PRIMITIVES, type PrimitiveCodec, primitive } from './primitives.ts'
import { readId } from './reader.ts'
import { type Shape, type ShapeField, shapeCodec, vectorCodec } from './shape.ts'
import { checkParams, type Writer, writeId, writeRequest } from './writer.ts'

/** A type as text. */
export type CompactType = BoxedCodec & PrimitiveCodec

type Parts = () => readonly CompactType[]

/** The call inside another one: it is written where it stands, and nobody reads it. */
const CALL = primitive('!X', 4, readId, writeRequest)

/** A type by the lines of its constructors. `parts` are the types that they name, `isNested`: it can contain itself. */
export function compact(name: string, text: string, parts: Parts = () => [], isNested = false): CompactType {
  const constructors = (): readonly Constructor[] => {
    const types = parts()
    return text.split(';').map((line) => constructorOf(line, name, types, isNested))
  }
  return { tl: name, size: 4, ...boxedCodec(name, constructors) }
}

/** The reader of a type, as generated code has it. */
export function reads<Read>({ read }: CompactType): Read {
  return read as Read
}

/** The writer of a type, as generated code has it. */
export function writes<Write>({ write }: CompactType): Write {
  return write as Write
}

/**
 * A function that makes requests, of a method by the line of its fields, with the type of its result behind `=`; `!` is
 * the result of the call inside. `id` where it is not the CRC-32 of the declaration.
 */
export function method<Make>(name: string, text: string, parts: Parts = () => [], id?: number): Make {
  const [fields, result] = text.split('=') as [string, string]
  let known: Constructor | undefined
  const write: Writer<unknown> = (params, position) => {
    known ??= methodOf(name, fields.trimEnd(), result, parts(), id)
    checkParams(params, name)
    return known.write(params, writeId(known.id, position))
  }
  const read = (): unknown => kindOf(result, parts()).read()
  const isBare = !text.includes(':')
  const make = (params: { readonly query: Request<unknown> }): Request<unknown> => ({
    method: name,
    params: isBare ? {} : params,
    write,
    read: result === '!' ? () => params.query.read() : read,
  })
  return make as Make
}

/** A method's parameters by their line, and its id. */
export function methodOf(
  name: string,
  text: string,
  result: string,
  parts: readonly CompactType[],
  id: number | undefined,
): Constructor {
  const { fields, declared } = fieldsOf(text, parts)
  return {
    name,
    id: id ?? idOf([name, ...declared, '=', kindOf(result, parts).tl]),
    ...shapeCodec({ name, fields, isNamed: false, isNested: false }),
  }
}

/** A constructor by its line. */
export function constructorOf(
  line: string,
  type: string,
  parts: readonly CompactType[],
  isNested: boolean,
): Constructor {
  const [, begin, end = '', id, text = ''] = /^(~?)([\w.]*)(?:#(\w+))? ?(.*)$/.exec(line)!
  const name = begin === '~' ? ownName(type) + end : end
  const { fields, declared } = fieldsOf(text, parts)
  const shape: Shape = { name, fields, isNamed: true, isNested: isNested && fields.length > 0 }
  return {
    name,
    id: id === undefined ? idOf([name, ...declared, '=', type]) : Number.parseInt(id, 16) | 0,
    ...shapeCodec(shape),
  }
}

/** What constructors are mostly called: `auth.sentCode` for `auth.SentCode`. */
export function ownName(type: string): string {
  return type.replace(/\w+$/, (name) => name.slice(0, 1).toLowerCase() + name.slice(1))
}

interface Fields {
  readonly fields: readonly ShapeField[]
  /** As the declaration has them where it is hashed: without those that are a mere bit. */
  readonly declared: readonly string[]
}

function fieldsOf(text: string, parts: readonly CompactType[]): Fields {
  const words: string[] = []
  const declared: string[] = []
  let last = -1
  const fields = text.split(' ').flatMap((field): ShapeField[] => {
    const [, name = '', isWord, later = '', bit = '', type = ''] = /^(\w*)(?:(#)|:(\+*)(\.|\d*)(.*))$/.exec(field) ?? []
    if (isWord !== undefined) {
      const word = name === '' ? 'flags' : name
      words.push(word)
      declared.push(`${word}:#`)
      return [{ key: word, isWord: true, flag: undefined, codec: undefined }]
    }
    if (name === '') return []
    if (bit !== '') last = bit === '.' ? last + 1 : Number(bit)
    const flag = bit === '' ? undefined : { word: later.length, mask: 1 << last }
    const codec = type === '' ? undefined : kindOf(type, parts)
    const { tl = '' } = codec ?? {}
    const condition = flag === undefined ? '' : `${words[flag.word]}.${last}?`
    if (codec !== undefined) declared.push(`${tlName(name)}:${condition}${tl === 'bytes' ? 'string' : tl}`)
    return [{ key: name, isWord: false, flag, codec }]
  })
  return { fields, declared }
}

/** `accessHash` is `access_hash` in the declaration. */
function tlName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function kindOf(type: string, parts: readonly CompactType[]): PrimitiveCodec {
  const inner = type.slice(1)
  switch (type[0]) {
    case '*':
    case '~': {
      const isBare = type.startsWith('~')
      const { tl, size, ...item } = kindOf(inner, parts)
      return { tl: `${isBare ? 'v' : 'V'}ector ${tl}`, size: isBare ? 4 : 8, ...vectorCodec(item, size, isBare) }
    }
    case '%': {
      const name = inner.slice(1)
      return { tl: name, size: 0, ...partOf(inner, parts).bare(name) }
    }
    case '!':
      return CALL
    default:
      return PRIMITIVES[type] ?? partOf(type, parts)
  }
}

/** Parts have letters from `A` on, and behind `Z` those from `À` (U+00C0) on. */
function partOf(type: string, parts: readonly CompactType[]): CompactType {
  const code = type.charCodeAt(0)
  return parts[code < 91 ? code - 65 : code - 166]!
}

/** The id of the declaration that these words make, signed. */
function idOf(words: readonly string[]): number {
  return crc32(Uint8Array.from(words.join(' '), (letter) => letter.charCodeAt(0))) | 0
}
