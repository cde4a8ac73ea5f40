/** gzip both ways where there is no node:zlib. `gzip.node.ts` is the same for Node. */
import { gzipSync, Inflate } from 'fflate'
import { DecodeError } from '../errors.ts'

/**
 * How much is unpacked between two looks at the size. Deflate packs at most 1032 to 1, so a bomb gets no further
 * than a mebibyte past the limit.
 */
const SLICE = 1024

/**
 * Unpacks gzip or zlib framing. More than `limit` bytes, and damaged or shortened data, are a DecodeError.
 *
 * The checksum is not compared: what comes here has passed the message key, which is far stronger.
 */
export function gunzip(bytes: Uint8Array, limit: number): Uint8Array {
  const start = headerLength(bytes)
  const chunks: Uint8Array[] = []
  let length = 0
  let last = false
  const inflate = new Inflate((chunk, final) => {
    length += chunk.length
    last ||= final
    if (length > limit) throw new DecodeError(`gzip: unpacks to more than ${limit} bytes`)
    if (chunk.length > 0) chunks.push(chunk)
  })
  try {
    for (let at = start; at < bytes.length; at += SLICE) {
      inflate.push(bytes.subarray(at, at + SLICE), at + SLICE >= bytes.length)
    }
  } catch (error) {
    if (error instanceof DecodeError) throw error
    throw new DecodeError(`gzip: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (!last) throw new DecodeError('gzip: the data ends too early')
  return join(chunks, length)
}

/** Packs with gzip framing. */
export function gzip(bytes: Uint8Array): Uint8Array {
  return gzipSync(bytes, { mtime: 0 })
}

/** Where the deflate stream begins: RFC 1952 section 2.3 for gzip, RFC 1950 section 2.2 for zlib. */
function headerLength(bytes: Uint8Array): number {
  const first = bytes[0] ?? 0
  const second = bytes[1] ?? 0
  if (first === 0x1f && second === 0x8b && bytes[2] === 8) return gzipHeaderLength(bytes)
  const isZlib = (first & 15) === 8 && ((first << 8) | second) % 31 === 0 && (second & 32) === 0
  if (!isZlib) throw new DecodeError('gzip: expected a gzip or zlib header')
  return 2
}

function gzipHeaderLength(bytes: Uint8Array): number {
  const flags = bytes[3] ?? 0
  let at = 10
  if ((flags & 4) !== 0) at += 2 + ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8))
  // A name and a comment, each up to a zero byte.
  for (const bit of [8, 16]) {
    if ((flags & bit) === 0) continue
    const zero = bytes.indexOf(0, at)
    if (zero === -1) throw new DecodeError('gzip: the header ends too early')
    at = zero + 1
  }
  if ((flags & 2) !== 0) at += 2
  return at
}

function join(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}
