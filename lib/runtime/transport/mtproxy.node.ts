/** MTProxy on Node, where it is dialled over TCP if nothing else is said. */
import type { Connect } from './link.ts'
import { type Mtproxy, type MtproxyOptions, mtproxy as mtproxyPortable } from './mtproxy.ts'
import { tcpLink } from './tcp.node.ts'

/** As everywhere, and over TCP. See `mtproxy` of mtproxy.ts. */
export function mtproxy(proxy: string | Mtproxy, options: Partial<MtproxyOptions> = {}): Connect {
  const { clock, timeout } = options
  return mtproxyPortable(proxy, { dial: (address) => tcpLink(address, { clock, timeout }), ...options })
}
