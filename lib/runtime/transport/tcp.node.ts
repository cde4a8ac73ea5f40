/** TCP: https://core.telegram.org/mtproto/transports#tcp */
import type { Observable } from 'rxjs'
import { systemClock } from '../rx/clock.ts'
import type { Address, Connect, Link } from './link.ts'
import { packetLink } from './packet-link.ts'
import { checkedOptions, type PacketOptions } from './packets.ts'
import { linked, type SocketOptions, tcpSocket } from './tcp-socket.node.ts'

export type TcpLinkOptions = SocketOptions

export type TcpOptions = PacketOptions & TcpLinkOptions

/**
 * The transport over TCP: bytes by `tcpLink`, packets by the framing, hidden if `obfuscated`. Of several addresses the
 * first that answers is taken, IPv4 and IPv6 in turn.
 *
 * The links that it returns for an endpoint:
 *
 * Starts: connects on subscribe, one connection for each subscription.
 * Emits: the open link of packets, once, and stays; completes when the other side closed.
 * Errors: TransportError, `unsent` when it can't be opened, `unknown` when it breaks; UsageError for a bad address.
 * Unsubscribe: closes the connection at once; what was sent before is still handed to the kernel.
 *
 *     server:   --o------x          o: accepts   x: closes
 *     tcp:      --P------|          P: the link of packets
 */
export function tcp(options: TcpOptions = {}): Connect {
  checkedOptions(options)
  const { clock = systemClock } = options
  return (endpoint) => packetLink(endpoint, (address) => tcpLink(address, options), { ...options, clock })
}

/**
 * A link of bytes over TCP. The addresses of a name are tried in turn, IPv4 and IPv6, until one answers.
 *
 * Starts: connects on subscribe, one connection for each subscription.
 * Emits: the open link, once, and stays; completes when the other side closed.
 * Errors: TransportError, `unsent` when it can't be opened, `unknown` when it breaks; UsageError for a bad address.
 * Unsubscribe: closes the connection at once; what was sent before is still handed to the kernel.
 *
 *     server:    --o------x          o: accepts   x: closes
 *     tcpLink:   --L------|
 */
export function tcpLink(address: Address, options: TcpLinkOptions = {}): Observable<Link> {
  return tcpSocket(address, options).pipe(linked())
}
