/** gzip both ways with node:zlib. */
import { gzipSync, unzipSync } from 'node:zlib'
import { DecodeError } from '../errors.ts'

/** Deflate packs at most 1032 to 1, so a size that claims more than that is a lie and buys no memory. */
const MAX_RATIO = 1032

/**
 * Unpacks gzip or zlib framing. More than `limit` bytes, and damaged or shortened data, are a DecodeError.
 */
export function gunzip(bytes: Uint8Array, limit: number): Uint8Array {
  try {
    const whole = unzipSync(bytes, { maxOutputLength: limit, chunkSize: expectedSize(bytes, limit) })
    return new Uint8Array(whole.buffer, whole.byteOffset, whole.byteLength)
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string }
    if (code === 'ERR_BUFFER_TOO_LARGE') throw new DecodeError(`gzip: unpacks to more than ${limit} bytes`)
    throw new DecodeError(`gzip: ${message ?? String(error)}`)
  }
}

/** Packs with gzip framing. */
export function gzip(bytes: Uint8Array): Uint8Array {
  const whole = gzipSync(bytes)
  return new Uint8Array(whole.buffer, whole.byteOffset, whole.byteLength)
}

/**
 * One output buffer of the right size at once is what makes node:zlib fast. gzip tells the size in its last four
 * bytes (RFC 1952 section 2.3.1); zlib does not, and those bytes are hostile input, hence the bounds.
 */
function expectedSize(bytes: Uint8Array, limit: number): number {
  const n = bytes.length
  const isGzip = n >= 18 && bytes[0] === 0x1f && bytes[1] === 0x8b
  const told = isGzip ? new DataView(bytes.buffer, bytes.byteOffset, n).getUint32(n - 4, true) : 16384
  // One byte more, so that zlib sees its end in the same round.
  return Math.max(64, Math.min(told, limit, n * MAX_RATIO) + 1)
}
