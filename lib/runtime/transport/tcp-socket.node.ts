/** Sockets of TCP before they are links: what a proxy still has to be told something on. */
import { connect as openSocket, type Socket } from 'node:net'
import {
  catchError,
  defer,
  dematerialize,
  map,
  materialize,
  type Observable,
  type OperatorFunction,
  of,
  switchMap,
} from 'rxjs'
import { TransportError, UsageError } from '../../core/errors.ts'
import { type Clock, systemClock } from '../rx/clock.ts'
import { cold } from '../rx/cold.ts'
import { addressText } from './address-text.ts'
import { CONNECT_TIMEOUT, connecting } from './connecting.ts'
import { happyEyeballs } from './happy-eyeballs.ts'
import type { Address, Link } from './link.ts'
import { type Lookup, lookup as systemLookup } from './lookup.node.ts'
import { socketLink, socketReason } from './socket-link.node.ts'

export interface SocketOptions {
  readonly clock?: Clock | undefined
  /** How long the connection may take to open, in milliseconds; 10 s if not given. */
  readonly timeout?: number | undefined
  /** Finds the addresses of a name; the system's if not given. */
  readonly lookup?: Lookup | undefined
}

/** A connected socket, and whom it is connected to, for people. */
export interface OpenSocket {
  readonly socket: Socket
  readonly to: string
}

/**
 * A connected socket. The addresses of a name are tried in turn, IPv4 and IPv6, until one answers.
 *
 * Starts: connects on subscribe, one connection for each subscription.
 * Emits: the socket, once, and stays. It is the observer's from then on, but for its end.
 * Errors: TransportError `unsent` when it can't be opened; UsageError for a bad address.
 * Unsubscribe: destroys the socket; what was written before is still handed to the kernel.
 */
export function tcpSocket(address: Address, options: SocketOptions = {}): Observable<OpenSocket> {
  const to = addressText(address)
  const { clock = systemClock, timeout = CONNECT_TIMEOUT, lookup = systemLookup } = options
  const { port } = address
  const socket$ = checked(address).pipe(
    switchMap(({ host }) => lookup(host)),
    catchError((error: unknown) => {
      throw error instanceof UsageError ? error : unreachable(to, error)
    }),
    map((hosts) => hosts.map((host) => ({ host, port }))),
    switchMap((found) => happyEyeballs(found, (each) => dialled(each, to), clock)),
  )
  return connecting(socket$, { to, timeout, clock })
}

/**
 * Makes a link of bytes of each socket, and ends with it.
 *
 * Starts: with the source.
 * Emits: the link of each socket; completes when the other side closed it.
 * Errors: TransportError when the connection breaks, and the source's own.
 * Unsubscribe: leaves the source, which destroys the socket.
 */
export function linked(): OperatorFunction<OpenSocket, Link> {
  return (sockets$) =>
    sockets$.pipe(
      // Materialized, so that the end of the link is the end of all.
      switchMap((open) => linkOf(open).pipe(materialize())),
      dematerialize(),
    )
}

function linkOf({ socket, to }: OpenSocket): Observable<Link> {
  return cold((subscriber) => {
    const link = socketLink(socket, to, (error) =>
      error === undefined ? subscriber.complete() : subscriber.error(error),
    )
    subscriber.next(link)
  })
}

/** Checks an address where it is dialled. */
function checked(address: Address): Observable<Address> {
  return defer(() => {
    const { host, port } = address
    if (host === '' || !Number.isInteger(port) || port < 1 || port > 65_535)
      throw new UsageError(`expected a host and a port from 1 to 65535, got ${addressText(address)}`)
    return of(address)
  })
}

function unreachable(to: string, error: unknown): TransportError {
  const reason = error instanceof Error ? socketReason(error) : 'it failed'
  return new TransportError(`could not connect to ${to}: ${reason}`, 'unsent', { cause: error })
}

/** A connection to one address. `name` is what it was asked for by. */
function dialled(address: Address, name: string): Observable<OpenSocket> {
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
      subscriber.next({ socket, to })
    })
    // Once it is connected, an error is told by whoever has it, and must not be nobody's here.
    socket.on('error', (error) => {
      if (!connected) subscriber.error(unreachable(to, error))
    })
  })
}
