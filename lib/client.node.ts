/** A client on Node, where the transport is TCP if nothing else is said. */
import type { Observable } from 'rxjs'
import {
  type Client,
  type ClientOptions,
  createClient as createPortable,
  openClient as openPortable,
} from './client.ts'
import { tcp } from './runtime/transport/tcp.node.ts'

/** As everywhere, and over TCP. See `createClient` of client.ts. */
export function createClient(options: ClientOptions): Client {
  return createPortable(overTcp(options))
}

/**
 * As everywhere, and over TCP. See `openClient` of client.ts.
 *
 * Starts: makes the client on subscribe; it connects at once.
 * Emits: the client, once, and stays.
 * Errors: UsageError for bad options.
 * Unsubscribe: closes the client.
 */
export function openClient(options: ClientOptions): Observable<Client> {
  return openPortable(overTcp(options))
}

function overTcp(options: ClientOptions): ClientOptions {
  return { ...options, transport: options?.transport ?? tcp({ clock: options?.clock }) }
}
