/** Which types can contain themselves: only their depth has to be bounded. */
import type { Combinator, SchemaModel, TypeRef } from './model.ts'

/** The TL names of the types that lie on a cycle. */
export function recursiveTypes(model: SchemaModel): ReadonlySet<string> {
  const contents = new Map<string, ReadonlySet<string>>()
  for (const [name, constructors] of model.types) {
    contents.set(name, new Set(constructors.flatMap((combinator) => typesIn(combinator, model))))
  }
  const recursive = new Set<string>()
  for (const name of contents.keys()) if (reaches(name, name, contents)) recursive.add(name)
  return recursive
}

/** The types that a combinator's fields name, a bare constructor counting as its type. */
function typesIn(combinator: Combinator, model: SchemaModel): string[] {
  return combinator.fields.flatMap(({ type }) => {
    const name = typeName(type, model)
    return name === undefined ? [] : [name]
  })
}

function typeName(type: TypeRef, model: SchemaModel): string | undefined {
  if (type._ === 'vector') return typeName(type.item, model)
  if (type._ === 'boxed') return type.name
  if (type._ !== 'bare') return undefined
  const result = model.byName.get(type.name)!.result
  return result._ === 'boxed' ? result.name : undefined
}

function reaches(from: string, target: string, contents: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  const seen = new Set<string>()
  const open = [from]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    for (const next of contents.get(name) ?? []) {
      if (next === target) return true
      if (seen.has(next)) continue
      seen.add(next)
      open.push(next)
    }
  }
  return false
}
