/** What codecs and translating ask about a schema's fields. */
import type { TypeRef } from '../../core/schema/model.ts'

/** Whether a field of that type is a word of flags. */
export function isWord(type: TypeRef): boolean {
  return type._ === 'primitive' && type.name === '#'
}

/** Whether a field of that type is only a bit of a word of flags. */
export function isBit(type: TypeRef): boolean {
  return type._ === 'primitive' && type.name === 'true'
}
