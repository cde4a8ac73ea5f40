/**
 * The secret of an MTProxy: what it is told in, and what it asks of the stream.
 * https://core.telegram.org/mtproto/mtproto-transports#transport-obfuscation and https://core.telegram.org/proxy
 * Nothing here puts a secret, or a part of one, into an error.
 */
import { fromBase64 } from '../base64.ts'
import { fromHex } from '../bytes.ts'
import { UsageError } from '../errors.ts'

/**
 * `plain`: obfuscated with any framing. `padded`: obfuscated, and the framing must be padded. `tls`: the same inside
 * what looks like TLS to `domain`.
 */
export type ProxySecret =
  | { readonly kind: 'plain' | 'padded'; readonly key: Uint8Array }
  | { readonly kind: 'tls'; readonly key: Uint8Array; readonly domain: string }

/** What follows the kind, if there is one, and is hashed into the keys of the stream. */
const KEY_LENGTH = 16
const PADDED = 0xdd
const TLS = 0xee
/** Longer names would not fit where proxies look for them. */
const MAX_DOMAIN = 182

/**
 * Reads a secret as people pass it on: hex, else base64url or base64.
 *
 * @throws {UsageError} that never shows the secret
 */
export function proxySecret(text: string): ProxySecret {
  const bytes = bytesOf(text.trim())
  if (bytes === undefined) throw new UsageError('proxy secret: expected hex or base64, got something else')
  return proxySecretOf(bytes)
}

/** The same from its bytes, as `dcOption` has them. */
export function proxySecretOf(bytes: Uint8Array): ProxySecret {
  const [first] = bytes
  if (bytes.length === KEY_LENGTH) return { kind: 'plain', key: bytes.slice() }
  const key = bytes.slice(1, 1 + KEY_LENGTH)
  if (bytes.length === 1 + KEY_LENGTH && first === PADDED) return { kind: 'padded', key }
  if (bytes.length > 1 + KEY_LENGTH && first === TLS)
    return { kind: 'tls', key, domain: domainOf(bytes.subarray(1 + KEY_LENGTH)) }
  throw new UsageError(
    `proxy secret: expected 16 bytes, 17 that begin with dd, or more that begin with ee, got ${bytes.length} others`,
  )
}

/** Hex comes first: its digits are base64 as well. */
function bytesOf(text: string): Uint8Array | undefined {
  return text.length % 2 === 0 && /^[0-9a-f]*$/i.test(text) ? fromHex(text) : fromBase64(text)
}

function domainOf(bytes: Uint8Array): string {
  if (bytes.length > MAX_DOMAIN)
    throw new UsageError(`proxy secret: expected a domain of at most ${MAX_DOMAIN} bytes, got ${bytes.length}`)
  // A name on the wire of TLS is ASCII, also one of another script.
  if (bytes.some((byte) => byte <= 0x20 || byte >= 0x7f))
    throw new UsageError('proxy secret: expected a domain in ASCII, got other bytes')
  return String.fromCharCode(...bytes)
}
