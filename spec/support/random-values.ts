import type { Request } from '../../lib/core/invoker.ts'
import type { Combinator, Field, SchemaModel, TypeRef } from '../../lib/core/schema/model.ts'

/** An object of some schema, in the shape that decoding gives: every field is a property. */
export interface TlObject {
  readonly _: string
  readonly [key: string]: unknown
}

export interface RandomValues {
  /** An object of that constructor, or of a method: its parameters under its name. */
  object(combinator: Combinator): TlObject
  /** A value of that type. */
  value(type: TypeRef, numeric?: boolean): unknown
}

export interface RandomOptions {
  /** How likely a flag bit is set; 1 sets all of them, as long as the value is not too deep. */
  readonly flags?: number
  /** How deep values may be nested before they get as small as their types allow. */
  readonly depth?: number
  /** What stands for a call inside another one. */
  readonly query?: () => Request<unknown>
}

/** A deterministic source of numbers from 0 to 1. */
export function seeded(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** Random values of a schema: every field that the schema has, none that it has not. */
export function randomValues(model: SchemaModel, random: () => number, options: RandomOptions = {}): RandomValues {
  const { flags = 0.5, depth = 4, query = () => nothingAsked } = options
  const cheapest = cheapestConstructors(model)
  let level = 0

  const below = (limit: number): number => Math.floor(random() * limit)
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!

  const value = (type: TypeRef, numeric = false): unknown => {
    switch (type._) {
      case 'primitive':
        return type.name === 'long' && numeric ? randomId(below, pick) : randomPrimitive(type.name, below, pick)
      case 'vector':
        return Array.from({ length: level > depth ? 0 : below(4) }, () => value(type.item, numeric))
      case 'boxed':
        return object(level > depth ? cheapest.get(type.name)! : pick(model.types.get(type.name)!))
      case 'bare':
        return object(model.byName.get(type.name)!)
      case 'generic':
        return query()
    }
  }

  const object = (combinator: Combinator): TlObject => {
    level++
    const set = new Set<string>()
    for (const field of combinator.fields) {
      if (field.flag !== undefined && level <= depth && random() < flags) set.add(bitOf(field))
    }
    const entries = combinator.fields
      .filter(({ type }) => !(type._ === 'primitive' && type.name === '#'))
      .map((field): [string, unknown] => {
        const isSet = field.flag === undefined || set.has(bitOf(field))
        if (field.type._ === 'primitive' && field.type.name === 'true') return [field.key, isSet]
        return [field.key, isSet ? value(field.type, field.numeric) : undefined]
      })
    level--
    return { _: combinator.name, ...Object.fromEntries(entries) }
  }

  return { object, value }
}

const nothingAsked: Request<unknown> = {
  method: 'nothing',
  params: {},
  write: (_params, at) => at,
  read: () => undefined,
}

function bitOf(field: Field): string {
  return `${field.flag?.field}.${field.flag?.bit}`
}

/** Of each type the constructor that needs the least nesting, so that every value ends. */
function cheapestConstructors(model: SchemaModel): ReadonlyMap<string, Combinator> {
  const heights = new Map<string, number>()
  const found = new Map<string, Combinator>()
  const heightOf = (type: TypeRef): number => {
    if (type._ === 'boxed') return heights.get(type.name) ?? Number.POSITIVE_INFINITY
    return type._ === 'bare' ? combinatorHeight(model.byName.get(type.name)!) : 0
  }
  const combinatorHeight = ({ fields }: Combinator): number =>
    1 + Math.max(0, ...fields.filter(({ flag }) => flag === undefined).map(({ type }) => heightOf(type)))
  for (let changed = true; changed; ) {
    changed = false
    for (const [name, constructors] of model.types) {
      for (const combinator of constructors) {
        const height = combinatorHeight(combinator)
        if (height >= (heights.get(name) ?? Number.POSITIVE_INFINITY)) continue
        heights.set(name, height)
        found.set(name, combinator)
        changed = true
      }
    }
  }
  return found
}

type Below = (limit: number) => number
type Pick = <T>(list: readonly T[]) => T

function randomPrimitive(name: string, below: Below, pick: Pick): unknown {
  switch (name) {
    case 'int':
      return pick([0, 1, -1, 2 ** 31 - 1, -(2 ** 31), below(2 ** 32) - 2 ** 31])
    case '#':
      return pick([0, 1, 2 ** 32 - 1, below(2 ** 32)])
    case 'long':
      return pick([0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), BigInt(below(2 ** 32)) * BigInt(below(2 ** 31))])
    case 'double':
      return pick([0, 1.5, -2.25, 1e300, below(1000) / 7])
    case 'string':
      return randomText(below, pick)
    case 'bytes':
      return randomBytes(pick([0, 1, 3, 4, 17, below(64), below(64), 253, 254]), below)
    case 'int128':
      return randomBytes(16, below)
    case 'int256':
      return randomBytes(32, below)
    default:
      return below(2) === 1
  }
}

function randomId(below: Below, pick: Pick): number {
  return pick([0, 1, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, below(2 ** 40), 1e12 + below(1e9)])
}

const WORDS = ['hello', 'Привет', 'שלום', '你好', '👍🏽', '\ufeff', 'e\u0301', '\u0000', 'x'.repeat(20), 'ü'.repeat(90)]

function randomText(below: Below, pick: Pick): string {
  return Array.from({ length: below(4) }, () => pick(WORDS)).join(' ')
}

function randomBytes(length: number, below: Below): Uint8Array {
  return Uint8Array.from({ length }, () => below(256))
}
