/** What a transport gives: https://core.telegram.org/mtproto/transports */
import type { Observable } from 'rxjs'

/** One open connection. Of bytes as the carrier cut them, or, above a framing, of whole packets. */
export interface Link {
  /**
   * Starts: nothing; it is hot, and must be subscribed synchronously when the link is emitted.
   * Emits: what arrived, each array owned by the receiver.
   * Errors: TransportError when the connection broke. Completes when the other side closed it.
   */
  readonly incoming$: Observable<Uint8Array>
  /** Sends; never throws, never waits. The array belongs to the link from now on. */
  send(bytes: Uint8Array): void
  /** Bytes accepted by `send` that the platform has not taken yet. */
  readonly buffered: number
}

/** Where to connect: one address of one data centre. */
export interface Endpoint {
  /** The DC's number: 1 to 5 in production. */
  readonly dc: number
  readonly host: string
  readonly port: number
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
