/** A client on Node, where the transport is TCP and calls are packed if nothing else is said. */
import type { Observable } from 'rxjs'
import {
  type CallClient,
  type Client,
  type ClientOptions,
  createClient as createPortable,
  createCaller as createPortableCaller,
  openClient as openPortable,
  openCaller as openPortableCaller,
} from './client.ts'
import { gzipCall } from './core/protocol/pack.ts'
import { tcp } from './runtime/transport/tcp.node.ts'

/** As everywhere, but for the defaults: over TCP, and packed. See `createClient` of client.ts. */
export function createClient(options: ClientOptions): Client {
  return createPortable(onNode(options))
}

/**
 * As everywhere, but for the defaults: over TCP, and packed. See `openClient` of client.ts.
 *
 * Starts: makes the client on subscribe; it connects at once.
 * Emits: the client, once, and stays.
 * Errors: UsageError for bad options.
 * Unsubscribe: closes the client.
 */
export function openClient(options: ClientOptions): Observable<Client> {
  return openPortable(onNode(options))
}

/** As everywhere, but for the defaults: over TCP, and packed. See `createCaller` of client.ts. */
export function createCaller(options: ClientOptions): CallClient {
  return createPortableCaller(onNode(options))
}

/**
 * As everywhere, but for the defaults: over TCP, and packed. See `openCaller` of client.ts.
 *
 * Starts: makes the client on subscribe; it connects at once.
 * Emits: the client, once, and stays.
 * Errors: UsageError for bad options.
 * Unsubscribe: closes the client.
 */
export function openCaller(options: ClientOptions): Observable<CallClient> {
  return openPortableCaller(onNode(options))
}

function onNode(options: ClientOptions): ClientOptions {
  return {
    ...options,
    transport: options?.transport ?? tcp({ clock: options?.clock }),
    pack: options?.pack ?? gzipCall,
  }
}
