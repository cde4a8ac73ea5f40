import { bigintFromBytes, bytesFromBigint, fromHex } from '../../../lib/core/bytes.ts'
import type { RsaPrivateNumbers } from '../../../lib/core/crypto/crypto-platform.ts'
import { power } from '../../../lib/core/crypto/power.ts'

const E = 65537n

/** A private key from its modulus and exponent (hex), which is how the vectors give it: its primes are found. */
export function privateKeyNumbers(modulus: string, privateExponent: string): RsaPrivateNumbers {
  const n = bigintFromBytes(fromHex(modulus))
  const d = bigintFromBytes(fromHex(privateExponent))
  const [p, q] = primesOf(n, d)
  return {
    modulus: bytesFromBigint(n),
    exponent: bytesFromBigint(E),
    privateExponent: bytesFromBigint(d),
    prime1: bytesFromBigint(p),
    prime2: bytesFromBigint(q),
    exponent1: bytesFromBigint(d % (p - 1n)),
    exponent2: bytesFromBigint(d % (q - 1n)),
    // Fermat: the inverse of q modulo the prime p.
    coefficient: bytesFromBigint(power(q, p - 2n, p)),
  }
}

/** e * d - 1 is a multiple of the group's order, so that a root of 1 other than 1 and -1 comes by, and splits n. */
function primesOf(n: bigint, d: bigint): readonly [bigint, bigint] {
  let odd = E * d - 1n
  while ((odd & 1n) === 0n) odd >>= 1n
  for (let base = 2n; ; base++) {
    let x = power(base, odd, n)
    while (x !== 1n && x !== n - 1n) {
      const square = (x * x) % n
      if (square === 1n) {
        const p = gcd(x - 1n, n)
        return [p, n / p]
      }
      x = square
    }
  }
}

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b)
}
