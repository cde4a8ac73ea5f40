/**
 * RSA as a server needs it: the private key, and what a client encrypted for it.
 * https://core.telegram.org/mtproto/auth_key#presenting-proof-of-work-server-authentication
 */
import { platform } from '#crypto'
import { bigintFromBytes, equalBytes, reversed, xor } from '../bytes.ts'
import { UsageError } from '../errors.ts'
import { igeDecrypt } from './aes-ige.ts'
import type { RsaPrivateNumbers } from './crypto-platform.ts'
import { readPem, writePem } from './pem.ts'
import { isBelow, RSA_BYTES, type RsaPublicKey, rsaPublicKey } from './rsa.ts'
import { privateNumbers, publicKeyDer, unwrapRsa } from './rsa-der.ts'
import { sha1, sha256 } from './sha.ts'

/** A server's private key. */
export interface RsaPrivateKey {
  readonly public: RsaPublicKey
  /** Secret. */
  readonly numbers: RsaPrivateNumbers
}

const ZERO_IV = /* @__PURE__ */ new Uint8Array(32)
/** The oldest padding: one zero byte, SHA-1 of the data, the data, random bytes. */
const LEGACY_HASH_END = 21

/** The key in PEM text: PKCS #1 (`RSA PRIVATE KEY`) or PKCS #8 (`PRIVATE KEY`). Anything else is a UsageError. */
export function parsePrivateKey(pem: string): RsaPrivateKey {
  const { label, bytes } = readPem(pem, ['RSA PRIVATE KEY', 'PRIVATE KEY'])
  return rsaPrivateKey(privateNumbers(label === 'PRIVATE KEY' ? unwrapRsa(bytes) : bytes))
}

/** The key of these numbers, which must belong together. */
export function rsaPrivateKey(numbers: RsaPrivateNumbers): RsaPrivateKey {
  const key = rsaPublicKey(numbers.modulus, numbers.exponent)
  const p = bigintFromBytes(numbers.prime1)
  const q = bigintFromBytes(numbers.prime2)
  const fits =
    p > 1n &&
    q > 1n &&
    p * q === bigintFromBytes(key.modulus) &&
    invertible(numbers.exponent1, numbers.exponent, p - 1n) &&
    invertible(numbers.exponent2, numbers.exponent, q - 1n) &&
    invertible(numbers.privateExponent, numbers.exponent, p - 1n) &&
    invertible(numbers.privateExponent, numbers.exponent, q - 1n) &&
    invertible(numbers.coefficient, numbers.prime2, p)
  if (!fits) throw new UsageError('RSA key: expected numbers that belong together, got others')
  return { public: key, numbers }
}

/** Whether a * b is 1 modulo m. */
function invertible(a: Uint8Array, b: Uint8Array, m: bigint): boolean {
  return (bigintFromBytes(a) * bigintFromBytes(b)) % m === 1n
}

/** The public half as PEM text in PKCS #1, as Telegram publishes its own. */
export function publicKeyPem(key: RsaPublicKey): string {
  return writePem('RSA PUBLIC KEY', publicKeyDer(key))
}

/**
 * What a client encrypted, or undefined if it wasn't for this key. Of RSA_PAD it gives 192 bytes, of which only the
 * object at the start means anything; of the padding before 2021, by SHA-1, exactly the object.
 */
export function rsaUnpad(encrypted: Uint8Array, key: RsaPrivateKey): Uint8Array | undefined {
  if (encrypted.length !== RSA_BYTES || !isBelow(encrypted, key.public.modulus)) return undefined
  const decrypted = platform.rsaPrivate(encrypted, key.numbers)
  return unpad(decrypted) ?? unpadLegacy(decrypted)
}

function unpad(decrypted: Uint8Array): Uint8Array | undefined {
  const encrypted = decrypted.subarray(32)
  const temporaryKey = xor(decrypted.subarray(0, 32), sha256(encrypted))
  const hashed = igeDecrypt(encrypted, temporaryKey, ZERO_IV)
  const padded = reversed(hashed.subarray(0, 192))
  return equalBytes(sha256(temporaryKey, padded), hashed.subarray(192)) ? padded : undefined
}

/** The data's length isn't told, only that TL objects come in words: so try each. */
function unpadLegacy(decrypted: Uint8Array): Uint8Array | undefined {
  if (decrypted[0] !== 0) return undefined
  const hash = decrypted.subarray(1, LEGACY_HASH_END)
  for (let end = LEGACY_HASH_END + 4; end <= RSA_BYTES; end += 4) {
    const data = decrypted.subarray(LEGACY_HASH_END, end)
    if (equalBytes(sha1(data), hash)) return Uint8Array.from(data)
  }
  return undefined
}
