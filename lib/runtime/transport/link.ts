/** What a transport gives: https://core.telegram.org/mtproto/transports */
import type { Observable } from 'rxjs'

/** The server has the packet whose hash begins so: https://core.telegram.org/mtproto/mtproto-transports#quick-ack */
export type OnQuickAck = (token: number) => void

/** One open connection. Of bytes as the carrier cut them, or, above a framing, of whole packets. */
export interface Link {
  /**
   * Starts: nothing; it is hot, and must be subscribed synchronously when the link is emitted. It has one reader at a
   *   time: a new one takes over from the last, and nothing is lost between them.
   * Emits: what arrived, each array owned by the receiver.
   * Errors: TransportError when the connection broke, ProtocolError when what came can't be read. Completes when the
   *   other side closed it.
   * Unsubscribe: stops reading; the link stays open.
   */
  readonly incoming$: Observable<Uint8Array>
  /**
   * Sends; never throws, never waits. The array belongs to the link from now on. With `onQuickAck` a link of packets asks
   * the server to say at once that it has this one, if its framing knows how; all that it says so is told to the last
   * one that was given, between the packets of `incoming$`, in the order in which they came.
   */
  send(bytes: Uint8Array, onQuickAck?: OnQuickAck): void
  /** Bytes accepted by `send` that the platform has not taken yet. */
  readonly buffered: number
}

/** The end of a connection that its holder may end by hand: what an accepting side gets. */
export interface AcceptedLink extends Link {
  /** Who is at the other end, for people: `127.0.0.1:50123`. */
  readonly remote: string
  /** Sends what is waiting, then closes; `incoming$` completes at both ends. */
  close(): void
  /** Breaks the connection: the other side gets a TransportError. */
  reset(): void
}

/** Where bytes go: a name, or an address of IPv4 or IPv6 without brackets, and a port. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** Opens links of bytes, as `Connect` those of packets: what a transport is laid upon. `tcpLink` is one. */
export type Dial = (address: Address) => Observable<Link>

/** Where to connect: one address of one data centre. */
export interface Endpoint {
  /** The DC's number: 1 to 5 in production. */
  readonly dc: number
  readonly host: string
  readonly port: number
  /** More addresses of the same DC, best first. Whichever answers first is taken, by transports that dial addresses. */
  readonly also?: readonly Address[] | undefined
  /** The WebSocket address, if there is one: `wss://venus.web.telegram.org/apiws`. */
  readonly ws?: string | undefined
  /** A test DC: its number travels as dc + 10000. */
  readonly test?: boolean | undefined
  /** For file traffic only: its number travels negated. */
  readonly media?: boolean | undefined
}

/**
 * Opens links.
 *
 * Starts: connects on subscribe, one connection for each subscription.
 * Emits: the open link, once, and stays; completes when the other side closed.
 * Errors: TransportError when it can't be opened, or breaks.
 * Unsubscribe: closes the connection.
 */
export type Connect = (endpoint: Endpoint) => Observable<Link>
