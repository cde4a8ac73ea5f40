/** What stands in a required field that the one who made the object does not know. */
import type { Combinator, SchemaModel, TypeRef } from '../../core/schema/model.ts'
import type { TlObject } from './codec.ts'
import { isBit, isWord } from './fields.ts'

/** No value: what is wanted can't be made. */
export const LOST: unique symbol = Symbol('lost')

export interface Zeros {
  /** The zero of a type, or LOST. `numeric`: its longs are numbers. */
  value(type: TypeRef, numeric: boolean): unknown
  /** The constructor that stands for nothing in a type. */
  constructorOf(type: string): Combinator | undefined
}

/** What a constructor costs that says something other than "nothing here": it is only better than none at all. */
const MISLEADING = 1000

/** The zeros of one schema: 0, '', nothing, false, empty, and of a boxed type the constructor that says least. */
export function zerosOf(model: SchemaModel): Zeros {
  let least: ReadonlyMap<string, Combinator> | undefined

  const constructorOf = (type: string): Combinator | undefined => {
    least ??= leastConstructors(model)
    return least.get(type)
  }

  const value = (type: TypeRef, numeric: boolean): unknown => {
    switch (type._) {
      case 'primitive':
        return primitiveZero(type.name, numeric)
      case 'vector':
        return []
      case 'boxed': {
        const combinator = constructorOf(type.name)
        return combinator === undefined ? LOST : objectZero(combinator)
      }
      case 'bare':
        return objectZero(model.byName.get(type.name)!)
      case 'generic':
        return LOST
    }
  }

  const objectZero = (combinator: Combinator): TlObject => {
    const object: Record<string, unknown> & { _: string } = { _: combinator.name }
    for (const { key, type, flag, numeric } of combinator.fields) {
      if (flag === undefined && !isWord(type)) object[key] = value(type, numeric)
      else if (flag !== undefined) object[key] = isBit(type) ? false : undefined
    }
    return object
  }
  return { value, constructorOf }
}

function primitiveZero(name: string, numeric: boolean): unknown {
  switch (name) {
    case 'long':
      return numeric ? 0 : 0n
    case 'string':
      return ''
    case 'bytes':
      return new Uint8Array(0)
    case 'int128':
      return new Uint8Array(16)
    case 'int256':
      return new Uint8Array(32)
    case 'Bool':
      return false
    case 'true':
      return true
    default:
      return 0
  }
}

/**
 * The constructor with the least in it, for every type that has a finite value. Costs fall from infinity to their
 * least fixed point, so a type that contains itself gets a constructor that does not.
 */
function leastConstructors(model: SchemaModel): ReadonlyMap<string, Combinator> {
  const least = new Map<string, Combinator>()
  const costs = new Map<string, number>()
  for (let changed = true; changed; ) {
    changed = false
    for (const [type, constructors] of model.types) {
      for (const combinator of constructors) {
        const cost = costOf(combinator, model, costs)
        if (cost >= (costs.get(type) ?? Number.POSITIVE_INFINITY)) continue
        costs.set(type, cost)
        least.set(type, combinator)
        changed = true
      }
    }
  }
  return least
}

function costOf(combinator: Combinator, model: SchemaModel, costs: ReadonlyMap<string, number>): number {
  let cost = nameCost(combinator.name)
  for (const { type, flag } of combinator.fields) {
    if (flag === undefined && !isWord(type)) cost += 1 + typeCost(type, model, costs)
  }
  return cost
}

function typeCost(type: TypeRef, model: SchemaModel, costs: ReadonlyMap<string, number>): number {
  if (type._ === 'boxed') return costs.get(type.name) ?? Number.POSITIVE_INFINITY
  if (type._ !== 'bare') return type._ === 'generic' ? Number.POSITIVE_INFINITY : 0
  const combinator = model.byName.get(type.name)!
  return costs.get(combinator.result._ === 'boxed' ? combinator.result.name : '') ?? Number.POSITIVE_INFINITY
}

/** Names that say "nothing" are best. One that says "as before" claims what nobody knows. */
function nameCost(name: string): number {
  if (name.endsWith('NotModified')) return MISLEADING
  return /(Empty|Unsupported|Unknown|None|Default)$/.test(name) ? 0 : 1
}
