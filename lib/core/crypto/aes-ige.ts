/**
 * AES-256 in infinite garble extension mode: c(i) = E(p(i) xor c(i-1)) xor p(i-1).
 * The 32 bytes of `iv` are c(0) and then p(0). https://core.telegram.org/mtproto/description
 */
import { platform } from '#crypto'
import { UsageError } from '../errors.ts'

/** Encrypts whole blocks of 16 bytes into a new array. */
export function igeEncrypt(data: Uint8Array, key: Uint8Array, iv: Uint8Array): Uint8Array {
  checkLengths('igeEncrypt', data, key, iv)
  return platform.igeEncrypt(data, key, iv)
}

/** Decrypts whole blocks of 16 bytes into a new array. */
export function igeDecrypt(data: Uint8Array, key: Uint8Array, iv: Uint8Array): Uint8Array {
  checkLengths('igeDecrypt', data, key, iv)
  return platform.igeDecrypt(data, key, iv)
}

function checkLengths(name: string, data: Uint8Array, key: Uint8Array, iv: Uint8Array): void {
  if (key.length !== 32) throw new UsageError(`${name}: expected a key of 32 bytes, got ${key.length}`)
  if (iv.length !== 32) throw new UsageError(`${name}: expected an iv of 32 bytes, got ${iv.length}`)
  if (data.length % 16 !== 0)
    throw new UsageError(`${name}: expected whole blocks of 16 bytes, got ${data.length} bytes`)
}
