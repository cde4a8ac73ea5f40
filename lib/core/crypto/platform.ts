/**
 * Cryptography on any platform that has JavaScript: ciphers and SHA-256 in WebAssembly, or by @noble where that is
 * forbidden; other hashes by @noble, big numbers as BigInt.
 */
import { unsafe } from '@noble/ciphers/aes.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha1 as nobleSha1 } from '@noble/hashes/legacy.js'
import { pbkdf2 } from '@noble/hashes/pbkdf2.js'
import { sha256 as nobleSha256, sha512 } from '@noble/hashes/sha2.js'
import { bigintFromBytes, bytesFromBigint } from '../bytes.ts'
import { nobleCtr, nobleIge } from './aes-blocks.ts'
import { arena } from './arena.ts'
import { choices } from './choices.ts'
import { choosingMessages } from './choosing-messages.ts'
import type { CryptoPlatform, KeyedHashes } from './crypto-platform.ts'
import { fusedMessages } from './fused-messages.ts'
import type { MessageCipher } from './message-cipher.ts'
import { nobleMessages } from './noble-messages.ts'
import { power } from './power.ts'
import { isProbablePrime } from './prime.ts'
import { rsaPrivatePower } from './rsa-power.ts'
import { wasmFactor } from './wasm-factor.ts'
import { wasmPrimitives } from './wasm-primitives.ts'

type Primitives = Pick<CryptoPlatform, 'sha256' | 'igeEncrypt' | 'igeDecrypt' | 'ctrStream'>

/** By @noble alone: where WebAssembly is forbidden, and what every other way is checked by. */
export const noblePrimitives: Primitives = {
  sha256: (parts) => hashParts(nobleSha256.create(), parts),
  igeEncrypt: (data, key, iv) => nobleIge(unsafe).encrypt(data, key, iv),
  igeDecrypt: (data, key, iv) => nobleIge(unsafe).decrypt(data, key, iv),
  ctrStream: (key, iv) => nobleCtr(unsafe)(key, iv),
}

/** By the module, if there may be one: made when something is first to be done. */
let primitives: Primitives | undefined
function ready(): Primitives {
  if (primitives !== undefined) return primitives
  const module = arena()
  primitives = module === undefined ? noblePrimitives : wasmPrimitives(module)
  return primitives
}

let messages: MessageCipher | undefined
function readyMessages(): MessageCipher {
  if (messages !== undefined) return messages
  const module = arena()
  const { sha256, igeEncrypt, igeDecrypt } = noblePrimitives
  messages =
    module === undefined
      ? choosingMessages(choices.forbidden, {
          noble: nobleMessages(sha256, { encrypt: igeEncrypt, decrypt: igeDecrypt }),
        })
      : choosingMessages(choices.browser, { fused: fusedMessages(module) })
  return messages
}

export const platform: CryptoPlatform = {
  sha1: (parts) => hashParts(nobleSha1.create(), parts),
  sha256,
  igeEncrypt: (data, key, iv) => ready().igeEncrypt(data, key, iv),
  igeDecrypt: (data, key, iv) => ready().igeDecrypt(data, key, iv),
  ctrStream: (key, iv) => ready().ctrStream(key, iv),
  get messages() {
    return readyMessages()
  },
  factor: wasmFactor,
  dhPublic: (g, secret, prime) =>
    bytesFromBigint(power(BigInt(g), bigintFromBytes(secret), bigintFromBytes(prime)), prime.length),
  dhShared: (publicValue, secret, prime) => powerOfBytes(publicValue, secret, prime),
  isPrime: (value) => isProbablePrime(bigintFromBytes(value), sha256),
  rsaPublic: (data, { modulus, exponent }) => powerOfBytes(data, exponent, modulus),
  rsaPrivate: rsaPrivatePower,
}

export const hmacSha256: KeyedHashes['hmacSha256'] = (key, parts) => hashParts(hmac.create(nobleSha256, key), parts)

export const pbkdf2Sha512: KeyedHashes['pbkdf2Sha512'] = (password, salt, iterations, length) =>
  pbkdf2(sha512, password, salt, { c: iterations, dkLen: length })

function sha256(parts: readonly Uint8Array[]): Uint8Array {
  return ready().sha256(parts)
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
