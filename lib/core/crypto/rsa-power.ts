/** RSA with the private key in plain BigInt, by the Chinese remainder theorem (RFC 8017 section 5.1.2, second form). */
import { bigintFromBytes, bytesFromBigint } from '../bytes.ts'
import type { RsaPrivateNumbers } from './crypto-platform.ts'
import { power } from './power.ts'

/** See CryptoPlatform. */
export function rsaPrivatePower(data: Uint8Array, key: RsaPrivateNumbers): Uint8Array {
  const c = bigintFromBytes(data)
  const p = bigintFromBytes(key.prime1)
  const q = bigintFromBytes(key.prime2)
  const m1 = power(c % p, bigintFromBytes(key.exponent1), p)
  const m2 = power(c % q, bigintFromBytes(key.exponent2), q)
  const h = ((((m1 - m2) * bigintFromBytes(key.coefficient)) % p) + p) % p
  return bytesFromBigint(m2 + h * q, key.modulus.length)
}
