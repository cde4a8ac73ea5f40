/** The least number of bytes that a value of a type takes: what a vector's count is checked against. */
import type { Combinator, PrimitiveName, SchemaModel, TypeRef } from './model.ts'

const PRIMITIVE_SIZES: { readonly [name in PrimitiveName]: number } = {
  int: 4,
  long: 8,
  double: 8,
  string: 4,
  bytes: 4,
  int128: 16,
  int256: 32,
  Bool: 4,
  true: 0,
  '#': 4,
}

/**
 * A function from types to their least size. A type that contains itself has a finite value too, so the sizes are
 * the least fixed point: begin with the ids alone and raise them until nothing changes.
 */
export function minimumSizes(model: SchemaModel): (type: TypeRef) => number {
  const boxed = new Map<string, number>()
  for (const name of model.types.keys()) boxed.set(name, 4)

  const sizeOf = (type: TypeRef): number => {
    switch (type._) {
      case 'primitive':
        return PRIMITIVE_SIZES[type.name]
      case 'vector':
        return type.bare ? 4 : 8
      case 'boxed':
        return boxed.get(type.name) ?? 4
      case 'bare':
        return bareSize(model.byName.get(type.name)!)
      case 'generic':
        return 4
    }
  }
  const bareSize = (combinator: Combinator): number => {
    let size = 0
    for (const field of combinator.fields) if (field.flag === undefined) size += sizeOf(field.type)
    return size
  }

  // Each round raises sizes by one more level of nesting; types in a cycle of required fields can't be built at all,
  // and would rise for ever, hence the bound.
  for (let round = 0, changed = true; changed && round < 20; round++) {
    changed = false
    for (const [name, constructors] of model.types) {
      const size = 4 + Math.min(...constructors.map(bareSize))
      if (size !== boxed.get(name)) changed = true
      boxed.set(name, size)
    }
  }
  return sizeOf
}
