/** RSA keys as DER: the structures of PKCS #1 (RFC 8017 appendix A.1), and the wrappers SPKI and PKCS #8 around them. */
import { equalBytes, fromHex } from '../bytes.ts'
import { UsageError } from '../errors.ts'
import type { RsaPrivateNumbers, RsaPublicNumbers } from './crypto-platform.ts'
import {
  BIT_STRING,
  derElement,
  derReader,
  derUnsigned,
  INTEGER,
  OBJECT_IDENTIFIER,
  OCTET_STRING,
  readUnsigned,
  SEQUENCE,
} from './der.ts'

/** rsaEncryption, 1.2.840.113549.1.1.1 (RFC 8017 appendix A). */
const RSA_ENCRYPTION: Uint8Array = /* @__PURE__ */ fromHex('2a864886f70d010101')

/** RSAPublicKey. */
export function publicKeyDer(key: RsaPublicNumbers): Uint8Array {
  return derElement(SEQUENCE, derUnsigned(key.modulus), derUnsigned(key.exponent))
}

/** RSAPrivateKey of two primes. */
export function privateKeyDer(key: RsaPrivateNumbers): Uint8Array {
  const numbers = [key.modulus, key.exponent, key.privateExponent, key.prime1, key.prime2]
  const crt = [key.exponent1, key.exponent2, key.coefficient]
  return derElement(SEQUENCE, derUnsigned(Uint8Array.of(0)), ...[...numbers, ...crt].map(derUnsigned))
}

/** The numbers of an RSAPublicKey. */
export function publicNumbers(der: Uint8Array): RsaPublicNumbers {
  const reader = derReader(derReader(der).next(SEQUENCE))
  return { modulus: readUnsigned(reader), exponent: readUnsigned(reader) }
}

/** The numbers of an RSAPrivateKey. */
export function privateNumbers(der: Uint8Array): RsaPrivateNumbers {
  const reader = derReader(derReader(der).next(SEQUENCE))
  // The version: 0 means two primes. More would follow the coefficient, and nobody has them.
  readUnsigned(reader)
  return {
    modulus: readUnsigned(reader),
    exponent: readUnsigned(reader),
    privateExponent: readUnsigned(reader),
    prime1: readUnsigned(reader),
    prime2: readUnsigned(reader),
    exponent1: readUnsigned(reader),
    exponent2: readUnsigned(reader),
    coefficient: readUnsigned(reader),
  }
}

/** What SPKI (RFC 5280) or PKCS #8 (RFC 5208) wraps: the DER of an RSA key. Another algorithm is a UsageError. */
export function unwrapRsa(der: Uint8Array): Uint8Array {
  const reader = derReader(derReader(der).next(SEQUENCE))
  const isPrivate = reader.peek() === INTEGER
  if (isPrivate) readUnsigned(reader)
  const algorithm = derReader(reader.next(SEQUENCE)).next(OBJECT_IDENTIFIER)
  if (!equalBytes(algorithm, RSA_ENCRYPTION)) throw new UsageError('key: expected an RSA key, got another algorithm')
  if (isPrivate) return reader.next(OCTET_STRING)
  // The first byte of a bit string tells how many of its last bits don't count: none.
  return reader.next(BIT_STRING).subarray(1)
}
