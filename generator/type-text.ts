/** A TL type as TypeScript. */
import type { PrimitiveName, TypeRef } from '../lib/core/schema/model.ts'
import type { TypeNames } from './type-names.ts'

/** `numeric`: its longs are numbers. */
export function typeText(type: TypeRef, numeric: boolean, names: TypeNames): string {
  switch (type._) {
    case 'primitive':
      return primitiveText(type.name, numeric)
    case 'boxed':
      return names.type(type.name)
    case 'bare':
      return names.constructorOf(type.name)
    case 'vector': {
      const item = typeText(type.item, numeric, names)
      return `readonly ${item.startsWith('readonly ') ? `(${item})` : item}[]`
    }
    case 'generic':
      return `Request<${type.name}>`
  }
}

function primitiveText(name: PrimitiveName, numeric: boolean): string {
  switch (name) {
    case 'int':
    case 'double':
    case '#':
      return 'number'
    case 'long':
      return numeric ? 'number' : 'bigint'
    case 'string':
      return 'string'
    case 'Bool':
    case 'true':
      return 'boolean'
    case 'bytes':
    case 'int128':
    case 'int256':
      return 'Uint8Array'
  }
}
