/**
 * Readers and writers for whatever a schema declares, made when they are first needed. They read and write what lib/api's
 * own do, and give the same objects.
 */
import { recursiveTypes } from '../../core/schema/cycles.ts'
import type { Combinator, SchemaModel, TypeRef } from '../../core/schema/model.ts'
import { minimumSizes } from '../../core/schema/sizes.ts'
import { type BoxedCodec, boxedCodec, type Constructor } from '../../core/tl/boxed.ts'
import { PRIMITIVES, primitiveLetter } from '../../core/tl/primitives.ts'
import { readRest, readUint } from '../../core/tl/reader.ts'
import { type ShapeField, shapeCodec, type ValueCodec, vectorCodec } from '../../core/tl/shape.ts'
import { type Writer, writeRaw, writeUint } from '../../core/tl/writer.ts'
import { isBit, isWord } from './fields.ts'

/** A lone `#`, and a bit where no word tells it: in a vector. */
const ODD: Readonly<Partial<Record<string, ValueCodec>>> = {
  '#': codec(readUint, writeUint),
  true: codec(
    () => true,
    (_value, position) => position,
  ),
}

/** A call inside another one is given and taken as bytes: its own schema may be a different one. */
const CALL = codec(readRest, writeRaw)

/** The codecs of one schema. */
export class ValueCodecs {
  readonly #model: SchemaModel
  readonly #recursive: ReadonlySet<string>
  readonly #sizeOf: (type: TypeRef) => number
  readonly #types = new Map<string, BoxedCodec>()
  readonly #fields = new Map<Combinator, ValueCodec>()
  #foreignId: number | undefined

  constructor(model: SchemaModel) {
    this.#model = model
    this.#recursive = recursiveTypes(model)
    this.#sizeOf = minimumSizes(model)
  }

  /** The codec of a type. `numeric`: its longs are numbers. */
  value(type: TypeRef, numeric: boolean): ValueCodec {
    switch (type._) {
      case 'primitive':
        if (numeric && type.name === 'long') return PRIMITIVES['n']!
        return PRIMITIVES[primitiveLetter(type.name) ?? ''] ?? ODD[type.name]!
      case 'vector':
        return vectorCodec(this.value(type.item, numeric), this.#sizeOf(type.item), type.bare)
      case 'boxed':
        return this.#boxed(type.name)
      case 'bare':
        return this.#boxed(typeOf(this.#model.byName.get(type.name)!)).bare(type.name)
      case 'generic':
        return CALL
    }
  }

  /** The codec of a combinator's fields, without its id. A method's have no `_`; its `!X` is the rest, as bytes. */
  fields(combinator: Combinator): ValueCodec {
    let made = this.#fields.get(combinator)
    if (made === undefined) {
      made = this.#shape(combinator)
      this.#fields.set(combinator, made)
    }
    return made
  }

  /** The constructor that a place did not allow, if that was what ended the last read; asking forgets it. */
  takeForeignId(): number | undefined {
    const id = this.#foreignId
    this.#foreignId = undefined
    return id
  }

  #shape({ kind, name, fields, result }: Combinator): ValueCodec {
    const words = fields.filter(({ type }) => isWord(type)).map((word) => word.name)
    const isNamed = kind === 'constructor'
    return shapeCodec({
      name,
      isNamed,
      // What is empty ends the nesting anyway.
      isNested: isNamed && fields.length > 0 && result._ === 'boxed' && this.#recursive.has(result.name),
      fields: fields.map(
        ({ key, type, flag, numeric }): ShapeField => ({
          key,
          isWord: isWord(type),
          flag: flag === undefined ? undefined : { word: words.indexOf(flag.field), mask: 1 << flag.bit },
          codec: isWord(type) || isBit(type) ? undefined : this.value(type, numeric),
        }),
      ),
    })
  }

  #boxed(name: string): BoxedCodec {
    let boxed = this.#types.get(name)
    if (boxed === undefined) {
      const constructors = (): readonly Constructor[] =>
        (this.#model.types.get(name) ?? []).map((each) => ({ name: each.name, id: each.id | 0, ...this.fields(each) }))
      boxed = boxedCodec(name, constructors, (id) => {
        this.#foreignId = id >>> 0
      })
      this.#types.set(name, boxed)
    }
    return boxed
  }
}

/** The TL name of the type that the constructor is of. */
function typeOf({ name, result }: Combinator): string {
  return result._ === 'boxed' ? result.name : name
}

function codec(read: () => unknown, write: Writer<never>): ValueCodec {
  return { read, write: write as Writer<unknown> }
}
