/** HTTP CONNECT: https://www.rfc-editor.org/rfc/rfc9110#name-connect */
import { Buffer } from 'node:buffer'
import { request as httpRequest } from 'node:http'
import { type Observable, switchMap } from 'rxjs'
import { TransportError, UsageError } from '../../core/errors.ts'
import { systemClock } from '../rx/clock.ts'
import { cold } from '../rx/cold.ts'
import { addressText } from './address-text.ts'
import { CONNECT_TIMEOUT, connecting } from './connecting.ts'
import type { Address, Connect, Link } from './link.ts'
import { packetLink } from './packet-link.ts'
import { checkedOptions } from './packets.ts'
import { checkedProxy, type ProxyServer } from './proxy-server.ts'
import { socketReason } from './socket-link.node.ts'
import type { TcpLinkOptions, TcpOptions } from './tcp.node.ts'
import { linked, type OpenSocket, tcpSocket } from './tcp-socket.node.ts'

/** What a refusal means, where people can do something about it. */
const MEANINGS: Readonly<Record<number, string>> = {
  401: 'it wants another login',
  403: 'forbidden',
  405: 'it is no proxy for this',
  407: 'it wants another login',
  502: 'it could not connect',
  503: 'it could not connect',
  504: 'it got no answer',
}

/**
 * The transport through an HTTP proxy that lets connections through, by CONNECT.
 *
 * Starts: what it returns connects on subscribe, one connection for each subscription.
 * Emits: the open link, once, and stays; completes when the other side closed.
 * Errors: as `httpConnectLink`.
 * Unsubscribe: closes the connection.
 *
 * @example
 * const transport = httpConnect({ host: 'proxy.example', port: 8080 })
 */
export function httpConnect(proxy: ProxyServer, options: TcpOptions = {}): Connect {
  checkedProxy(proxy, 'httpConnect')
  if (proxy.user?.includes(':') === true) throw new UsageError('httpConnect: expected a user without a colon, got one')
  checkedOptions(options)
  const { clock = systemClock } = options
  return (endpoint) =>
    packetLink(endpoint, (address) => httpConnectLink(address, proxy, options), { ...options, clock })
}

/**
 * A link of bytes to an address through an HTTP proxy.
 *
 * Starts: connects on subscribe, one connection for each subscription.
 * Emits: the open link, once, when the proxy has opened it, and stays; completes when the other side closed.
 * Errors: TransportError, `unsent` when proxy or address can't be reached, `unknown` when the connection breaks.
 * Unsubscribe: closes the connection.
 *
 *     proxy:             --o--g------x     o: accepts   g: answers 200   x: closes
 *     httpConnectLink:   -----L------|
 */
export function httpConnectLink(address: Address, proxy: ProxyServer, options: TcpLinkOptions = {}): Observable<Link> {
  const { timeout = CONNECT_TIMEOUT, clock = systemClock } = options
  const to = `${addressText(address)} through the HTTP proxy ${addressText(proxy)}`
  const link$ = tcpSocket(proxy, options).pipe(
    switchMap((open) => granted(open, { address, proxy, to })),
    linked(),
  )
  return connecting(link$, { to, timeout, clock })
}

interface Wish {
  readonly address: Address
  readonly proxy: ProxyServer
  readonly to: string
}

/** Asks the proxy at the other end of a socket for a connection; what comes after is the connection itself. */
function granted({ socket }: OpenSocket, { address, proxy, to }: Wish): Observable<OpenSocket> {
  const authority = addressText(address)
  return cold((subscriber) => {
    const fail = (reason: string) =>
      subscriber.error(new TransportError(`could not connect to ${to}: ${reason}`, 'unsent'))
    const request = httpRequest({
      method: 'CONNECT',
      path: authority,
      headers: { Host: authority, ...authorization(proxy) },
      createConnection: () => socket,
    })
    request.on('connect', ({ statusCode = 0 }, _, head) => {
      if (statusCode < 200 || statusCode > 299) {
        const meaning = MEANINGS[statusCode]
        fail(`expected 200, got ${statusCode}${meaning === undefined ? '' : ` (${meaning})`}`)
        return
      }
      // The other side may have spoken already.
      if (head.length > 0) socket.unshift(head)
      subscriber.next({ socket, to })
    })
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET') fail('it closed the connection')
      else if (error.code?.startsWith('HPE_') === true) fail('expected an answer of HTTP, got another')
      else fail(socketReason(error))
    })
    request.end()
  })
}

function authorization({ user = '', password = '' }: ProxyServer): Readonly<Record<string, string>> {
  if (user === '') return {}
  const login = Buffer.from(`${user}:${password}`, 'utf8').toString('base64')
  return { 'Proxy-Authorization': `Basic ${login}` }
}
