/** Which types mean the same in two schemas: their values need no translation. */
import type { Combinator, SchemaModel, TypeRef } from '../../core/schema/model.ts'

/**
 * The types of which every value of `from` is a value of `to` as it is: `to` has all of its constructors with the
 * same fields, and so on for the types of the fields. Found by taking away what differs, and whatever leads to it.
 */
export function unchangedTypes(from: SchemaModel, to: SchemaModel): ReadonlySet<string> {
  const unchanged = new Set<string>()
  for (const type of from.types.keys()) if (to.types.has(type)) unchanged.add(type)
  for (let size = -1; size !== unchanged.size; ) {
    size = unchanged.size
    for (const type of unchanged) {
      const constructors = from.types.get(type)!
      if (!constructors.every((combinator) => isSame(combinator, to, unchanged))) unchanged.delete(type)
    }
  }
  return unchanged
}

function isSame(combinator: Combinator, to: SchemaModel, unchanged: ReadonlySet<string>): boolean {
  const other = to.byName.get(combinator.name)
  if (other === undefined || typeText(other.result) !== typeText(combinator.result)) return false
  if (other.fields.length !== combinator.fields.length) return false
  return combinator.fields.every((field, index) => {
    const counterpart = other.fields[index]!
    return (
      field.name === counterpart.name &&
      field.flag?.field === counterpart.flag?.field &&
      field.flag?.bit === counterpart.flag?.bit &&
      typeText(field.type) === typeText(counterpart.type) &&
      isUnchanged(field.type, unchanged)
    )
  })
}

function isUnchanged(type: TypeRef, unchanged: ReadonlySet<string>): boolean {
  if (type._ === 'vector') return isUnchanged(type.item, unchanged)
  // A bare constructor is rare enough to be translated each time.
  return type._ === 'boxed' ? unchanged.has(type.name) : type._ === 'primitive'
}

function typeText(type: TypeRef): string {
  return type._ === 'vector' ? `${type.bare ? 'v' : 'V'}ector<${typeText(type.item)}>` : `${type._} ${type.name}`
}
