/**
 * The keys of messages and of the key exchange.
 * https://core.telegram.org/mtproto/description#protocol-description and https://core.telegram.org/mtproto/auth_key
 */

import { concat, int64FromBytes, xor } from '../bytes.ts'
import { UsageError } from '../errors.ts'
import type { AuthKey, Side } from './auth-key.ts'
import { sha1, sha256 } from './sha.ts'

export type { AuthKey, Side }

/** Key and iv of AES-256-IGE. */
export interface AesKey {
  readonly key: Uint8Array
  readonly iv: Uint8Array
}

/** The auth key with its id. */
export function authKey(bytes: Uint8Array): AuthKey {
  if (bytes.length !== 256) throw new UsageError(`authKey: expected 256 bytes, got ${bytes.length}`)
  return { id: int64FromBytes(sha1(bytes), 12), bytes }
}

/** The first 8 bytes of the key's SHA-1: names it in the key exchange. */
export function authKeyAuxHash(key: Uint8Array): Uint8Array {
  return sha1(key).slice(0, 8)
}

/** "x" of the description: where a direction's part of the auth key begins. */
const offsetOf = (from: Side): number => (from === 'client' ? 0 : 8)

/** A message's key, and what a quick acknowledgement of it will say. */
export interface MessageKey {
  /** 16 bytes. */
  readonly messageKey: Uint8Array
  /** An unsigned number of 32 bits with the highest one set. */
  readonly quickAckToken: number
}

/**
 * `msg_key` of MTProto 2.0: the middle of SHA-256 over a part of the auth key and the plaintext with its padding.
 * The token is the beginning of the same hash (https://core.telegram.org/mtproto/mtproto-transports#quick-ack).
 */
export function messageKey(key: Uint8Array, plaintext: Uint8Array, from: Side): MessageKey {
  const x = offsetOf(from)
  const large = sha256(key.subarray(88 + x, 120 + x), plaintext)
  const token = large[0]! | (large[1]! << 8) | (large[2]! << 16) | (large[3]! << 24) | 0x8000_0000
  return { messageKey: large.slice(8, 24), quickAckToken: token >>> 0 }
}

/** AES key and iv of a message in MTProto 2.0. */
export function messageAesKey(key: Uint8Array, messageKey: Uint8Array, from: Side): AesKey {
  const x = offsetOf(from)
  const a = sha256(messageKey, key.subarray(x, x + 36))
  const b = sha256(key.subarray(40 + x, 76 + x), messageKey)
  return {
    key: concat(a.subarray(0, 8), b.subarray(8, 24), a.subarray(24, 32)),
    iv: concat(b.subarray(0, 8), a.subarray(8, 24), b.subarray(24, 32)),
  }
}

/** `msg_key` of MTProto 1.0: over the plaintext without its padding. https://core.telegram.org/mtproto/description_v1 */
export function messageKeyV1(plaintext: Uint8Array): Uint8Array {
  return sha1(plaintext).slice(4, 20)
}

/** AES key and iv of a message in MTProto 1.0, which lives on in the binding of temporary keys. */
export function messageAesKeyV1(key: Uint8Array, messageKey: Uint8Array, from: Side): AesKey {
  const x = offsetOf(from)
  const a = sha1(messageKey, key.subarray(x, x + 32))
  const b = sha1(key.subarray(32 + x, 48 + x), messageKey, key.subarray(48 + x, 64 + x))
  const c = sha1(key.subarray(64 + x, 96 + x), messageKey)
  const d = sha1(messageKey, key.subarray(96 + x, 128 + x))
  return {
    key: concat(a.subarray(0, 8), b.subarray(8, 20), c.subarray(4, 16)),
    iv: concat(a.subarray(8, 20), b.subarray(0, 8), c.subarray(16, 20), d.subarray(0, 8)),
  }
}

/** `new_nonce_hash` 1, 2 or 3: how the server ends a key exchange with ok, retry or fail. */
export function newNonceHash(newNonce: Uint8Array, n: 1 | 2 | 3, auxHash: Uint8Array): Uint8Array {
  return sha1(newNonce, Uint8Array.of(n), auxHash).slice(4, 20)
}

/** `tmp_aes_key` and `tmp_aes_iv`: what encrypts the Diffie-Hellman part of a key exchange. */
export function temporaryAesKey(newNonce: Uint8Array, serverNonce: Uint8Array): AesKey {
  const newServer = sha1(newNonce, serverNonce)
  const serverNew = sha1(serverNonce, newNonce)
  const newNew = sha1(newNonce, newNonce)
  return {
    key: concat(newServer, serverNew.subarray(0, 12)),
    iv: concat(serverNew.subarray(12, 20), newNew, newNonce.subarray(0, 4)),
  }
}

/** The first salt of a fresh key, as a signed number. */
export function firstSalt(newNonce: Uint8Array, serverNonce: Uint8Array): bigint {
  return int64FromBytes(xor(newNonce.subarray(0, 8), serverNonce.subarray(0, 8)))
}
