/** TCP: https://core.telegram.org/mtproto/transports#tcp */
import { connect as openSocket } from 'node:net'
import { catchError, defer, map, type Observable, of, switchMap } from 'rxjs'
import { TransportError, UsageError } from '../../core/errors.ts'
import { type Clock, systemClock } from '../rx/clock.ts'
import { cold } from '../rx/cold.ts'
import { addressText } from './address-text.ts'
import { CONNECT_TIMEOUT, connecting } from './connecting.ts'
import { happyEyeballs } from './happy-eyeballs.ts'
import type { Address, Connect, Link } from './link.ts'
import { type Lookup, lookup as systemLookup } from './lookup.node.ts'
import { checkedOptions, type PacketOptions, packets } from './packets.ts'
import { socketLink, socketReason } from './socket-link.node.ts'

export interface TcpLinkOptions {
  readonly clock?: Clock | undefined
  /** How long the connection may take to open, in milliseconds; 10 s if not given. */
  readonly timeout?: number | undefined
  /** Finds the addresses of a name; the system's if not given. */
  readonly lookup?: Lookup | undefined
}

export type TcpOptions = PacketOptions & TcpLinkOptions

/**
 * The transport over TCP: bytes by `tcpLink`, packets by the framing, hidden if `obfuscated`. Of several addresses the
 * first that answers is taken, IPv4 and IPv6 in turn.
 */
export function tcp(options: TcpOptions = {}): Connect {
  checkedOptions(options)
  const clock = options.clock ?? systemClock
  return (endpoint) =>
    happyEyeballs([endpoint, ...(endpoint.also ?? [])], (address) => tcpLink(address, options), clock).pipe(
      packets(endpoint, options),
    )
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
  const to = addressText(address)
  const { clock = systemClock, timeout = CONNECT_TIMEOUT, lookup = systemLookup } = options
  const { port } = address
  const link$ = checked(address).pipe(
    switchMap(({ host }) => lookup(host)),
    catchError((error: Error) => {
      throw error instanceof UsageError ? error : unreachable(to, error)
    }),
    map((hosts) => hosts.map((host) => ({ host, port }))),
    switchMap((found) => happyEyeballs(found, (each) => dialled(each, to), clock)),
  )
  return connecting(link$, { to, timeout, clock })
}

function checked(address: Address): Observable<Address> {
  return defer(() => {
    const { host, port } = address
    if (host === '' || !Number.isInteger(port) || port < 1 || port > 65_535)
      throw new UsageError(`expected a host and a port from 1 to 65535, got ${addressText(address)}`)
    return of(address)
  })
}

function unreachable(to: string, error: Error): TransportError {
  return new TransportError(`could not connect to ${to}: ${socketReason(error)}`, 'unsent', { cause: error })
}

/** A connection to one address. `name` is what it was asked for by. */
function dialled(address: Address, name: string): Observable<Link> {
  const text = addressText(address)
  const to = text === name ? text : `${name} at ${address.host}`
  return cold((subscriber) => {
    // There is one address, so there is no choice of families to be made below us.
    const socket = openSocket({ ...address, noDelay: true, autoSelectFamily: false })
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
      if (!connected) subscriber.error(unreachable(to, error))
    })
  })
}
