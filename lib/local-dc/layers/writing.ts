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

/** Writes one value where the writer of core/tl is. */
export type Write = (value: never) => void
type WriteAny = (value: unknown) => void

export interface Writing {
  /** The writer of a type. `numeric`: its longs are numbers. */
  value(type: TypeRef, numeric: boolean): WriteAny
  /** The writer of a combinator's fields without its id. The `query` of a method that wraps one is given as bytes. */
  fields(combinator: Combinator): WriteAny
}

const PRIMITIVES: Readonly<Record<string, Write>> = {
  int: writeInt,
  long: writeLong,
  double: writeDouble,
  string: writeString,
  bytes: writeBytes,
  int128: writeInt128,
  int256: writeInt256,
  Bool: writeBool,
  true: () => {},
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
  readonly write: WriteAny | undefined
}

/** The writers of one schema. */
export function writingOf(model: SchemaModel): Writing {
  const recursive = recursiveTypes(model)
  const types = new Map<string, WriteAny>()
  const bodies = new Map<Combinator, WriteAny>()

  const value = (type: TypeRef, numeric: boolean): WriteAny => {
    switch (type._) {
      case 'primitive':
        return (numeric && type.name === 'long' ? writeLongNumber : PRIMITIVES[type.name]!) as WriteAny
      case 'vector': {
        const item = value(type.item, numeric)
        return (
          type.bare ? (items: never) => writeBareVector(items, item) : (items: never) => writeVector(items, item)
        ) as WriteAny
      }
      case 'boxed':
        return boxed(type.name)
      case 'bare':
        return bare(model.byName.get(type.name)!)
      case 'generic':
        return writeRaw as WriteAny
    }
  }

  const boxed = (name: string): WriteAny => {
    let write = types.get(name)
    if (write === undefined) {
      write = boxedWriter(name)
      types.set(name, write)
    }
    return write
  }

  const boxedWriter = (name: string): WriteAny => {
    const constructors = new Map<unknown, { readonly id: number; readonly body: WriteAny }>()
    for (const combinator of model.types.get(name) ?? []) {
      constructors.set(combinator.name, { id: combinator.id, body: fields(combinator) })
    }
    return (object) => {
      const found = constructors.get((object as Values | null | undefined)?.['_'])
      if (found === undefined) noConstructor(object, name)
      writeId(found.id)
      found.body(object)
    }
  }

  const bare = (combinator: Combinator): WriteAny => {
    const write = fields(combinator)
    return (object) => {
      if ((object as Values | null | undefined)?.['_'] !== combinator.name) noConstructor(object, combinator.name)
      write(object)
    }
  }

  const fields = (combinator: Combinator): WriteAny => {
    let write = bodies.get(combinator)
    if (write === undefined) {
      let compiled: WriteAny | undefined
      write = (object) => {
        compiled ??= fieldsWriter(combinator, value, countsDepth(combinator, recursive))
        compiled(object)
      }
      bodies.set(combinator, write)
    }
    return write
  }
  return { value, fields }
}

function fieldsWriter({ name, fields }: Combinator, writer: Writing['value'], recursive: boolean): WriteAny {
  const steps = fields.map((field) => stepOf(field, fields, writer))
  const shared = steps.flatMap(({ word }) => word?.filter(({ others }) => others.length > 0) ?? [])
  return (given) => {
    const object = given as Values
    let at = -1
    try {
      if (recursive) enter()
      for (const bit of shared) checkTogether(object, bit)
      for (at = 0; at < steps.length; at++) {
        const step = steps[at]!
        if (step.word !== undefined) writeId(flagsOf(object, step.word))
        else if (step.write !== undefined) {
          const item = object[step.key]
          if (!step.isOptional || item !== undefined) step.write(item)
        }
      }
      if (recursive) leave()
    } catch (error) {
      throw located(error, `${name} ${steps[at]?.key}`, at < 0 ? 0 : 1)
    }
  }
}

function stepOf(field: Field, fields: readonly Field[], writer: Writing['value']): Step {
  const { key, type, flag, numeric } = field
  const word = isWord(type)
  return {
    key,
    word: word ? bitsOf(field, fields) : undefined,
    isOptional: flag !== undefined,
    write: word || isBit(type) ? undefined : writer(type, numeric),
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
