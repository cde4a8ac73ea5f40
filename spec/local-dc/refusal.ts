import { RpcError } from '../../lib/core/errors.ts'

/** The refusal that `attempt` ends with, or undefined when it does not. */
export function refusal(attempt: () => unknown): RpcError | undefined {
  try {
    attempt()
    return undefined
  } catch (error) {
    if (error instanceof RpcError) return error
    throw error
  }
}
