/** Declarations as the lines of core/tl/compact. */
import type { Combinator, Field, SchemaModel, TypeRef } from '../lib/core/schema/model.ts'
import { compact, constructorOf, methodOf, ownName } from '../lib/core/tl/compact.ts'
import { idText } from '../lib/core/tl/ids.ts'
import { primitiveLetter } from '../lib/core/tl/primitives.ts'
import { isFlags, isTrue } from './fields.ts'

/** The lines of a type's constructors, and the TL names of the types that they name, in the order of their letters. */
export function typeText(
  name: string,
  constructors: readonly Combinator[],
  model: SchemaModel,
): { readonly text: string; readonly parts: readonly string[] } {
  const parts: string[] = []
  const lines = constructors.map((combinator) => {
    const fields = fieldsText(combinator, parts, model)
    const own = ownName(name)
    const head = combinator.name.startsWith(own) ? `~${combinator.name.slice(own.length)}` : combinator.name
    const line = [head, ...fields].join(' ')
    const { id } = constructorOf(line, name, empty(parts), false)
    return id === (combinator.id | 0) ? line : [`${head}${idText(combinator.id)}`, ...fields].join(' ')
  })
  return { text: lines.join(';'), parts }
}

/** The line of a method, and `id` if it has to be told. */
export function methodText(
  method: Combinator,
  model: SchemaModel,
): { readonly text: string; readonly parts: readonly string[]; readonly isOddId: boolean } {
  const parts: string[] = []
  const fields = fieldsText(method, parts, model)
  const result = method.result._ === 'generic' ? '!' : letters(method.result, false, parts, model)
  const { id } = methodOf(method.name, fields.join(' '), result, empty(parts), undefined)
  return { text: [...fields, `=${result}`].join(' '), parts, isOddId: id !== (method.id | 0) }
}

function empty(parts: readonly string[]): ReturnType<typeof compact>[] {
  return parts.map((part) => compact(part, ''))
}

function fieldsText(combinator: Combinator, parts: string[], model: SchemaModel): string[] {
  const words: string[] = []
  let last = -1
  return combinator.fields.map((field) => {
    if (!isFlags(field)) {
      const flag = flagText(field, words, last)
      last = field.flag?.bit ?? last
      return `${field.key}:${flag}${fieldLetters(field, parts, model)}`
    }
    words.push(field.name)
    return field.name === 'flags' ? '#' : `${field.name}#`
  })
}

/** `last` is the bit of the field before: mostly the next one follows. */
function flagText({ flag }: Field, words: readonly string[], last: number): string {
  if (flag === undefined) return ''
  return '+'.repeat(words.indexOf(flag.field)) + (flag.bit === last + 1 ? '.' : flag.bit)
}

function fieldLetters(field: Field, parts: string[], model: SchemaModel): string {
  return isTrue(field) ? '' : letters(field.type, field.numeric, parts, model)
}

function letters(type: TypeRef, numeric: boolean, parts: string[], model: SchemaModel): string {
  switch (type._) {
    case 'primitive':
      return numeric && type.name === 'long' ? 'n' : primitiveLetter(type.name)!
    case 'vector':
      return (type.bare ? '~' : '*') + letters(type.item, numeric, parts, model)
    case 'boxed':
      return letterOf(type.name, parts)
    case 'bare': {
      const { result } = model.byName.get(type.name)!
      return `%${letterOf(result._ === 'boxed' ? result.name : type.name, parts)}${type.name}`
    }
    case 'generic':
      return '!'
  }
}

/** See `partOf` of core/tl/compact. */
function letterOf(type: string, parts: string[]): string {
  if (!parts.includes(type)) parts.push(type)
  const index = parts.indexOf(type)
  return String.fromCharCode(index < 26 ? 65 + index : 166 + index)
}
