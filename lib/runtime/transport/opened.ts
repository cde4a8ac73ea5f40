/** The first stage of a client: an address becomes a link. */
import { defer, type Observable } from 'rxjs'
import type { Connect, Endpoint, Link } from './link.ts'

/**
 * Opens one link of packets to an endpoint. Subscribing again opens another: that is how one reconnects.
 *
 * Starts: connects on subscribe.
 * Emits: the open link, once, and stays; completes when the other side closed.
 * Errors: TransportError when it can't be opened, or breaks; UsageError for an endpoint that the transport can't use.
 * Unsubscribe: closes the connection.
 *
 *     peer:      --o------x          o: accepts   x: closes
 *     opened:    --L------|
 *
 * @example
 * opened({ dc: 2, host: '127.0.0.1', port: 4430 }, { connect: tcp() }).pipe(keyed(options), session(options))
 */
export function opened(endpoint: Endpoint, options: { readonly connect: Connect }): Observable<Link> {
  return defer(() => options.connect(endpoint))
}
