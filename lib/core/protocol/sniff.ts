/**
 * Which framing a client speaks, told by its first bytes; the order of the looks matters.
 * https://core.telegram.org/mtproto/mtproto-transports
 */
import { type Framing, frameTag } from './frame.ts'

/** What a connection turned out to be. For `obfuscated` the header of 64 bytes says the rest. */
export type Sniffed = 'need more' | { readonly framing: Framing } | 'obfuscated' | 'http' | 'tls'

const FOUR_BYTE_TAGS: readonly Framing[] = ['intermediate', 'padded']
/** The methods that a WebSocket upgrade or the HTTP transport can begin with. */
const HTTP_METHODS = ['HEAD', 'POST', 'GET ', 'OPTI']

/**
 * Looks at the first bytes of a connection, all that have come so far. At most 9 are needed. The tag of a framing
 * is not part of the first frame.
 */
export function sniff(bytes: Uint8Array): Sniffed {
  if (bytes.length === 0) return 'need more'
  if (bytes[0] === frameTag('abridged')[0]) return { framing: 'abridged' }
  if (bytes.length < 4) return 'need more'
  for (const framing of FOUR_BYTE_TAGS) {
    if (startsWith(bytes, frameTag(framing))) return { framing }
  }
  if (HTTP_METHODS.includes(String.fromCharCode(...bytes.subarray(0, 4)))) return 'http'
  const mayBeTls = bytes[0] === 0x16 && bytes[1] === 3 && bytes[2] === 1
  if (mayBeTls && bytes.length < 9) return 'need more'
  if (mayBeTls && isClientHello(bytes)) return 'tls'
  if (bytes.length < 8) return 'need more'
  // Full has no tag, but its first packet has number 0; an obfuscated header never has zeros there.
  if (bytes[4] === 0 && bytes[5] === 0 && bytes[6] === 0 && bytes[7] === 0) return { framing: 'full' }
  return 'obfuscated'
}

/** An obfuscated header may begin like TLS by chance, but not with both lengths of a ClientHello in agreement. */
function isClientHello(bytes: Uint8Array): boolean {
  const recordLength = (bytes[3]! << 8) | bytes[4]!
  const helloLength = (bytes[6]! << 16) | (bytes[7]! << 8) | bytes[8]!
  return bytes[5] === 1 && helloLength + 4 === recordLength
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return start.every((byte, index) => bytes[index] === byte)
}
