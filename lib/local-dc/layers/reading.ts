/**
 * Readers for whatever a schema declares, made of closures instead of generated code, each when it is first needed.
 * They read what lib/api's own readers read, and give the same objects.
 */
import { recursiveTypes } from '../../core/schema/cycles.ts'
import type { Combinator, Field, SchemaModel, TypeRef } from '../../core/schema/model.ts'
import { minimumSizes } from '../../core/schema/sizes.ts'
import {
  enter,
  leave,
  located,
  readBareVector,
  readBool,
  readBytes,
  readDouble,
  readId,
  readInt,
  readInt128,
  readInt256,
  readLong,
  readLongNumber,
  readRest,
  readString,
  readUint,
  readVector,
  unknownConstructor,
} from '../../core/tl/reader.ts'
import { countsDepth, isBit, isWord } from './fields.ts'

/** Reads one value where the reader of core/tl is. */
export type Read = () => unknown

const PRIMITIVES: Readonly<Record<string, Read>> = {
  int: readInt,
  long: readLong,
  double: readDouble,
  string: readString,
  bytes: readBytes,
  int128: readInt128,
  int256: readInt256,
  Bool: readBool,
  true: () => true,
  '#': readUint,
}

/** What to do at one field: the word of flags goes into no object, the others may depend on a bit of one. */
interface Step {
  readonly key: string
  /** Where this word of flags is kept, or -1 for a field of the object. */
  readonly word: number
  /** Where the word is kept that this field depends on, or -1. */
  readonly flags: number
  readonly mask: number
  /** Undefined: the bit is the value. */
  readonly read: Read | undefined
}

/** The readers of one schema. */
export class Reading {
  readonly #model: SchemaModel
  readonly #recursive: ReadonlySet<string>
  readonly #sizeOf: (type: TypeRef) => number
  readonly #types = new Map<string, Read>()
  readonly #fields = new Map<Combinator, Read>()
  #foreignId: number | undefined

  constructor(model: SchemaModel) {
    this.#model = model
    this.#recursive = recursiveTypes(model)
    this.#sizeOf = minimumSizes(model)
  }

  /** The reader of a type. `numeric`: its longs are numbers. */
  value(type: TypeRef, numeric: boolean): Read {
    switch (type._) {
      case 'primitive':
        return numeric && type.name === 'long' ? readLongNumber : PRIMITIVES[type.name]!
      case 'vector': {
        const item = this.value(type.item, numeric)
        const size = this.#sizeOf(type.item)
        return type.bare ? () => readBareVector(item, size) : () => readVector(item, size)
      }
      case 'boxed':
        return this.#boxed(type.name)
      case 'bare':
        return this.fields(this.#model.byName.get(type.name)!)
      case 'generic':
        return readRest
    }
  }

  /** The reader of a combinator's fields, its id having been read. A method's have no `_`; its `!X` is the rest. */
  fields(combinator: Combinator): Read {
    let read = this.#fields.get(combinator)
    if (read === undefined) {
      let compiled: Read | undefined
      read = () => {
        compiled ??= fieldsReader(combinator, this, countsDepth(combinator, this.#recursive))
        return compiled()
      }
      this.#fields.set(combinator, read)
    }
    return read
  }

  /** The constructor that a place did not allow, if that was what ended the last read; asking forgets it. */
  takeForeignId(): number | undefined {
    const id = this.#foreignId
    this.#foreignId = undefined
    return id
  }

  #boxed(name: string): Read {
    const known = this.#types.get(name)
    if (known !== undefined) return known
    const constructors = new Map<number, Read>()
    const read = (): unknown => {
      const id = readId()
      const fields = constructors.get(id)
      if (fields !== undefined) return fields()
      this.#foreignId = id >>> 0
      unknownConstructor(id, name)
    }
    this.#types.set(name, read)
    for (const combinator of this.#model.types.get(name) ?? []) {
      constructors.set(combinator.id | 0, this.fields(combinator))
    }
    return read
  }
}

function fieldsReader({ kind, name, fields }: Combinator, reading: Reading, recursive: boolean): Read {
  const steps = stepsOf(fields, reading)
  const isMethod = kind === 'method'
  return () => {
    const object: Record<string, unknown> = isMethod ? {} : { _: name }
    const words: number[] = []
    let at = 0
    try {
      if (recursive) enter()
      for (; at < steps.length; at++) {
        const step = steps[at]!
        if (step.word >= 0) words[step.word] = readUint()
        else if (step.flags < 0) object[step.key] = step.read!()
        else {
          const present = (words[step.flags]! & step.mask) !== 0
          if (step.read === undefined) object[step.key] = present
          else object[step.key] = present ? step.read() : undefined
        }
      }
      if (recursive) leave()
    } catch (error) {
      throw located(error, `${name} ${steps[at]?.key}`, 1)
    }
    return object
  }
}

function stepsOf(fields: readonly Field[], reading: Reading): readonly Step[] {
  const words: string[] = []
  return fields.map((field): Step => {
    const { key, type, flag, numeric } = field
    const plain = { key, word: -1, flags: -1, mask: 0 }
    if (isWord(type)) return { ...plain, word: words.push(field.name) - 1, read: undefined }
    const read = isBit(type) ? undefined : reading.value(type, numeric)
    if (flag === undefined) return { ...plain, read }
    return { ...plain, flags: words.indexOf(flag.field), mask: 1 << flag.bit, read }
  })
}
