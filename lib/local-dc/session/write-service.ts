/** Service messages as bytes. */
import { type ServiceObject, writeServiceObject } from '../../core/protocol/service.ts'
import { encode } from '../../core/tl/writer.ts'

export function writeService(object: ServiceObject): Uint8Array {
  return encode(object, writeServiceObject)
}

/** The result of a call that is refused: https://core.telegram.org/api/errors */
export function writeRpcError(errorCode: number, errorMessage: string): Uint8Array {
  return writeService({ _: 'rpc_error', errorCode, errorMessage })
}
