/**
 * The layers that a local DC speaks: https://core.telegram.org/api/invoking#layers
 *
 * Calls are read by the id that they begin with, whatever layer that is from; answers are written for the layer that
 * the client named. Both are objects of the project's own layer here.
 */
import { LAYER } from '../../api/layer.ts'
import { schema } from '../../api/schema.ts'
import { DecodeError, UsageError } from '../../core/errors.ts'
import { constructorOf } from '../../core/protocol/pack.ts'
import { type SchemaModel, schemaModel } from '../../core/schema/model.ts'
import { refuse } from '../refuse.ts'
import {
  type Call,
  ForeignIdError,
  hexId,
  LeftOverError,
  type Params,
  type SchemaCodec,
  schemaCodec,
  type TlObject,
} from './codec.ts'
import { type OwnCall, readUp } from './read-up.ts'
import { type WriteDown, writeDown } from './write-down.ts'

/** A schema besides the project's own. */
export interface LayerSchema {
  /** Undefined: the text names it (`// LAYER 227`). */
  readonly layer?: number | undefined
  /** The schema in TL. */
  readonly text: string
}

/** A call without its wrappers, as one of the project's layer. */
export interface LayerCall {
  /** The layer whose schema read it. */
  readonly layer: number
  /** The TL name that it has there. */
  readonly called: string
  /** The TL name in the project's layer. */
  readonly method: string
  readonly params: Params
}

export interface Layers {
  /** The project's own layer. */
  readonly own: number
  /** Every layer with a schema, ascending. */
  readonly numbers: readonly number[]
  /** The TL names of the project's own methods. */
  readonly methods: readonly string[]
  /** Whether that layer is spoken. */
  has(layer: number): boolean
  /**
   * Reads a call, whole. `layer` is what the client named, or undefined if it named none; of schemas that know the id,
   * that layer's is asked first, then the newest.
   *
   * @throws {RpcError} 400 INPUT_METHOD_INVALID, INPUT_CONSTRUCTOR_INVALID, INPUT_FETCH_ERROR, INPUT_REQUEST_TOO_LONG
   * @throws {RpcError} 400 CONNECTION_LAYER_INVALID for a layer without a schema
   */
  read(bytes: Uint8Array, layer: number | undefined): LayerCall
  /** The TL name of what these bytes begin as, in the newest layer that knows it; undefined if none does. */
  named(bytes: Uint8Array): string | undefined
  /**
   * Writes the answer to a call, for that layer or else the project's.
   *
   * @throws {RpcError} 400 CONNECTION_LAYER_INVALID for what the layer can't say, or a layer without a schema
   * @throws {UsageError} for a value that is none of the project's layer
   */
  answer(call: LayerCall, value: unknown, layer: number | undefined): Uint8Array
  /** Writes pushed Updates. Throws as `answer` does. */
  updates(value: TlObject, layer: number | undefined): Uint8Array
}

interface Layer {
  readonly number: number
  readonly codec: SchemaCodec
  /** Undefined for the project's own: nothing to translate. */
  readonly up: ((call: Call) => OwnCall) | undefined
  readonly down: WriteDown | undefined
}

const UPDATES = { _: 'boxed', name: 'Updates' } as const

/** The newest layer that may be named: far above any there will be. */
const MAX_LAYER = 0x7fffffff

let ownModel: SchemaModel | undefined

/**
 * The project's own layer and those of `schemas`.
 *
 * @throws {UsageError} for a schema that can't be used, naming what is wrong with it
 */
export function layersOf({ schemas = [] }: { readonly schemas?: readonly LayerSchema[] | undefined } = {}): Layers {
  // Parsed once a process: it never changes.
  ownModel ??= schemaModel(schema)
  const own: Layer = { number: LAYER, codec: schemaCodec(ownModel), up: undefined, down: undefined }
  const layers = new Map<number, Layer>([[LAYER, own]])
  for (const [index, given] of schemas.entries()) {
    try {
      const layer = layerOf(given, own)
      checkNew(layer.number, layers)
      layers.set(layer.number, layer)
    } catch (error) {
      throw error instanceof UsageError ? new UsageError(`layerSchemas[${index}]: ${error.message}`) : error
    }
  }
  const newestFirst = [...layers.values()].sort((a, b) => b.number - a.number)

  const pick = (number: number | undefined): Layer => {
    const layer = number === undefined ? own : layers.get(number)
    if (layer === undefined) refuse(400, 'CONNECTION_LAYER_INVALID')
    return layer
  }

  return {
    own: LAYER,
    numbers: newestFirst.map(({ number }) => number).reverse(),
    methods: ownModel.methods.map(({ name }) => name),
    has: (number) => layers.has(number),
    read(bytes, number) {
      const first = number === undefined ? undefined : pick(number)
      return readCall(
        bytes,
        first === undefined ? newestFirst : [first, ...newestFirst.filter((layer) => layer !== first)],
      )
    },
    named(bytes) {
      const id = (constructorOf(bytes) ?? 0) >>> 0
      const found = newestFirst.find(({ codec }) => codec.model.byId.has(id))
      return found?.codec.model.byId.get(id)?.name
    },
    answer(call, value, number) {
      const { codec, down } = pick(number)
      if (down !== undefined) return down.answer(call.called, call.method, value)
      return codec.write(codec.model.byName.get(call.method)!.result, value)
    },
    updates(value, number) {
      const { codec, down } = pick(number)
      return down === undefined ? codec.write(UPDATES, value) : down.updates(value)
    },
  }
}

function checkNew(number: number, layers: ReadonlyMap<number, Layer>): void {
  if (!layers.has(number)) return
  const reason = number === LAYER ? 'that is the layer of rxgram itself, which is always there' : 'it was given twice'
  throw new UsageError(`expected no schema for layer ${number}: ${reason}`)
}

function layerOf({ layer: given, text }: LayerSchema, own: Layer): Layer {
  const model = modelOf(text, given)
  const number = given ?? model.layer
  if (number === undefined) throw new UsageError("expected the schema's layer, given or in a line such as // LAYER 227")
  if (!Number.isInteger(number) || number < 1 || number > MAX_LAYER) {
    throw new UsageError(`expected a layer's number of at least 1, got ${number}`)
  }
  if (given !== undefined && model.layer !== undefined && model.layer !== given) {
    throw new UsageError(`expected the schema of layer ${given}, got one that says // LAYER ${model.layer}`)
  }
  if (!model.types.has('Updates') || model.methods.length === 0) {
    throw new UsageError(`expected the schema of layer ${number} with methods and the type Updates, got one without`)
  }
  const codec = schemaCodec(model)
  return { number, codec, up: readUp(model, own.codec.model), down: writeDown(own.codec.model, codec) }
}

function modelOf(text: string, layer: number | undefined): SchemaModel {
  try {
    return schemaModel(text)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw new UsageError(`the schema${layer === undefined ? '' : ` of layer ${layer}`}: ${error.message}`)
  }
}

/**
 * Reads with the first of the layers that knows the method. Clients do send calls of a layer that they have not named
 * yet, so where that one stumbles over an id the others that know the method are asked as well.
 */
function readCall(bytes: Uint8Array, layers: readonly Layer[]): LayerCall {
  let failure: unknown
  for (const { number, codec, up } of layers) {
    if (codec.methodOf(bytes) === undefined) continue
    try {
      const call = codec.readCall(bytes)
      const { method, params } = up === undefined ? { method: call.method.name, params: call.params } : up(call)
      return { layer: number, called: call.method.name, method, params }
    } catch (error) {
      failure ??= error
      if (!(error instanceof ForeignIdError)) break
    }
  }
  if (failure !== undefined && !(failure instanceof DecodeError)) throw failure
  refuse(400, inputError(failure, bytes))
}

function inputError(failure: DecodeError | undefined, bytes: Uint8Array): string {
  if (failure instanceof ForeignIdError) return `INPUT_CONSTRUCTOR_INVALID_${hexId(failure.id).toUpperCase()}`
  if (failure instanceof LeftOverError) return 'INPUT_REQUEST_TOO_LONG'
  if (failure !== undefined || bytes.length < 4) return 'INPUT_FETCH_ERROR'
  return `INPUT_METHOD_INVALID_${hexId(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true))}`
}
