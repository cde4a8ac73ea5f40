/**
 * Powers modulo a prime by OpenSSL's Diffie-Hellman: constant-time, and 2.7 times as fast as BigInt for one power.
 *
 * `crypto.createDiffieHellman(prime)` would test the prime at each call (180 ms), so the keys are written as DER
 * (PKCS #3 parameters inside PKCS #8 and SPKI, RFC 5208 and RFC 5280), which node reads without such a test.
 */
import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto'
import { bytesFromBigint, equalBytes, fromHex, leftPad } from '../bytes.ts'
import {
  BIT_STRING,
  derElement,
  derReader,
  derUnsigned,
  OBJECT_IDENTIFIER,
  OCTET_STRING,
  readUnsigned,
  SEQUENCE,
} from './der.ts'

/** dhKeyAgreement, 1.2.840.113549.1.3.1 (PKCS #3). */
const DH_KEY_AGREEMENT = /* @__PURE__ */ derElement(OBJECT_IDENTIFIER, fromHex('2a864886f70d010301'))
const VERSION = /* @__PURE__ */ derUnsigned(Uint8Array.of(0))

/** What was made for a secret: node computes the public value while it reads a private key, so that is worth keeping. */
interface PrivateKey {
  readonly key: KeyObject
  readonly secret: Uint8Array
  readonly prime: Uint8Array
  readonly parameters: Uint8Array
}

/** By the secret's array, until its one shared key is made or the array is gone. */
const privateKeys = new WeakMap<Uint8Array, PrivateKey>()

/** `g ** secret mod prime`. Throws whatever OpenSSL dislikes about the numbers. */
export function dhPublic(g: number, secret: Uint8Array, prime: Uint8Array): Uint8Array {
  const known = privateKey(g, secret, prime)
  privateKeys.set(secret, known)
  const info = derReader(derReader(createPublicKey(known.key).export({ type: 'spki', format: 'der' })).next(SEQUENCE))
  info.next(SEQUENCE)
  // The first byte of a bit string tells how many of its last bits don't count: none here.
  const bits = info.next(BIT_STRING)
  return leftPad(readUnsigned(derReader(bits.subarray(1))), prime.length)
}

/** `publicValue ** secret mod prime`. Throws whatever OpenSSL dislikes about the numbers. */
export function dhShared(publicValue: Uint8Array, secret: Uint8Array, prime: Uint8Array): Uint8Array {
  const known = privateKeys.get(secret)
  privateKeys.delete(secret)
  // The array may hold another secret by now.
  const fits = known !== undefined && equalBytes(known.secret, secret) && equalBytes(known.prime, prime)
  // Any generator will do to read the secret: its own public value isn't wanted here.
  const { key, parameters } = fits ? known : privateKey(2, secret, prime)
  const bits = derElement(BIT_STRING, Uint8Array.of(0), derUnsigned(publicValue))
  const spki = derElement(SEQUENCE, parameters, bits)
  const publicKey = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  return leftPad(diffieHellman({ privateKey: key, publicKey }), prime.length)
}

function privateKey(g: number, secret: Uint8Array, prime: Uint8Array): PrivateKey {
  const group = derElement(SEQUENCE, derUnsigned(prime), derUnsigned(bytesFromBigint(BigInt(g))))
  const parameters = derElement(SEQUENCE, DH_KEY_AGREEMENT, group)
  const pkcs8 = derElement(SEQUENCE, VERSION, parameters, derElement(OCTET_STRING, derUnsigned(secret)))
  const key = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' })
  pkcs8.fill(0)
  return { key, secret: Uint8Array.from(secret), prime: Uint8Array.from(prime), parameters }
}
