/** What a call's last error tells when the call was made more than once. */
import { TransportError } from '../../core/errors.ts'

/**
 * The error of the last attempt at a call, after one that may have run. That this one was not sent says nothing of those
 * before it: then nobody knows. A refusal does not help either, since the session may have repeated the call before.
 */
export function inDoubt(error: unknown): unknown {
  if (!(error instanceof TransportError) || error.outcome !== 'unsent') return error
  const { code } = error
  const options = code === undefined ? { cause: error } : { cause: error, code }
  return new TransportError(`${error.message}; an attempt before it may have run`, 'unknown', options)
}
