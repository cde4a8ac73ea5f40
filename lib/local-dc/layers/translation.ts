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
import { LOST, zerosOf } from './zeros.ts'

/** A value of the other schema, or LOST. */
export type Convert = (value: unknown) => unknown

/** Another object in place of this one, or undefined: as it is. `type` is what is expected at its place. */
export type Converter = (value: TlObject, type: string, to: SchemaModel) => TlObject | undefined

/** What to make of an object that can't be had: a constructor of the same type that keeps the fields they share, or an object. */
export type StandIn = string | ((value: TlObject) => TlObject | undefined)

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
}

export interface Translation {
  /** Values as values of that type of the other schema, or LOST. */
  value(type: TypeRef): Convert
  /** The fields of a call. `from`: the method that they were read as, or undefined if they were made for `to`. */
  params(from: Combinator | undefined, to: Combinator): (params: Params) => Params | typeof LOST
  /** The constructor that made the last value LOST. */
  lost(): string | undefined
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

/** The translation of `from`'s objects to `to`'s. */
export function translation(from: SchemaModel, to: SchemaModel, tables: Tables): Translation {
  const unchanged = unchangedTypes(from, to)
  const zeros = zerosOf(to)
  const types = new Map<string, Convert>()
  let depth = 0
  let lost: string | undefined

  /** Undefined: a value of the one can't be a value of the other. `source` undefined: it was made for `to`. */
  const conversion = (source: Place | undefined, target: Place): Convert | undefined => {
    const { type } = target
    if (source !== undefined && source.type._ !== type._) return undefined
    switch (type._) {
      case 'primitive':
        return source === undefined ? same : primitiveConversion(source, target)
      case 'vector': {
        const inner = source?.type._ === 'vector' ? { ...source, type: source.type.item } : undefined
        const item = conversion(inner, { ...target, type: type.item })
        return item === undefined || item === same ? item : (items) => convertItems(items, item, tables.leaveOut)
      }
      case 'boxed':
        return boxed(type.name)
      case 'bare':
        return fields(
          source?.type._ === 'bare' ? from.byName.get(source.type.name) : undefined,
          to.byName.get(type.name)!,
        )
      case 'generic':
        return same
    }
  }

  const boxed = (type: string): Convert => {
    if (unchanged.has(type)) return same
    let convert = types.get(type)
    if (convert === undefined) {
      convert = boxedConversion(type)
      types.set(type, convert)
    }
    return convert
  }

  const boxedConversion = (type: string): Convert => {
    const routes = new Map<string, Convert>()
    return (value) => {
      if (!isObject(value)) return value
      let route = routes.get(value._)
      if (route === undefined) {
        // What neither schema knows is a mistake of whoever made it: the writer says so.
        if (!from.byName.has(value._) && !to.byName.has(value._)) return value
        route = routeOf(value._, type)
        routes.set(value._, route)
      }
      if (++depth > MAX_DEPTH) throw new UsageError(`expected ${type} with an end, got a value that contains itself`)
      const result = route(value)
      depth--
      return result
    }
  }

  const routeOf = (name: string, type: string): Convert => {
    const converter = tables.converters[name]
    const guard = tables.guards[name]
    const target = (to.types.get(type) ?? []).find((combinator) => combinator.name === name)
    const plain = target === undefined ? undefined : fields(constructorOf(from, name), target)
    const direct =
      plain === undefined || guard === undefined ? plain : (v: unknown) => guard(v as TlObject, plain, boxed)
    const standIn = standInOf(name, type)
    return (given) => {
      const value = given as TlObject
      const other = converter?.(value, type, to)
      if (other !== undefined) return boxed(type)(other)
      const result = direct === undefined ? LOST : direct(value)
      if (result !== LOST) return result
      const instead = standIn?.(value) ?? LOST
      if (instead === LOST) lost ??= name
      return instead
    }
  }

  const standInOf = (name: string, type: string): Convert | undefined => {
    const entry = tables.standIns[name] ?? tables.standIns[type]
    if (entry === undefined || entry === name) return undefined
    if (typeof entry === 'function') {
      return (value) => {
        const other = entry(value as TlObject)
        return other === undefined ? LOST : boxed(type)(other)
      }
    }
    const target = (to.types.get(type) ?? []).find((combinator) => combinator.name === entry)
    return target === undefined ? undefined : fields(constructorOf(from, name), target)
  }

  const fields = (source: Combinator | undefined, target: Combinator): Convert => {
    let steps: readonly Step[] | undefined
    let ties: readonly Tie[] = []
    const name = target.kind === 'constructor' ? { _: target.name } : {}
    return (given) => {
      if (steps === undefined) {
        steps = target.fields.filter(isValue).map((field) => stepOf(source, field))
        ties = tiesOf(target, steps)
      }
      const value = given as Params
      const object: Record<string, unknown> = { ...name }
      for (const step of steps) {
        const result = convertField(value[step.key], step, tables.leaveOut)
        if (result === LOST) return LOST
        object[step.key] = result
      }
      for (const tie of ties) settle(value, object, tie)
      return object
    }
  }

  const stepOf = (source: Combinator | undefined, field: Field): Step => {
    const { key, type, flag, numeric } = field
    const origin = source?.fields.find((candidate) => candidate.key === key)
    const isOptional = flag !== undefined
    const convert = source !== undefined && origin === undefined ? undefined : conversion(origin, field)
    return {
      key,
      isOptional,
      absent: isBit(type) ? false : undefined,
      convert,
      isRequired: !isOptional && origin !== undefined && origin.flag === undefined && convert !== undefined,
      zero: () => zeros.value(type, numeric),
    }
  }

  const whole = (convert: Convert): Convert => {
    return (value) => {
      depth = 0
      lost = undefined
      return convert(value)
    }
  }
  return {
    value: (type) => whole(conversion(undefined, { type, numeric: false })!),
    params: (source, target) => whole(fields(source, target)) as (params: Params) => Params | typeof LOST,
    lost: () => lost,
  }
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
