import type { Combinator, Field, SchemaModel, TypeRef } from '../../../lib/core/schema/model.ts'
import { isBit, isWord } from '../../../lib/local-dc/layers/fields.ts'
import { zerosOf } from '../../../lib/local-dc/layers/zeros.ts'

/** Random values of a schema, the same for the same seed. */
export interface RandomValues {
  /** An object of that constructor, or the params of that method (without the call inside a wrapper). */
  object(combinator: Combinator): Record<string, unknown>
  value(type: TypeRef, numeric: boolean): unknown
  /** A whole number from 0 up to `limit`, excluded. */
  below(limit: number): number
}

/** Deeper than that, values say as little as they can. */
const DEPTH = 3

const TEXTS = ['', 'a', 'text', 'ünïcödé', 'שלום', '👨‍👩‍👧', 'x'.repeat(253), 'y'.repeat(300)]

export function randomValues(model: SchemaModel, seed: number): RandomValues {
  const zeros = zerosOf(model)
  let state = seed >>> 0

  /** Mulberry32: small, and good enough to draw values. */
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return (t ^ (t >>> 14)) >>> 0
  }
  const below = (limit: number): number => next() % limit
  const long = (): bigint => BigInt.asIntN(64, (BigInt(next()) << 32n) | BigInt(next()))
  const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => below(256))

  const primitive = (name: string, numeric: boolean): unknown => {
    switch (name) {
      case 'int':
        return next() | 0
      case 'long':
        return numeric ? below(2 ** 20) * 2 ** 32 + next() : long()
      case 'double':
        return next() / 1000
      case 'string':
        return TEXTS[below(TEXTS.length)]
      case 'bytes':
        return bytes(below(9))
      case 'int128':
        return bytes(16)
      case 'int256':
        return bytes(32)
      case 'Bool':
        return below(2) === 1
      default:
        return true
    }
  }

  const value = (type: TypeRef, numeric: boolean, depth = 0): unknown => {
    switch (type._) {
      case 'primitive':
        return primitive(type.name, numeric)
      case 'vector':
        return Array.from({ length: depth > DEPTH ? 0 : below(3) }, () => value(type.item, numeric, depth + 1))
      case 'boxed': {
        const constructors = model.types.get(type.name)!
        const least = zeros.constructorOf(type.name)!
        return object(depth > DEPTH ? least : constructors[below(constructors.length)]!, depth + 1)
      }
      case 'bare':
        return object(model.byName.get(type.name)!, depth + 1)
      case 'generic':
        throw new Error('a call inside another is not random')
    }
  }

  const object = (combinator: Combinator, depth = 0): Record<string, unknown> => {
    const given = new Map<string, boolean>()
    const isGiven = ({ flag }: Field): boolean => {
      if (flag === undefined) return true
      const bit = `${flag.field}.${flag.bit}`
      if (!given.has(bit)) given.set(bit, depth <= DEPTH && below(2) === 1)
      return given.get(bit)!
    }
    const result: Record<string, unknown> = combinator.kind === 'constructor' ? { _: combinator.name } : {}
    for (const field of combinator.fields) {
      if (isWord(field.type) || field.type._ === 'generic') continue
      if (isBit(field.type)) result[field.key] = isGiven(field)
      else result[field.key] = isGiven(field) ? value(field.type, field.numeric, depth + 1) : undefined
    }
    return result
  }
  return { object, value, below }
}
