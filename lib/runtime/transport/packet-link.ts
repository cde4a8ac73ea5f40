/** From an endpoint to a link of packets, whatever dials. */
import type { Observable } from 'rxjs'
import type { Clock } from '../rx/clock.ts'
import { happyEyeballs } from './happy-eyeballs.ts'
import type { Dial, Endpoint, Link } from './link.ts'
import { type PacketOptions, packets } from './packets.ts'

/**
 * Dials the addresses of an endpoint, IPv4 and IPv6 in turn, and makes a link of packets from the first that opens.
 *
 * Starts: dials on subscribe.
 * Emits: the open link, once, and stays.
 * Errors: as `dial`, once all addresses have failed; TransportError when the link breaks.
 * Unsubscribe: closes the connection.
 */
export function packetLink(
  endpoint: Endpoint,
  dial: Dial,
  options: PacketOptions & { readonly clock: Clock },
): Observable<Link> {
  const addresses = [endpoint, ...(endpoint.also ?? [])].map(({ host, port }) => ({ host, port }))
  return happyEyeballs(addresses, dial, options.clock).pipe(packets(endpoint, options))
}
