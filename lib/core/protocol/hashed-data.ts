/**
 * The two objects of a key exchange that travel under the temporary AES key: SHA-1 of the object, the object, and
 * up to 15 random bytes to fill the last block.
 * https://core.telegram.org/mtproto/auth_key#5-server-responds-with
 */

import { readServiceObject, type ServiceObject } from '#service'
import { concat, equalBytes } from '../bytes.ts'
import { igeDecrypt, igeEncrypt } from '../crypto/aes-ige.ts'
import type { AesKey } from '../crypto/message-key.ts'
import { sha1 } from '../crypto/sha.ts'
import { DecodeError, ProtocolError } from '../errors.ts'
import { decodePrefix } from '../tl/reader.ts'

const HASH = 20
const BLOCK = 16

/** The hash, the object and the padding, ready to be encrypted. */
export function hashed(object: Uint8Array, random: (length: number) => Uint8Array): Uint8Array {
  const padding = -(HASH + object.length) & (BLOCK - 1)
  return concat(sha1(object), object, padding === 0 ? new Uint8Array(0) : random(padding))
}

/** Encrypts what `hashed` made. */
export function sealHashed(data: Uint8Array, { key, iv }: AesKey): Uint8Array {
  return igeEncrypt(data, key, iv)
}

/**
 * Decrypts, and returns the object once its hash is right and no more than padding follows it.
 *
 * @throws {ProtocolError} with `what` it was to be.
 */
export function openHashed(encrypted: Uint8Array, { key, iv }: AesKey, what: string): ServiceObject {
  if (encrypted.length % BLOCK !== 0 || encrypted.length <= HASH) {
    throw new ProtocolError(`${what}: expected whole blocks of ${BLOCK} bytes, got ${encrypted.length} bytes`)
  }
  const plain = igeDecrypt(encrypted, key, iv)
  const { value, length } = readObject(plain.subarray(HASH), what)
  const padding = plain.length - HASH - length
  if (padding >= BLOCK) throw new ProtocolError(`${what}: expected less than ${BLOCK} bytes of padding, got ${padding}`)
  if (!equalBytes(sha1(plain.subarray(HASH, HASH + length)), plain.subarray(0, HASH))) {
    throw new ProtocolError(`${what}: expected the SHA-1 of the object in front of it, got another`)
  }
  return value
}

/**
 * The object that bytes begin with, and its length.
 *
 * @throws {ProtocolError} with `what` it was to be.
 */
export function readObject(
  bytes: Uint8Array,
  what: string,
): { readonly value: ServiceObject; readonly length: number } {
  try {
    return decodePrefix(bytes, readServiceObject)
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause
    throw new ProtocolError(`expected ${what}, got bytes that are none: ${cause.message}`, { cause })
  }
}
