/** What the emitters ask about fields. */
import type { Combinator, Field } from '../lib/core/schema/model.ts'

/** The fields that objects have: all but the words of flags. */
export function valueFields(combinator: Combinator): Field[] {
  return combinator.fields.filter((field) => !isFlags(field))
}

/** Whether the field is a word of flags. */
export function isFlags(field: Field): boolean {
  return field.type._ === 'primitive' && field.type.name === '#'
}

/** Whether the field is a mere bit. */
export function isTrue(field: Field): boolean {
  return field.type._ === 'primitive' && field.type.name === 'true'
}

/** The groups of fields that share one bit of one word, where there is more than one. */
export function tiedFields(combinator: Combinator): Field[][] {
  const groups = new Map<string, Field[]>()
  for (const field of combinator.fields) {
    if (field.flag === undefined) continue
    const bit = `${field.flag.field}.${field.flag.bit}`
    const group = groups.get(bit)
    if (group === undefined) groups.set(bit, [field])
    else group.push(field)
  }
  return [...groups.values()].filter((group) => group.length > 1)
}
