/** Cryptography on any platform that has JavaScript: @noble for ciphers and hashes, BigInt for big numbers. */
import { unsafe } from '@noble/ciphers/aes.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha1 as nobleSha1 } from '@noble/hashes/legacy.js'
import { pbkdf2 } from '@noble/hashes/pbkdf2.js'
import { sha256 as nobleSha256, sha512 } from '@noble/hashes/sha2.js'
import { bigintFromBytes, bytesFromBigint } from '../bytes.ts'
import { nobleCtr, nobleIge } from './aes-blocks.ts'
import type { CryptoPlatform } from './crypto-platform.ts'
import { power } from './power.ts'
import { isProbablePrime } from './prime.ts'
import { rsaPrivatePower } from './rsa-power.ts'

const ige = /* @__PURE__ */ nobleIge(unsafe)

export const platform: CryptoPlatform = {
  sha1: (parts) => hashParts(nobleSha1.create(), parts),
  sha256,
  hmacSha256: (key, parts) => hashParts(hmac.create(nobleSha256, key), parts),
  pbkdf2Sha512: (password, salt, iterations, length) =>
    pbkdf2(sha512, password, salt, { c: iterations, dkLen: length }),
  igeEncrypt: ige.encrypt,
  igeDecrypt: ige.decrypt,
  ctrStream: /* @__PURE__ */ nobleCtr(unsafe),
  dhPublic: (g, secret, prime) =>
    bytesFromBigint(power(BigInt(g), bigintFromBytes(secret), bigintFromBytes(prime)), prime.length),
  dhShared: (publicValue, secret, prime) => powerOfBytes(publicValue, secret, prime),
  isPrime: (value) => isProbablePrime(bigintFromBytes(value), sha256),
  rsaPublic: (data, { modulus, exponent }) => powerOfBytes(data, exponent, modulus),
  rsaPrivate: rsaPrivatePower,
}

function sha256(parts: readonly Uint8Array[]): Uint8Array {
  return hashParts(nobleSha256.create(), parts)
}

function hashParts(
  hash: { update(part: Uint8Array): unknown; digest(): Uint8Array },
  parts: readonly Uint8Array[],
): Uint8Array {
  for (const part of parts) hash.update(part)
  return hash.digest()
}

function powerOfBytes(base: Uint8Array, exponent: Uint8Array, modulus: Uint8Array): Uint8Array {
  const result = power(bigintFromBytes(base), bigintFromBytes(exponent), bigintFromBytes(modulus))
  return bytesFromBigint(result, modulus.length)
}
