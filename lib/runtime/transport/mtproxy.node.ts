/** MTProxy on Node, where it is dialled over TCP if nothing else is said. */
import type { Connect } from './link.ts'
import { type Mtproxy, type MtproxyOptions, mtproxy as mtproxyPortable } from './mtproxy.ts'
import { tcpLink } from './tcp.node.ts'

/**
 * As everywhere, and over TCP. See `mtproxy` of mtproxy.ts.
 *
 * Starts: what it returns dials the proxy on subscribe, one connection for each subscription.
 * Emits: the open link, once, and stays; completes when the other side closed.
 * Errors: TransportError, `unsent` when it can't be opened, `unknown` when it breaks.
 * Unsubscribe: closes the connection.
 */
export function mtproxy(proxy: string | Mtproxy, options: Partial<MtproxyOptions> = {}): Connect {
  const { clock, timeout } = options
  return mtproxyPortable(proxy, { dial: (address) => tcpLink(address, { clock, timeout }), ...options })
}
