/**
 * RSA as a client needs it: the server's public keys, their fingerprints, and RSA_PAD.
 * https://core.telegram.org/mtproto/auth_key#presenting-proof-of-work-server-authentication
 */
import { platform } from '#crypto'
import { concat, int64FromBytes, reversed, trimZeros, wipe, xor } from '../bytes.ts'
import { UsageError } from '../errors.ts'
import { igeEncrypt } from './aes-ige.ts'
import { readPem } from './pem.ts'
import { publicNumbers, unwrapRsa } from './rsa-der.ts'
import { sha1, sha256 } from './sha.ts'

/** A server's public key. */
export interface RsaPublicKey {
  /** 256 bytes. */
  readonly modulus: Uint8Array
  /** Big-endian without leading zeros: 01 00 01. */
  readonly exponent: Uint8Array
  /** Names the key in the exchange: a signed number of 64 bits. */
  readonly fingerprint: bigint
}

/** Bytes of a modulus, and so of everything that is encrypted with it. */
export const RSA_BYTES = 256
/** What RSA_PAD makes of the data: it and random bytes. */
const PADDED = 192
/** The most that RSA_PAD takes, which leaves at least 48 random bytes. */
const MAX_DATA = 144
/** Each attempt fails with a probability below 1/2, so this many only if the random source is broken. */
const ATTEMPTS = 128
const ZERO_IV = /* @__PURE__ */ new Uint8Array(32)

/** The key in PEM text: PKCS #1 (`RSA PUBLIC KEY`) or SPKI (`PUBLIC KEY`). Anything else is a UsageError. */
export function parsePublicKey(pem: string): RsaPublicKey {
  const { label, bytes } = readPem(pem, ['RSA PUBLIC KEY', 'PUBLIC KEY'])
  const { modulus, exponent } = publicNumbers(label === 'PUBLIC KEY' ? unwrapRsa(bytes) : bytes)
  return rsaPublicKey(modulus, exponent)
}

/** The key of these numbers, with its fingerprint. */
export function rsaPublicKey(modulus: Uint8Array, exponent: Uint8Array): RsaPublicKey {
  const n = Uint8Array.from(trimZeros(modulus))
  const e = Uint8Array.from(trimZeros(exponent))
  if (n.length !== RSA_BYTES || n[0]! < 0x80)
    throw new UsageError(`RSA key: expected a modulus of 2048 bits, got ${bitLength(n)}`)
  if (n[RSA_BYTES - 1]! % 2 === 0) throw new UsageError('RSA key: expected an odd modulus, got an even one')
  if (e.length === 0 || e.length > 8 || e[e.length - 1]! % 2 === 0 || (e.length === 1 && e[0] === 1))
    throw new UsageError('RSA key: expected an odd exponent from 3 to 64 bits, got another')
  return { modulus: n, exponent: e, fingerprint: rsaFingerprint(n, e) }
}

/** The last 8 bytes of SHA-1 over both numbers, each as a TL string. */
export function rsaFingerprint(modulus: Uint8Array, exponent: Uint8Array): bigint {
  return int64FromBytes(sha1(tlBytes(modulus), tlBytes(exponent)), 12)
}

/**
 * Encrypts up to 144 bytes for the server, by RSA_PAD. `random` gives as many random bytes as it is asked for: first
 * those that fill up to 192, then a key of 32 for each attempt.
 */
export function rsaPad(data: Uint8Array, key: RsaPublicKey, random: (length: number) => Uint8Array): Uint8Array {
  if (data.length > MAX_DATA) throw new UsageError(`rsaPad: expected at most ${MAX_DATA} bytes, got ${data.length}`)
  const padded = concat(data, random(PADDED - data.length))
  const backwards = reversed(padded)
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const temporaryKey = random(32)
    const hashed = concat(backwards, sha256(temporaryKey, padded))
    const encrypted = igeEncrypt(hashed, temporaryKey, ZERO_IV)
    const keyed = concat(xor(temporaryKey, sha256(encrypted)), encrypted)
    wipe(hashed)
    if (!isBelow(keyed, key.modulus)) continue
    wipe(padded, backwards)
    return rsaEncrypt(keyed, key)
  }
  throw new UsageError(`rsaPad: expected a random source, got the same bytes ${ATTEMPTS} times`)
}

/** Raw RSA of a number of 256 bytes below the modulus. */
export function rsaEncrypt(data: Uint8Array, key: RsaPublicKey): Uint8Array {
  if (data.length !== RSA_BYTES) throw new UsageError(`rsaEncrypt: expected ${RSA_BYTES} bytes, got ${data.length}`)
  if (!isBelow(data, key.modulus)) throw new UsageError('rsaEncrypt: expected a number below the modulus')
  return platform.rsaPublic(data, key)
}

/** Whether a < b, as big-endian numbers of the same length. */
export function isBelow(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! < b[i]!
  return false
}

/** A TL string: https://core.telegram.org/mtproto/serialize#base-types */
function tlBytes(bytes: Uint8Array): Uint8Array {
  const n = bytes.length
  const head = n < 254 ? Uint8Array.of(n) : Uint8Array.of(254, n & 0xff, (n >> 8) & 0xff, n >> 16)
  return concat(head, bytes, new Uint8Array(-(head.length + n) & 3))
}

function bitLength(bytes: Uint8Array): number {
  return bytes.length === 0 ? 0 : bytes.length * 8 - Math.clz32(bytes[0]!) + 24
}
