/**
 * Writers for whatever a schema declares, made of closures instead of generated code, each when it is first needed.
 * They write what lib/api's own writers write, and refuse what those refuse.
 */
import { recursiveTypes } from '../../core/schema/cycles.ts'
import type { Combinator, Field, SchemaModel, TypeRef } from '../../core/schema/model.ts'
import {
  enter,
  leave,
  located,
  noConstructor,
  tornFlag,
  type Writer,
  writeBareVector,
  writeBool,
  writeBytes,
  writeDouble,
  writeId,
  writeInt,
  writeInt128,
  writeInt256,
  writeLong,
  writeLongNumber,
  writeRaw,
  writeString,
  writeUint,
  writeVector,
} from '../../core/tl/writer.ts'
import { countsDepth, isBit, isWord } from './fields.ts'

/** Writes one value of whatever type. */
export type Write = Writer<unknown>

const PRIMITIVES: Readonly<Record<string, Writer<never>>> = {
  int: writeInt,
  long: writeLong,
  double: writeDouble,
  string: writeString,
  bytes: writeBytes,
  int128: writeInt128,
  int256: writeInt256,
  Bool: writeBool,
  true: (_value, position) => position,
  '#': writeUint,
}

type Values = Readonly<Record<string, unknown>>

/** One bit of a word of flags: the field that speaks for it, and all fields that share it. */
interface Bit {
  readonly mask: number
  readonly first: Given
  readonly others: readonly Given[]
  /** For people. */
  readonly keys: string
}

interface Given {
  readonly key: string
  /** The bit is its value. */
  readonly isBit: boolean
}

interface Step {
  readonly key: string
  /** The bits, if this is a word of flags. */
  readonly word: readonly Bit[] | undefined
  readonly isOptional: boolean
  /** Undefined: the bit is the value. */
  readonly write: Write | undefined
}

/** The writers of one schema. */
export class Writing {
  readonly #model: SchemaModel
  readonly #recursive: ReadonlySet<string>
  readonly #types = new Map<string, Write>()
  readonly #fields = new Map<Combinator, Write>()

  constructor(model: SchemaModel) {
    this.#model = model
    this.#recursive = recursiveTypes(model)
  }

  /** The writer of a type. `numeric`: its longs are numbers. */
  value(type: TypeRef, numeric: boolean): Write {
    switch (type._) {
      case 'primitive':
        return (numeric && type.name === 'long' ? writeLongNumber : PRIMITIVES[type.name]!) as Write
      case 'vector': {
        const item = this.value(type.item, numeric)
        const write = type.bare ? writeBareVector : writeVector
        return (items, position) => write(items as readonly unknown[], item, position)
      }
      case 'boxed':
        return this.#boxed(type.name)
      case 'bare':
        return this.#bare(this.#model.byName.get(type.name)!)
      case 'generic':
        return writeRaw as Write
    }
  }

  /** The writer of a combinator's fields without its id. The `query` of a method that wraps one is given as bytes. */
  fields(combinator: Combinator): Write {
    let write = this.#fields.get(combinator)
    if (write === undefined) {
      let compiled: Write | undefined
      write = (object, position) => {
        compiled ??= fieldsWriter(combinator, this, countsDepth(combinator, this.#recursive))
        return compiled(object, position)
      }
      this.#fields.set(combinator, write)
    }
    return write
  }

  #boxed(name: string): Write {
    const known = this.#types.get(name)
    if (known !== undefined) return known
    const constructors = new Map<unknown, { readonly id: number; readonly fields: Write }>()
    const write: Write = (object, position) => {
      const found = constructors.get(nameOf(object))
      if (found === undefined) noConstructor(object, name)
      return found.fields(object, writeId(found.id, position))
    }
    this.#types.set(name, write)
    for (const combinator of this.#model.types.get(name) ?? []) {
      constructors.set(combinator.name, { id: combinator.id, fields: this.fields(combinator) })
    }
    return write
  }

  #bare(combinator: Combinator): Write {
    const write = this.fields(combinator)
    return (object, position) => {
      if (nameOf(object) !== combinator.name) noConstructor(object, combinator.name)
      return write(object, position)
    }
  }
}

function nameOf(object: unknown): unknown {
  return (object as Values | null | undefined)?.['_']
}

function fieldsWriter({ name, fields }: Combinator, writing: Writing, recursive: boolean): Write {
  const steps = fields.map((field) => stepOf(field, fields, writing))
  const shared = steps.flatMap(({ word }) => word?.filter(({ others }) => others.length > 0) ?? [])
  return (given, position) => {
    const object = given as Values
    let pos = position
    let at = -1
    try {
      if (recursive) enter()
      for (const bit of shared) checkTogether(object, bit)
      for (at = 0; at < steps.length; at++) {
        const step = steps[at]!
        if (step.word !== undefined) pos = writeId(flagsOf(object, step.word), pos)
        else if (step.write !== undefined) {
          const item = object[step.key]
          if (!step.isOptional || item !== undefined) pos = step.write(item, pos)
        }
      }
      if (recursive) leave()
      return pos
    } catch (error) {
      throw located(error, `${name} ${steps[at]?.key}`, at < 0 ? 0 : 1)
    }
  }
}

function stepOf(field: Field, fields: readonly Field[], writing: Writing): Step {
  const { key, type, flag, numeric } = field
  const word = isWord(type)
  return {
    key,
    word: word ? bitsOf(field, fields) : undefined,
    isOptional: flag !== undefined,
    write: word || isBit(type) ? undefined : writing.value(type, numeric),
  }
}

function bitsOf(word: Field, fields: readonly Field[]): readonly Bit[] {
  const governed = fields.filter(({ flag }) => flag?.field === word.name)
  const numbers = new Set(governed.map(({ flag }) => flag!.bit))
  return [...numbers].map((bit) => {
    const sharing = governed.filter(({ flag }) => flag!.bit === bit)
    const [first, ...others] = sharing.map(({ key, type }): Given => ({ key, isBit: isBit(type) }))
    return { mask: 1 << bit, first: first!, others, keys: sharing.map(({ key }) => key).join(', ') }
  })
}

function flagsOf(object: Values, bits: readonly Bit[]): number {
  let word = 0
  for (const bit of bits) if (isGiven(object, bit.first)) word |= bit.mask
  return word
}

/** Half of the fields of one bit can't be written: the other side would take what follows for the rest of them. */
function checkTogether(object: Values, { first, others, keys }: Bit): void {
  const isFirstGiven = isGiven(object, first)
  for (const other of others) if (isGiven(object, other) !== isFirstGiven) tornFlag(keys)
}

function isGiven(object: Values, { key, isBit }: Given): boolean {
  return isBit ? object[key] === true : object[key] !== undefined
}
