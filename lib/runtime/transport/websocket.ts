/** WebSocket: https://core.telegram.org/mtproto/transports#websocket */
import type { Observable } from 'rxjs'
import { openWebSocket } from '#websocket'
import { TransportError, UsageError } from '../../core/errors.ts'
import { type Clock, systemClock } from '../rx/clock.ts'
import { cold } from '../rx/cold.ts'
import { CONNECT_TIMEOUT, connecting } from './connecting.ts'
import { inbox } from './inbox.ts'
import type { Connect, Link } from './link.ts'
import { checkedOptions, type PacketOptions, packets } from './packets.ts'

/** The subprotocol that the servers speak (transports, "WebSocket"). */
const SUBPROTOCOL = 'binary'

export interface WebSocketLinkOptions {
  readonly clock?: Clock | undefined
  /** How long the connection may take to open, in milliseconds; 10 s if not given. */
  readonly timeout?: number | undefined
}

export type WebSocketOptions = Omit<PacketOptions, 'obfuscated'> & WebSocketLinkOptions

/**
 * The transport over WebSocket, always hidden, since the servers take nothing else there. Needs the endpoint's `ws`.
 *
 * The links that it returns for an endpoint:
 *
 * Starts: connects on subscribe, one connection for each subscription.
 * Emits: the open link of packets, once, and stays; completes when the other side closed.
 * Errors: TransportError, `unsent` when it can't be opened, `unknown` when it breaks; UsageError for a bad address.
 * Unsubscribe: closes the connection.
 *
 *     server:      --o------x          o: accepts   x: closes
 *     webSocket:   --P------|          P: the link of packets
 */
export function webSocket(options: WebSocketOptions = {}): Connect {
  const hidden = checkedOptions({ ...options, obfuscated: true })
  return (endpoint) => webSocketLink(endpoint.ws ?? '', options).pipe(packets(endpoint, hidden))
}

/**
 * A link of bytes over a WebSocket; the borders of its messages mean nothing.
 *
 * Starts: connects on subscribe, one connection for each subscription.
 * Emits: the open link, once, and stays; completes when the other side closed.
 * Errors: TransportError, `unsent` when it can't be opened, `unknown` when it breaks; UsageError for a bad address.
 * Unsubscribe: closes the connection.
 *
 *     server:          --o------x          o: accepts   x: closes
 *     webSocketLink:   --L------|
 */
export function webSocketLink(url: string, options: WebSocketLinkOptions = {}): Observable<Link> {
  const timeout = options.timeout ?? CONNECT_TIMEOUT
  return connecting(dialled(url), { to: url, timeout, clock: options.clock ?? systemClock })
}

function dialled(url: string): Observable<Link> {
  return cold((subscriber) => {
    if (!/^wss?:\/\//.test(url)) throw new UsageError(`expected an address like wss://host/apiws, got '${url}'`)
    const box = inbox()
    let connected = false
    const socket = openWebSocket(url, SUBPROTOCOL, {
      opened() {
        connected = true
        subscriber.next({
          incoming$: box.incoming$,
          send: (bytes) => socket.send(bytes),
          get buffered() {
            return socket.buffered
          },
        })
      },
      received: (bytes) => box.push(bytes),
      closed(failure) {
        const error = closeError(url, connected, failure)
        if (error === undefined) {
          box.end()
          subscriber.complete()
        } else {
          box.fail(error)
          subscriber.error(error)
        }
      },
    })
    subscriber.add(() => socket.close())
  })
}

function closeError(url: string, connected: boolean, failure: string | undefined): TransportError | undefined {
  if (!connected) return new TransportError(`could not connect to ${url}: ${failure ?? 'closed at once'}`, 'unsent')
  return failure === undefined ? undefined : new TransportError(`the connection to ${url} broke: ${failure}`, 'unknown')
}
