/** SOCKS5, by the package `socks`: https://www.rfc-editor.org/rfc/rfc1928 and https://www.rfc-editor.org/rfc/rfc1929 */
import { catchError, defer, from, type Observable, switchMap } from 'rxjs'
import type { SocksClient, SocksClientOptions } from 'socks'
import { TransportError, UsageError } from '../../core/errors.ts'
import { systemClock } from '../rx/clock.ts'
import { cold } from '../rx/cold.ts'
import { addressText } from './address-text.ts'
import { CONNECT_TIMEOUT, connecting } from './connecting.ts'
import type { Address, Connect, Link } from './link.ts'
import { packetLink } from './packet-link.ts'
import { checkedOptions } from './packets.ts'
import { checkedProxy, type ProxyServer } from './proxy-server.ts'
import type { TcpLinkOptions, TcpOptions } from './tcp.node.ts'
import { linked, type OpenSocket, tcpSocket } from './tcp-socket.node.ts'

type Library = { readonly SocksClient: new (options: SocksClientOptions) => SocksClient }

/**
 * The transport through a SOCKS5 proxy, which is told the address of the DC, or its name. Needs the package `socks`.
 *
 * Starts: what it returns connects on subscribe, one connection for each subscription.
 * Emits: the open link, once, and stays; completes when the other side closed.
 * Errors: as `socks5Link`.
 * Unsubscribe: closes the connection.
 *
 * @example
 * const transport = socks5({ host: '127.0.0.1', port: 1080, user: 'ann', password })
 */
export function socks5(proxy: ProxyServer, options: TcpOptions = {}): Connect {
  checkedProxy(proxy, 'socks5')
  checkedOptions(options)
  const { clock = systemClock } = options
  return (endpoint) => packetLink(endpoint, (address) => socks5Link(address, proxy, options), { ...options, clock })
}

/**
 * A link of bytes to an address through a SOCKS5 proxy.
 *
 * Starts: connects on subscribe, one connection for each subscription.
 * Emits: the open link, once, when the proxy has opened it, and stays; completes when the other side closed.
 * Errors: TransportError, `unsent` when proxy or address can't be reached, `unknown` when the connection breaks;
 *   UsageError without the package `socks`.
 * Unsubscribe: closes the connection.
 *
 *     proxy:        --o--g------x     o: accepts   g: granted   x: closes
 *     socks5Link:   -----L------|
 */
export function socks5Link(address: Address, proxy: ProxyServer, options: TcpLinkOptions = {}): Observable<Link> {
  const { timeout = CONNECT_TIMEOUT, clock = systemClock } = options
  const to = `${addressText(address)} through the SOCKS5 proxy ${addressText(proxy)}`
  const link$ = library().pipe(
    switchMap((socks) =>
      tcpSocket(proxy, options).pipe(
        switchMap((open) => granted(socks, open, { address, proxy, timeout, to })),
        linked(),
      ),
    ),
  )
  return connecting(link$, { to, timeout, clock })
}

/** Loaded when it is needed: whoever needs no proxy need not have it. */
function library(): Observable<Library> {
  return defer(() => from(import('socks'))).pipe(
    catchError((): never => {
      throw new UsageError('socks5: expected the package socks, got none: npm install socks')
    }),
  )
}

interface Wish {
  readonly address: Address
  readonly proxy: ProxyServer
  readonly timeout: number
  readonly to: string
}

/** Asks the proxy at the other end of a socket for a connection; what comes after is the connection itself. */
function granted({ SocksClient }: Library, { socket }: OpenSocket, wish: Wish): Observable<OpenSocket> {
  const { address, proxy, timeout, to } = wish
  const { user, password } = proxy
  const login = user === undefined || user === '' ? {} : { userId: user, password: password ?? '' }
  return cold<OpenSocket>((subscriber) => {
    const client = new SocksClient({
      command: 'connect',
      destination: { host: address.host, port: address.port },
      proxy: { host: proxy.host, port: proxy.port, type: 5, ...login },
      timeout,
    })
    client.once('established', () => subscriber.next({ socket, to }))
    // Its errors hold the options, and so the password: only their text goes on.
    client.on('error', ({ message }) => {
      subscriber.error(new TransportError(`could not connect to ${to}: ${reason(message, wish)}`, 'unsent'))
    })
    client.connect(socket)
  })
}

/** What went wrong, by the words of the library. */
function reason(message: string, { proxy }: Wish): string {
  const said = (start: string): boolean => message.startsWith(start)
  if (said('Socks5 Authentication failed')) return 'it refused the login'
  if (said('Received invalid Socks5 initial handshake (no accepted'))
    return proxy.user === undefined ? 'it wants a login, and none was given' : 'it takes no login of this kind'
  if (said('Received invalid Socks5')) return 'expected an answer of SOCKS5, got another'
  if (said('Socks5 proxy rejected connection')) return `it refused (${message.split(' - ')[1] ?? 'no reason given'})`
  if (said('Socket closed')) return 'it closed the connection'
  return message
}
