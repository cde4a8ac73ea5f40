/** TCP: https://core.telegram.org/mtproto/transports#tcp */
import { connect as openSocket } from 'node:net'
import type { Observable } from 'rxjs'
import { TransportError, UsageError } from '../../core/errors.ts'
import { type Clock, systemClock } from '../rx/clock.ts'
import { cold } from '../rx/cold.ts'
import { CONNECT_TIMEOUT, connecting } from './connecting.ts'
import type { Connect, Endpoint, Link } from './link.ts'
import { checkedOptions, type PacketOptions, packets } from './packets.ts'
import { socketLink, socketReason } from './socket-link.node.ts'

export interface TcpLinkOptions {
  readonly clock?: Clock | undefined
  /** How long the connection may take to open, in milliseconds; 10 s if not given. */
  readonly timeout?: number | undefined
}

export type TcpOptions = PacketOptions & TcpLinkOptions

/**
 * The transport over TCP: bytes by `tcpLink`, packets by the framing, hidden if `obfuscated`.
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
  return (endpoint) => tcpLink(endpoint, options).pipe(packets(endpoint, options))
}

/**
 * A link of bytes over TCP.
 *
 * Starts: connects on subscribe, one connection for each subscription.
 * Emits: the open link, once, and stays; completes when the other side closed.
 * Errors: TransportError, `unsent` when it can't be opened, `unknown` when it breaks; UsageError for a bad address.
 * Unsubscribe: closes the connection at once; what was sent before is still handed to the kernel.
 *
 *     server:    --o------x          o: accepts   x: closes
 *     tcpLink:   --L------|
 */
export function tcpLink(endpoint: Pick<Endpoint, 'host' | 'port'>, options: TcpLinkOptions = {}): Observable<Link> {
  const to = `${endpoint.host}:${endpoint.port}`
  const timeout = options.timeout ?? CONNECT_TIMEOUT
  return connecting(dialled(endpoint, to), { to, timeout, clock: options.clock ?? systemClock })
}

function dialled({ host, port }: Pick<Endpoint, 'host' | 'port'>, to: string): Observable<Link> {
  return cold((subscriber) => {
    if (host === '' || !Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new UsageError(`expected a host and a port from 1 to 65535, got ${to}`)
    }
    const socket = openSocket({ host, port, noDelay: true })
    let connected = false
    subscriber.add(() => {
      // Corked bytes would die with the socket; once uncorked the kernel has them.
      while (socket.writableCorked > 0) socket.uncork()
      socket.destroy()
    })
    socket.once('connect', () => {
      connected = true
      const link = socketLink(socket, to, (error) =>
        error === undefined ? subscriber.complete() : subscriber.error(error),
      )
      subscriber.next(link)
    })
    socket.on('error', (error) => {
      if (connected) return
      subscriber.error(
        new TransportError(`could not connect to ${to}: ${socketReason(error)}`, 'unsent', { cause: error }),
      )
    })
  })
}
