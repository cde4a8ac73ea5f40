/** Values without constructors from one schema to another. */
import type { TypeRef } from '../../core/schema/model.ts'
import { LOST } from './zeros.ts'

/** What a value is expected to be. */
export interface Place {
  readonly type: TypeRef
  /** Its longs are numbers. */
  readonly numeric: boolean
}

/** How a value of one primitive becomes one of another; undefined: in no way that keeps its meaning. */
export function primitiveConversion(source: Place, target: Place): ((value: unknown) => unknown) | undefined {
  const from = kindOf(source)
  const to = kindOf(target)
  if (from === to) return (value) => value
  if (to === 'bigint' && (from === 'int' || from === 'number')) return (value) => toBigint(value)
  if (to === 'number' && from === 'int') return (value) => value
  if (to === 'number' && from === 'bigint') return (value) => toNumber(value, Number.isSafeInteger)
  if (to === 'int' && (from === 'bigint' || from === 'number')) return (value) => toNumber(value, isInt)
  return undefined
}

/** What the value is in JavaScript, as far as it matters. `Bool` and a mere bit are both booleans. */
function kindOf({ type, numeric }: Place): string {
  if (type._ !== 'primitive') return type._
  if (type.name === 'long') return numeric ? 'number' : 'bigint'
  return type.name === 'true' ? 'Bool' : type.name
}

function toBigint(value: unknown): unknown {
  return Number.isSafeInteger(value) ? BigInt(value as number) : value
}

function toNumber(value: unknown, fits: (value: number) => boolean): unknown {
  if (typeof value !== 'bigint' && typeof value !== 'number') return value
  const number = Number(value)
  return fits(number) ? number : LOST
}

function isInt(value: number): boolean {
  return (value | 0) === value
}
