/**
 * A codec for a schema that is read at run time: what the local DC speaks other layers with. Objects are exactly
 * those of lib/api: TL names in `_`, fields camelCased, bits as booleans, absent fields undefined.
 */
import { DecodeError, UsageError } from '../../core/errors.ts'
import type { Combinator, SchemaModel, TypeRef } from '../../core/schema/model.ts'
import { decodePrefix } from '../../core/tl/reader.ts'
import { encode, writeId } from '../../core/tl/writer.ts'
import { ValueCodecs } from './value-codecs.ts'

/** A value with its constructor's TL name. */
export interface TlObject {
  readonly _: string
  readonly [field: string]: unknown
}

/** The fields of a call. A wrapper's `query` is the bytes of the call inside. */
export type Params = Readonly<Record<string, unknown>>

/** One call as its schema understands it. */
export interface Call {
  readonly method: Combinator
  readonly params: Params
  /** The call inside a wrapper such as invokeWithLayer, still to be read: it may be packed. */
  readonly query: Uint8Array | undefined
}

export interface SchemaCodec {
  readonly model: SchemaModel
  /** Which method a call is, by the id that it begins with; undefined if none of this schema. */
  methodOf(call: Uint8Array): Combinator | undefined
  /**
   * Reads a call, all of its bytes.
   *
   * @throws {ForeignIdError} for a method or a constructor that this schema does not have
   * @throws {DecodeError} for bytes that are not the call they begin as
   */
  readCall(bytes: Uint8Array): Call
  /** Writes a call. */
  writeCall(method: string, params: Params): Uint8Array
  /** Reads a value of a type, all of the bytes. Throws as `readCall` does. */
  read(type: TypeRef, bytes: Uint8Array): unknown
  /**
   * Writes a value of a type.
   *
   * @throws {UsageError} that names the bad field
   */
  write(type: TypeRef, value: unknown): Uint8Array
}

/** Bytes that hold an id which the schema does not know at its place. */
export class ForeignIdError extends DecodeError {
  /** The id, uint32. */
  readonly id: number
  /** Whether it is the call itself that is unknown. */
  readonly isMethod: boolean

  constructor(id: number, isMethod: boolean, reason: string, path: readonly string[] = []) {
    super(reason, path)
    this.id = id
    this.isMethod = isMethod
  }
}

/** Bytes that go on behind the value that they hold. */
export class LeftOverError extends DecodeError {}

/** The codec of a schema. Nothing is compiled before it is needed. */
export function schemaCodec(model: SchemaModel): SchemaCodec {
  for (const method of model.methods) checkWrapper(method)
  const codecs = new ValueCodecs(model)

  const methodOf = (call: Uint8Array): Combinator | undefined => {
    const method = call.length < 4 ? undefined : model.byId.get(idOf(call))
    return method?.kind === 'method' ? method : undefined
  }

  return {
    model,
    methodOf,
    readCall(bytes) {
      if (bytes.length < 4) throw new DecodeError(`expected a call, got ${bytes.length} bytes`)
      const method = methodOf(bytes)
      if (method === undefined)
        throw new ForeignIdError(idOf(bytes), true, `expected a method, got #${hexId(idOf(bytes))}`)
      return callOf(method, decoded(bytes.subarray(4), codecs.fields(method).read, codecs) as Params)
    },
    writeCall(name, params) {
      const method = model.byName.get(name)
      if (method?.kind !== 'method') throw new UsageError(`expected a method of the schema, got ${name}`)
      return encode(params, (fields, position) => codecs.fields(method).write(fields, writeId(method.id, position)))
    },
    read: (type, bytes) => decoded(bytes, codecs.value(type, false).read, codecs),
    write: (type, value) => encode(value, codecs.value(type, false).write),
  }
}

/** The id of a constructor or method as error texts have it: eight hexadecimal digits. */
export function hexId(id: number): string {
  return id.toString(16).padStart(8, '0')
}

function idOf(call: Uint8Array): number {
  return new DataView(call.buffer, call.byteOffset).getUint32(0, true)
}

/** Takes the call inside out of a wrapper's fields. */
function callOf(method: Combinator, params: Params): Call {
  const wrapped = method.fields.at(-1)
  if (wrapped?.type._ !== 'generic') return { method, params, query: undefined }
  const { [wrapped.key]: query, ...others } = params
  return { method, params: others, query: query as Uint8Array }
}

/** Where the call inside ends is known only to its own schema, so nothing can follow it. */
function checkWrapper({ name, line, fields }: Combinator): void {
  const at = fields.findIndex(({ type }) => type._ === 'generic')
  if (at !== -1 && at !== fields.length - 1) {
    throw new UsageError(
      `line ${line}: expected nothing behind ${fields[at]!.name}:!X in ${name}, got ${fields[at + 1]!.name}`,
    )
  }
}

function decoded(bytes: Uint8Array, read: () => unknown, codecs: ValueCodecs): unknown {
  try {
    const { value, length } = decodePrefix(bytes, read)
    if (length < bytes.length)
      throw new LeftOverError(`expected the end of the data, got ${bytes.length - length} more bytes`)
    return value
  } catch (error) {
    const id = codecs.takeForeignId()
    if (id === undefined || !(error instanceof DecodeError)) throw error
    throw new ForeignIdError(id, false, error.reason, error.path)
  }
}
