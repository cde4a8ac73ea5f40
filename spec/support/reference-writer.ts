import type { Request } from '../../lib/core/invoker.ts'
import type { Combinator, SchemaModel, TypeRef } from '../../lib/core/schema/model.ts'
import type { TlObject } from './random-values.ts'

/**
 * The serialisation of TL as plainly as it can be said, straight from the model: what generated code is checked
 * against. It knows nothing of the library's reader and writer.
 */
export function referenceBytes(combinator: Combinator, value: TlObject, model: SchemaModel): Uint8Array {
  return Buffer.concat([int(combinator.id), ...fields(combinator, value, model)])
}

function fields(combinator: Combinator, value: TlObject, model: SchemaModel): Buffer[] {
  return combinator.fields.map((field) => {
    if (field.type._ === 'primitive' && field.type.name === '#') return int(flags(field.name, combinator, value))
    const given = value[field.key]
    if (field.type._ === 'primitive' && field.type.name === 'true') return Buffer.alloc(0)
    return field.flag !== undefined && given === undefined ? Buffer.alloc(0) : typed(field.type, given, model)
  })
}

function flags(word: string, combinator: Combinator, value: TlObject): number {
  let bits = 0
  for (const { key, flag } of combinator.fields) {
    if (flag?.field === word && value[key] !== undefined && value[key] !== false) bits |= 1 << flag.bit
    // A Bool that is there and false is not a bit that is absent.
    if (flag?.field === word && value[key] === false && !isTrue(combinator, key)) bits |= 1 << flag.bit
  }
  return bits >>> 0
}

function isTrue(combinator: Combinator, key: string): boolean {
  const type = combinator.fields.find((field) => field.key === key)!.type
  return type._ === 'primitive' && type.name === 'true'
}

function typed(type: TypeRef, value: unknown, model: SchemaModel): Buffer {
  switch (type._) {
    case 'primitive':
      return primitive(type.name, value)
    case 'vector': {
      const items = (value as readonly unknown[]).map((item) => typed(type.item, item, model))
      return Buffer.concat([type.bare ? Buffer.alloc(0) : int(0x1cb5c415), int(items.length), ...items])
    }
    case 'bare':
      return Buffer.concat(fields(model.byName.get(type.name)!, value as TlObject, model))
    case 'boxed': {
      const object = value as TlObject
      return Buffer.from(referenceBytes(model.byName.get(object._)!, object, model))
    }
    case 'generic': {
      const { method, params } = value as Request<unknown>
      return Buffer.from(referenceBytes(model.byName.get(method)!, params as TlObject, model))
    }
  }
}

function primitive(name: string, value: unknown): Buffer {
  if (name === 'int' || name === '#') return int(value as number)
  if (name === 'Bool') return int(value === true ? 0x997275b5 : 0xbc799737)
  if (name === 'string') return bytes(Buffer.from(value as string))
  if (name === 'bytes') return bytes(Buffer.from(value as Uint8Array))
  if (name === 'int128' || name === 'int256') return Buffer.from(value as Uint8Array)
  const eight = Buffer.alloc(8)
  if (name === 'double') eight.writeDoubleLE(value as number)
  else eight.writeBigInt64LE(BigInt(value as bigint | number))
  return eight
}

function int(value: number): Buffer {
  const four = Buffer.alloc(4)
  four.writeInt32LE(value | 0)
  return four
}

function bytes(content: Buffer): Buffer {
  const { length } = content
  const head = length < 254 ? [length] : [254, length & 255, (length >> 8) & 255, length >> 16]
  const used = head.length + length
  return Buffer.concat([Buffer.from(head), content, Buffer.alloc((4 - (used % 4)) % 4)])
}
