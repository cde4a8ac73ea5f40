/** What reading, writing and translating ask about a schema's fields. */
import type { Combinator, TypeRef } from '../../core/schema/model.ts'

/** Whether a field of that type is a word of flags. */
export function isWord(type: TypeRef): boolean {
  return type._ === 'primitive' && type.name === '#'
}

/** Whether a field of that type is only a bit of a word of flags. */
export function isBit(type: TypeRef): boolean {
  return type._ === 'primitive' && type.name === 'true'
}

/** Whether the combinator's depth has to be counted, given the types that can contain themselves. What is empty ends the nesting anyway. */
export function countsDepth({ kind, fields, result }: Combinator, recursive: ReadonlySet<string>): boolean {
  return kind === 'constructor' && fields.length > 0 && result._ === 'boxed' && recursive.has(result.name)
}
