/**
 * The number under which a DC is asked for: a test DC travels as its number + 10000, a media-only one negated.
 * https://core.telegram.org/mtproto/transports#transport-obfuscation
 */
import type { Endpoint } from './link.ts'

/** The DC number as it stands in the obfuscation header and in the key exchange. */
export function wireDc(endpoint: Pick<Endpoint, 'dc' | 'test' | 'media'>): number {
  const dc = endpoint.test === true ? endpoint.dc + 10_000 : endpoint.dc
  return endpoint.media === true ? -dc : dc
}
