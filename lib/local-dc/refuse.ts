/** How the local DC says no: https://core.telegram.org/api/errors */
import { RpcError } from '../core/errors.ts'

/**
 * Ends the call with `rpc_error`. The gateway adds the name of the method that was called.
 *
 * @throws RpcError always
 */
export function refuse(code: number, text: string): never {
  throw new RpcError(code, text, 'local DC')
}
