/** Cryptography on Node: OpenSSL by node:crypto wherever it is faster than JavaScript, decided once, at start-up. */
import * as node from 'node:crypto'
import { bigintFromBytes, bytesFromBigint } from '../bytes.ts'
import { unfilled } from '../unfilled.node.ts'
import { arena } from './arena.ts'
import { beginningMessages } from './beginning-messages.ts'
import { cbcPieces } from './cbc-pieces.node.ts'
import { beginning, type Choices, choices, chosen } from './choices.ts'
import { choosingMessages } from './choosing-messages.ts'
import type { CryptoPlatform, KeyedHashes } from './crypto-platform.ts'
import { dhPublic, dhShared } from './dh-keys.node.ts'
import { fusedMessages } from './fused-messages.ts'
import { igeDecrypt, igeDecryptByBlocks, igeEncrypt, igeEncryptByCbc } from './ige.node.ts'
import type { MessageCipher } from './message-cipher.ts'
import { cbcMessages, hashedMessages } from './messages.node.ts'
import { nobleMessages } from './noble-messages.ts'
import { power } from './power.ts'
import { privateKeyDer, publicKeyDer } from './rsa-der.ts'
import { wasmFactor } from './wasm-factor.ts'
import { wasmPrimitives } from './wasm-primitives.ts'

/** Rounds of Miller and Rabin with random bases. OpenSSL's own default for 2048 bits, whoever made the number. */
const PRIME_CHECKS = 64
const NO_PADDING = node.constants.RSA_NO_PADDING

/** `crypto.hash` takes half the time of an object per hash; runtimes that only resemble Node may lack it. */
const hash: (algorithm: string, bytes: Uint8Array) => Buffer =
  typeof node.hash === 'function'
    ? (algorithm, bytes) => node.hash(algorithm, bytes, 'buffer')
    : (algorithm, bytes) => node.createHash(algorithm).update(bytes).digest()

type Ready = Pick<CryptoPlatform, 'igeEncrypt' | 'igeDecrypt' | 'messages'>

/** What is chosen for this Node. */
export const nodeChoices: Choices = Number(process.versions.node.split('.')[0]) >= 24 ? choices.node24 : choices.node20

let made: Ready | undefined

/** With the module, if there may be one (not under --jitless): made when something is first to be done. */
function ready(): Ready {
  made ??= withModule() ?? { igeEncrypt, igeDecrypt, messages: messagesWithoutModule() }
  return made
}

function messagesWithoutModule(): MessageCipher {
  const ige = { encrypt: igeEncrypt, decrypt: igeDecrypt }
  return choosingMessages(choices.forbidden, { noble: nobleMessages((parts) => hashParts('sha256', parts), ige) })
}

function withModule(): Ready | undefined {
  const module = arena()
  if (module === undefined) return undefined
  const { igeEncrypt: encryptBlocks, igeDecrypt: decryptBlocks } = wasmPrimitives(module, unfilled)
  const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes)
  return {
    igeEncrypt(data, key, iv) {
      if (chosen(nodeChoices.igeEncrypt, data.length) === 'wasm') return encryptBlocks(data, key, iv)
      const result = unfilled(data.length)
      cbcPieces(module, key, iv, data, result)
      return result
    },
    igeDecrypt: decryptBlocks,
    messages: choosingMessages(nodeChoices, {
      fused: fusedMessages(module),
      hashed: hashedMessages(module, sha256),
      cbc: cbcMessages(module, sha256),
    }),
  }
}

let messages: MessageCipher | undefined

function readyMessages(): MessageCipher {
  messages ??= beginningMessages(nativeMessages(), () => ready().messages, beginning)
  return messages
}

/** By OpenSSL alone. */
export function nativeMessages(): MessageCipher {
  return nobleMessages((parts) => hashParts('sha256', parts), { encrypt: igeEncryptByCbc, decrypt: igeDecryptByBlocks })
}

export const platform: CryptoPlatform = {
  sha1: (parts) => hashParts('sha1', parts),
  sha256: (parts) => hashParts('sha256', parts),
  igeEncrypt: (data, key, iv) => ready().igeEncrypt(data, key, iv),
  igeDecrypt: (data, key, iv) => ready().igeDecrypt(data, key, iv),
  get messages() {
    return readyMessages()
  },
  factor: wasmFactor,
  ctrStream(key, iv) {
    const cipher = node.createCipheriv('aes-256-ctr', key, iv)
    return (bytes) => plain(cipher.update(bytes))
  },
  dhPublic: (g, secret, prime) =>
    openSslOr(
      () => dhPublic(g, secret, prime),
      () => powerOf(BigInt(g), secret, prime),
    ),
  dhShared: (publicValue, secret, prime) =>
    openSslOr(
      () => dhShared(publicValue, secret, prime),
      () => powerOf(bigintFromBytes(publicValue), secret, prime),
    ),
  isPrime: (value) => node.checkPrimeSync(value, { checks: PRIME_CHECKS }),
  rsaPublic(data, key) {
    const der = Buffer.from(publicKeyDer(key))
    return plain(
      node.publicEncrypt(
        { key: node.createPublicKey({ key: der, format: 'der', type: 'pkcs1' }), padding: NO_PADDING },
        data,
      ),
    )
  },
  rsaPrivate(data, key) {
    const der = Buffer.from(privateKeyDer(key))
    return plain(
      node.privateDecrypt(
        { key: node.createPrivateKey({ key: der, format: 'der', type: 'pkcs1' }), padding: NO_PADDING },
        data,
      ),
    )
  },
}

export const hmacSha256: KeyedHashes['hmacSha256'] = (key, parts) => {
  const hmac = node.createHmac('sha256', key)
  for (const part of parts) hmac.update(part)
  return plain(hmac.digest())
}

export const pbkdf2Sha512: KeyedHashes['pbkdf2Sha512'] = (password, salt, iterations, length) =>
  plain(node.pbkdf2Sync(password, salt, iterations, length, 'sha512'))

/**
 * What is hashed is mostly short and in a few parts. Joining them here and hashing once beats an object with updates
 * up to this size (measured: 0.8 to 1.2 us for 100 bytes, equal at 2 KiB).
 */
const joined = new Uint8Array(2048)

function hashParts(algorithm: string, parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return plain(hash(algorithm, parts[0]!))
  let length = 0
  for (const part of parts) length += part.length
  if (length > joined.length) {
    const hasher = node.createHash(algorithm)
    for (const part of parts) hasher.update(part)
    return plain(hasher.digest())
  }
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  const digest = hash(algorithm, joined.subarray(0, length))
  joined.fill(0, 0, length)
  return plain(digest)
}

/** A Buffer's `slice` shares memory, an Uint8Array's copies: nobody outside gets a Buffer. */
function plain(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** OpenSSL refuses short primes and the values 0, 1 and p - 1. What they are worth is for the caller to say. */
function openSslOr(fast: () => Uint8Array, plain: () => Uint8Array): Uint8Array {
  try {
    return fast()
  } catch {
    return plain()
  }
}

function powerOf(base: bigint, exponent: Uint8Array, modulus: Uint8Array): Uint8Array {
  return bytesFromBigint(power(base, bigintFromBytes(exponent), bigintFromBytes(modulus)), modulus.length)
}
