/**
 * Objects of one schema as objects of another, by the names of constructors and fields. Fields that the other lacks
 * are dropped, required ones that it alone has get zeros; what else differs is told by tables.
 *
 * Like the codec it is closures, made when first needed; types that mean the same in both schemas are passed as they
 * are.
 */
import { UsageError } from '../../core/errors.ts'
import type { Combinator, Field, SchemaModel, TypeRef } from '../../core/schema/model.ts'
import type { Params, TlObject } from './codec.ts'
import { isBit, isWord } from './fields.ts'
import { type Place, primitiveConversion } from './primitive-conversion.ts'
import { unchangedTypes } from './unchanged-types.ts'
import { LOST, type Zeros, zerosOf } from './zeros.ts'

/** A value of the other schema, or LOST. */
export type Convert = (value: unknown) => unknown

/**
 * An object of a constructor of the other schema in place of this one, or undefined: as it is. Its parts are still to be
 * translated. `type` is what is expected at its place.
 */
export type Converter = (value: TlObject, type: string, to: SchemaModel) => TlObject | undefined

/** What to make of an object that can't be had: a constructor of the same type that keeps the fields they share, or an object. */
export type StandIn = string | ((value: TlObject) => TlObject)

/** A look at an object as a whole: `direct` converts it field by field, `part` gives the converter of any type. */
export type Guard = (value: TlObject, direct: Convert, part: (type: string) => Convert) => unknown

export interface Tables {
  /** By constructor: asked first. */
  readonly converters: Readonly<Record<string, Converter>>
  /** By constructor, then by type: for what the other schema lacks or can't hold. */
  readonly standIns: Readonly<Record<string, StandIn>>
  /** By constructor. */
  readonly guards: Readonly<Record<string, Guard>>
  /** Whether what can't be had may be left out: a flag cleared, an element missing. If not, all of the value is lost. */
  readonly leaveOut: boolean
  /** Whether objects name their absent fields too, as those that are read do. Those that are written need not. */
  readonly nameAbsent: boolean
}

/** Deeper than any value that a codec reads or writes: only a value that contains itself gets there. */
const MAX_DEPTH = 300

interface Step {
  readonly key: string
  readonly isOptional: boolean
  /** What says that an optional field is not there. */
  readonly absent: false | undefined
  /** Whether the source must have a value here as well: if it has none, the writer refuses it. */
  readonly isRequired: boolean
  /** Undefined: the source has nothing for this field. */
  readonly convert: Convert | undefined
  readonly zero: () => unknown
}

/** Fields that share a bit: all of them are there, or none. */
interface Tie {
  readonly bits: readonly string[]
  readonly values: readonly Step[]
}

/** Translates objects of `from` to objects of `to`. */
export class Translation {
  readonly #from: SchemaModel
  readonly #to: SchemaModel
  readonly #tables: Tables
  readonly #unchanged: ReadonlySet<string>
  readonly #zeros: Zeros
  readonly #types = new Map<string, Convert>()
  readonly #made = new Map<Combinator, Convert>()
  #depth = 0
  #lost: string | undefined

  constructor(from: SchemaModel, to: SchemaModel, tables: Tables) {
    this.#from = from
    this.#to = to
    this.#tables = tables
    this.#unchanged = unchangedTypes(from, to)
    this.#zeros = zerosOf(to)
  }

  /** How values become values of that type of the other schema, or LOST. */
  value(type: TypeRef): Convert {
    return this.#whole(this.#conversion(undefined, { type, numeric: false })!)
  }

  /** How the params of a call do. `source`: the method that they were read as; undefined if they were made for `target`. */
  params(source: Combinator | undefined, target: Combinator): (params: Params) => Params | typeof LOST {
    return this.#whole(this.#fields(source, target)) as (params: Params) => Params | typeof LOST
  }

  /** The constructor that made the last value LOST. */
  get lost(): string | undefined {
    return this.#lost
  }

  #whole(convert: Convert): Convert {
    return (value) => {
      this.#depth = 0
      this.#lost = undefined
      return convert(value)
    }
  }

  /** Undefined: a value of the one can't be a value of the other. `source` undefined: it was made for `to`. */
  #conversion(source: Place | undefined, target: Place): Convert | undefined {
    const { type } = target
    if (source !== undefined && source.type._ !== type._) return undefined
    switch (type._) {
      case 'primitive':
        return source === undefined ? same : primitiveConversion(source, target)
      case 'vector': {
        const inner = source?.type._ === 'vector' ? { ...source, type: source.type.item } : undefined
        const item = this.#conversion(inner, { ...target, type: type.item })
        const { leaveOut } = this.#tables
        return item === undefined || item === same ? item : (items) => convertItems(items, item, leaveOut)
      }
      case 'boxed':
        return this.#boxed(type.name)
      case 'bare': {
        const combinator = source?.type._ === 'bare' ? this.#from.byName.get(source.type.name) : undefined
        return this.#fields(combinator, this.#to.byName.get(type.name)!)
      }
      case 'generic':
        return same
    }
  }

  #boxed(type: string): Convert {
    if (this.#unchanged.has(type)) return same
    return cached(this.#types, type, () => this.#boxedConversion(type))
  }

  #boxedConversion(type: string): Convert {
    const routes = new Map<string, Convert>()
    return (value) => {
      // What neither schema knows is a mistake of whoever made it: the writer says so.
      if (!isObject(value) || !(this.#from.byName.has(value._) || this.#to.byName.has(value._))) return value
      const route = cached(routes, value._, () => this.#route(value._, type))
      if (++this.#depth > MAX_DEPTH) {
        throw new UsageError(`expected ${type} with an end, got a value that contains itself`)
      }
      const result = route(value)
      this.#depth--
      return result
    }
  }

  /** All that can become of a constructor where that type is expected, in the order of preference. */
  #route(name: string, type: string): Convert {
    const converter = this.#tables.converters[name]
    const direct = this.#direct(name, type)
    const standIn = this.#standIn(name, type)
    return (given) => {
      const value = given as TlObject
      const other = converter?.(value, type, this.#to)
      if (other !== undefined) return this.#parts(other, type)
      const result = direct === undefined ? LOST : direct(value)
      if (result !== LOST) return result
      const instead = standIn?.(value) ?? LOST
      if (instead === LOST) this.#lost ??= name
      return instead
    }
  }

  #direct(name: string, type: string): Convert | undefined {
    const target = this.#target(name, type)
    if (target === undefined) return undefined
    const direct = this.#fields(constructorOf(this.#from, name), target)
    const guard = this.#tables.guards[name]
    if (guard === undefined) return direct
    return (value) => guard(value as TlObject, direct, (part) => this.#boxed(part))
  }

  #standIn(name: string, type: string): Convert | undefined {
    const entry = this.#tables.standIns[name] ?? this.#tables.standIns[type]
    if (entry === undefined || entry === name) return undefined
    if (typeof entry === 'function') return (value) => this.#boxed(type)(entry(value as TlObject))
    const target = this.#target(entry, type)
    return target === undefined ? undefined : this.#fields(constructorOf(this.#from, name), target)
  }

  /** An object that is of `to` already, but not what is in it. */
  #parts(value: TlObject, type: string): unknown {
    const target = this.#target(value._, type)
    return target === undefined ? LOST : cached(this.#made, target, () => this.#fields(undefined, target))(value)
  }

  #target(name: string, type: string): Combinator | undefined {
    return this.#to.types.get(type)?.find((combinator) => combinator.name === name)
  }

  #fields(source: Combinator | undefined, target: Combinator): Convert {
    let steps: readonly Step[] | undefined
    let ties: readonly Tie[] = []
    const { kind, name } = target
    const { leaveOut, nameAbsent } = this.#tables
    return (given) => {
      if (steps === undefined) {
        steps = target.fields.filter(isValue).map((field) => this.#step(source, field))
        ties = tiesOf(target, steps)
      }
      const value = given as Params
      const object: Record<string, unknown> = kind === 'constructor' ? { _: name } : {}
      for (const step of steps) {
        const result = convertField(value[step.key], step, leaveOut)
        if (result === LOST) return LOST
        // Wide objects are what this costs: a user has sixty fields, of which five are there.
        if (nameAbsent || result !== step.absent) object[step.key] = result
      }
      for (const tie of ties) settle(value, object, tie)
      return object
    }
  }

  #step(source: Combinator | undefined, field: Field): Step {
    const { key, type, flag, numeric } = field
    const origin = source?.fields.find((candidate) => candidate.key === key)
    const isOptional = flag !== undefined
    const convert = source !== undefined && origin === undefined ? undefined : this.#conversion(origin, field)
    return {
      key,
      isOptional,
      absent: isBit(type) ? false : undefined,
      convert,
      isRequired: !isOptional && origin !== undefined && origin.flag === undefined && convert !== undefined,
      zero: () => this.#zeros.value(type, numeric),
    }
  }
}

function cached<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key)
  if (value === undefined) {
    value = make()
    map.set(key, value)
  }
  return value
}

/** Whether objects have the field. The call inside a wrapper is not among its params. */
function isValue({ type }: Field): boolean {
  return !isWord(type) && type._ !== 'generic'
}

function same(value: unknown): unknown {
  return value
}

function isObject(value: unknown): value is TlObject {
  return typeof (value as TlObject | null | undefined)?._ === 'string'
}

function constructorOf(model: SchemaModel, name: string): Combinator | undefined {
  const combinator = model.byName.get(name)
  return combinator?.kind === 'constructor' ? combinator : undefined
}

function convertItems(items: unknown, convert: Convert, leaveOut: boolean): unknown {
  if (!Array.isArray(items)) return items
  const converted: unknown[] = []
  for (const item of items) {
    const result = convert(item)
    if (result !== LOST) converted.push(result)
    else if (!leaveOut) return LOST
  }
  return converted
}

function convertField(value: unknown, step: Step, leaveOut: boolean): unknown {
  if (step.convert === undefined || value === undefined) {
    if (step.isOptional) return step.absent
    return step.isRequired ? undefined : step.zero()
  }
  const result = step.convert(value)
  return result === LOST && leaveOut && step.isOptional ? step.absent : result
}

function tiesOf(target: Combinator, steps: readonly Step[]): readonly Tie[] {
  const groups = new Map<string, { bits: string[]; values: Step[] }>()
  for (const { key, type, flag } of target.fields) {
    if (flag === undefined) continue
    const name = `${flag.field}.${flag.bit}`
    const group = groups.get(name) ?? { bits: [], values: [] }
    groups.set(name, group)
    if (isBit(type)) group.bits.push(key)
    else group.values.push(steps.find((step) => step.key === key)!)
  }
  return [...groups.values()].filter(({ bits, values }) => values.length > 0 && bits.length + values.length > 1)
}

/** Makes the fields of one bit agree: what has no value gets its zero, but if a value was lost all of them go. */
function settle(given: Params, object: Record<string, unknown>, { bits, values }: Tie): void {
  const isSet = bits.some((key) => object[key] === true) || values.some(({ key }) => object[key] !== undefined)
  if (!isSet) return
  const missing = values.filter(({ key }) => object[key] === undefined)
  const zeros = missing.map(({ key, convert, zero }) => (convert && given[key] !== undefined ? LOST : zero()))
  const isLost = zeros.includes(LOST)
  for (const key of bits) object[key] = !isLost
  if (isLost) for (const { key } of values) object[key] = undefined
  else
    missing.forEach(({ key }, index) => {
      object[key] = zeros[index]
    })
}
