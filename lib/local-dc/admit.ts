/** Which calls are let through to their method, and with what they are refused: https://core.telegram.org/api/errors */
import type { AnyHandler, Handlers, MethodName } from './context.ts'
import { authorizationOf, type KeyRecord } from './keys.ts'
import type { LayerCall, Layers } from './layers/layers.ts'
import { isForPeople, worksUnbound, worksWithoutUser } from './methods/index.ts'
import { refuse } from './refuse.ts'
import type { Call } from './unwrap.ts'
import type { World } from './world/world.ts'

export interface Admission {
  readonly layers: Layers
  readonly world: World
  /** What is built in, and what the library's user put in its place. */
  readonly builtIn: Handlers
  readonly overrides: Handlers
}

/** Works without initConnection: it comes before everything, and its answer is the same in all layers. */
const BEFORE_INIT: MethodName = 'auth.bindTempAuthKey'

/**
 * Notes what the wrappers say of the connection, and reads the call.
 *
 * @throws {RpcError} for a layer that is not spoken, and for what is no call of any layer
 */
export function readCall({ layers }: Pick<Admission, 'layers'>, call: Call, record: KeyRecord): LayerCall {
  if (call.init !== undefined && call.init.apiId <= 0) refuse(400, 'CONNECTION_API_ID_INVALID')
  // The newest call counts, whether its layer is higher or lower.
  if (call.layer !== undefined) record.layer = call.layer
  return layers.read(call.query, record.layer)
}

/**
 * The method that answers a call.
 *
 * @throws {RpcError} for a caller who may not, or a method that nobody built
 */
export function admit(admission: Admission, call: Call, method: MethodName, record: KeyRecord): AnyHandler {
  const { world, builtIn, overrides } = admission
  const authorization = authorizationOf(record)
  if (authorization === undefined && !worksUnbound(method)) refuse(401, 'AUTH_KEY_PERM_EMPTY')
  const user = authorization?.user === undefined ? undefined : world.accounts.get(authorization.user)
  if (user === undefined && !worksWithoutUser(method)) refuse(401, 'AUTH_KEY_UNREGISTERED')
  const handler = handlerOf(overrides, method) ?? handlerOf(builtIn, method)
  if (handler === undefined) refuse(400, 'METHOD_INVALID')
  if (user?.bot === true && isForPeople(method) && handlerOf(overrides, method) === undefined)
    refuse(400, 'BOT_METHOD_INVALID')
  if (record.layer === undefined && method !== BEFORE_INIT) refuse(400, 'CONNECTION_NOT_INITED')
  if (call.refused !== undefined) refuse(400, call.refused)
  return handler
}

/** By name, and not by type: the union of 800 handlers takes the compiler seconds. */
function handlerOf(handlers: Handlers, method: string): AnyHandler | undefined {
  return (handlers as Readonly<Record<string, AnyHandler | undefined>>)[method]
}
