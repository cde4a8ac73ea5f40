/**
 * Calls of another layer as calls of the project's: https://core.telegram.org/api/layers
 *
 * By the names of methods, constructors and fields. Fields that the project's layer lacks are dropped, required ones
 * that the other lacks get zeros. Nothing that a client says is left out: what the project's layer can't say is refused.
 */
import type { SchemaModel } from '../../core/schema/model.ts'
import { refuse } from '../refuse.ts'
import { type Call, hexId, type Params } from './codec.ts'
import { KEYBOARDS_UP } from './keyboards.ts'
import { REQUESTS } from './requests.ts'
import { Translation } from './translation.ts'
import { LOST } from './zeros.ts'

/** A call of the project's layer. */
export interface OwnCall {
  /** The TL name in the project's layer. */
  readonly method: string
  readonly params: Params
}

/**
 * What calls of `from` are in `own`. Throws RpcError: INPUT_METHOD_INVALID for a method that `own` does not have,
 * INPUT_CONSTRUCTOR_INVALID for an object in it that `own` does not have.
 */
export function readUp(from: SchemaModel, own: SchemaModel): (call: Call) => OwnCall {
  const table = new Translation(from, own, {
    converters: KEYBOARDS_UP,
    standIns: {},
    guards: {},
    leaveOut: false,
    nameAbsent: true,
  })
  const converted = new Map<string, (params: Params) => Params | typeof LOST>()
  const plain = new Map<string, (params: Params) => Params | typeof LOST>()

  return ({ method, params }) => {
    const changed = REQUESTS[method.name]?.(params, own)
    const name = changed?.method ?? method.name
    const target = own.byName.get(name)
    if (target?.kind !== 'method') refuse(400, `INPUT_METHOD_INVALID_${hexId(method.id)}`)
    const cache = changed === undefined ? plain : converted
    let convert = cache.get(name)
    if (convert === undefined) {
      convert = table.params(changed === undefined ? method : undefined, target)
      cache.set(name, convert)
    }
    const result = convert(changed?.params ?? params)
    if (result === LOST)
      refuse(400, `INPUT_CONSTRUCTOR_INVALID_${hexId(from.byName.get(table.lost ?? '')?.id ?? 0).toUpperCase()}`)
    return { method: name, params: result }
  }
}
