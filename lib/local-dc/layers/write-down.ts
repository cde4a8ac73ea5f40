/**
 * Answers and updates of the project's layer as another layer writes them: https://core.telegram.org/api/layers
 *
 * By the names of constructors and fields. Fields that the layer lacks are dropped, required ones that the project
 * lacks get zeros. A constructor that the layer lacks becomes its stand-in, or clears its flag, or leaves its vector;
 * only an update that moves a counter is never left out: the client is told to get the difference instead.
 */
import type { Combinator, SchemaModel, TypeRef } from '../../core/schema/model.ts'
import { refuse } from '../refuse.ts'
import type { SchemaCodec, TlObject } from './codec.ts'
import { KEYBOARDS_DOWN } from './keyboards.ts'
import { RESULTS } from './results.ts'
import { STAND_INS } from './stand-ins.ts'
import { type Convert, type Guard, Translation } from './translation.ts'
import { LOST } from './zeros.ts'

export interface WriteDown {
  /**
   * The answer to a method, called by the name that the layer has for it; `own` is the project's name.
   *
   * @throws {RpcError} CONNECTION_LAYER_INVALID where the layer has nothing that says it
   * @throws {UsageError} for a value that is none of the project's layer either
   */
  answer(method: string, own: string, value: unknown): Uint8Array
  /** Updates, pushed. */
  updates(value: TlObject): Uint8Array
  /** A value of any type that both layers have. Throws as `answer` does. */
  value(type: TypeRef, value: unknown): Uint8Array
}

const UPDATES: TypeRef = { _: 'boxed', name: 'Updates' }

/** Writes objects of `own` with the codec of another layer. */
export function writeDown(own: SchemaModel, codec: SchemaCodec): WriteDown {
  const { model } = codec
  const table = new Translation(own, model, {
    converters: KEYBOARDS_DOWN,
    standIns: STAND_INS,
    guards: guardsFor(own),
    leaveOut: true,
    nameAbsent: false,
  })
  const answers = new Map<string, (value: unknown) => Uint8Array>()

  const writer = (type: TypeRef, convertFirst?: Convert): ((value: unknown) => Uint8Array) => {
    const convert = table.value(type)
    return (value) => {
      const first = convertFirst === undefined ? value : convertFirst(value)
      const result = first === LOST ? LOST : convert(first)
      if (result === LOST) refuse(400, 'CONNECTION_LAYER_INVALID')
      return codec.write(type, result)
    }
  }

  const answerWriter = (method: string, ownName: string): ((value: unknown) => Uint8Array) => {
    const ownType = methodOf(own, ownName)?.result
    const type = methodOf(model, method)?.result ?? ownType
    if (type === undefined || !hasType(type, model)) return () => refuse(400, 'CONNECTION_LAYER_INVALID')
    if (ownType === undefined || isSameType(type, ownType)) return writer(type)
    const convert = RESULTS[ownName]
    return writer(type, (value) => convert?.(value as TlObject) ?? LOST)
  }

  const writeUpdates = writer(UPDATES)
  return {
    answer(method, ownName, value) {
      let write = answers.get(method)
      if (write === undefined) {
        write = answerWriter(method, ownName)
        answers.set(method, write)
      }
      return write(value)
    },
    updates: writeUpdates,
    value: (type, value) => (hasType(type, model) ? writer(type)(value) : refuse(400, 'CONNECTION_LAYER_INVALID')),
  }
}

/** Updates are looked at as a whole: what moves a counter must not be left out of them. */
function guardsFor(own: SchemaModel): Readonly<Record<string, Guard>> {
  const counted = (update: unknown): boolean => {
    const fields = own.byName.get((update as TlObject)._)?.fields ?? []
    return fields.some(({ name }) => name === 'pts' || name === 'qts')
  }
  const several: Guard = (value, direct, part) => {
    const result = direct(value)
    const updates = value['updates']
    if (result === LOST || !Array.isArray(updates)) return result
    if ((result as { updates: readonly unknown[] }).updates.length === updates.length) return result
    const convert = part('Update')
    return updates.some((update) => counted(update) && convert(update) === LOST) ? LOST : result
  }
  const single: Guard = (value, direct) => {
    const result = direct(value)
    if (result !== LOST || counted(value['update'])) return result
    return { _: 'updates', updates: [], users: [], chats: [], date: value['date'], seq: 0 }
  }
  return { updates: several, updatesCombined: several, updateShort: single }
}

function methodOf(model: SchemaModel, name: string): Combinator | undefined {
  const method = model.byName.get(name)
  return method?.kind === 'method' ? method : undefined
}

function hasType(type: TypeRef, model: SchemaModel): boolean {
  if (type._ === 'vector') return hasType(type.item, model)
  if (type._ === 'boxed') return model.types.has(type.name)
  return type._ === 'primitive'
}

function isSameType(a: TypeRef, b: TypeRef): boolean {
  if (a._ === 'vector' && b._ === 'vector') return isSameType(a.item, b.item)
  return a._ !== 'vector' && b._ !== 'vector' && a._ === b._ && a.name === b.name
}
