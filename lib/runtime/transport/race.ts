/** Several transports at once, for networks of which nobody knows what they let through. */
import { defer } from 'rxjs'
import { UsageError } from '../../core/errors.ts'
import { firstOpened } from './first-opened.ts'
import type { Connect } from './link.ts'

/**
 * The transport that is whichever of these opens first; the others are closed. Each connection is a race of its own.
 *
 * Starts: what it returns begins with all of them on subscribe.
 * Emits: the open link, once, and stays; completes when the other side closed.
 * Errors: TransportError `unsent` that tells why when none could be opened; what the winner errors with later.
 * Unsubscribe: closes the connection.
 *
 * @example
 * const transport = race(tcp(), webSocket(), mtproxy(link))
 */
export function race(...transports: readonly Connect[]): Connect {
  if (transports.length === 0) throw new UsageError('race: expected at least one transport, got none')
  // Deferred: one that can't use this endpoint, such as a WebSocket without an address, is only one that failed.
  return (endpoint) => firstOpened(transports.map((connect) => defer(() => connect(endpoint))))
}
