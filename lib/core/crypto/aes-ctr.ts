/** AES-256 in counter mode, as the obfuscated transports use it: https://core.telegram.org/mtproto/mtproto-transports */
import { platform } from '#crypto'
import { UsageError } from '../errors.ts'

/**
 * One keystream, to be applied to everything that passes in one direction, in order: bytes in, as many bytes out.
 * Encrypting and decrypting are the same.
 */
export function ctrStream(key: Uint8Array, iv: Uint8Array): (bytes: Uint8Array) => Uint8Array {
  if (key.length !== 32) throw new UsageError(`ctrStream: expected a key of 32 bytes, got ${key.length}`)
  if (iv.length !== 16) throw new UsageError(`ctrStream: expected an iv of 16 bytes, got ${iv.length}`)
  return platform.ctrStream(key, iv)
}
