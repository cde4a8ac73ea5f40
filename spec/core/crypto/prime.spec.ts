import { expect } from 'chai'
import * as fc from 'fast-check'
import { bytesFromBigint } from '../../../lib/core/bytes.ts'
import { platform as node } from '../../../lib/core/crypto/platform.node.ts'
import { platform as portable } from '../../../lib/core/crypto/platform.ts'
import { power } from '../../../lib/core/crypto/power.ts'
import { isProbablePrime, isSmallPrime } from '../../../lib/core/crypto/prime.ts'
import { sha256 } from '../../../lib/core/crypto/sha.ts'

const hash = (parts: readonly Uint8Array[]) => sha256(...parts)

describe('primality', () => {
  it('is exact for small numbers', () => {
    const sieve = Array.from({ length: 3000 }, (_, n) => n > 1)
    for (let n = 2; n < 60; n++) if (sieve[n]) for (let m = n * n; m < 3000; m += n) sieve[m] = false
    for (let n = 0; n < 3000; n++) {
      expect(isSmallPrime(BigInt(n)), `${n}`).to.equal(sieve[n])
      expect(isProbablePrime(BigInt(n), hash), `${n}`).to.equal(sieve[n])
    }
  })

  it('is not fooled by Carmichael numbers and strong pseudoprimes', () => {
    for (const n of [561n, 41041n, 825265n, 3215031751n, 3474749660383n, 341550071728321n, 3825123056546413051n])
      expect(isSmallPrime(n), `${n}`).to.equal(false)
    // A strong pseudoprime to all primes up to 37, the smallest one (Sorenson and Webster).
    expect(isProbablePrime(318665857834031151167461n, hash)).to.equal(false)
  })

  it('knows primes beyond 64 bits', () => {
    expect(isProbablePrime(2n ** 127n - 1n, hash)).to.equal(true)
    expect(isProbablePrime(2n ** 521n - 1n, hash)).to.equal(true)
    expect(isProbablePrime(2n ** 523n - 1n, hash)).to.equal(false)
    expect(isProbablePrime((2n ** 127n - 1n) * (2n ** 89n - 1n), hash)).to.equal(false)
  })

  it('is the same on every platform', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 100n }), (n) => {
        const bytes = bytesFromBigint(n | 1n)
        expect(node.isPrime(bytes)).to.equal(portable.isPrime(bytes))
      }),
      { numRuns: 200 },
    )
  })
})

describe('power', () => {
  const naive = (base: bigint, exponent: bigint, modulus: bigint): bigint => {
    let result = 1n % modulus
    for (let i = 0n; i < exponent; i++) result = (result * base) % modulus
    return result
  }

  it('is repeated multiplication', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 70n }),
        fc.bigInt({ min: 0n, max: 40n }),
        fc.bigInt({ min: 1n, max: 2n ** 70n }),
        (base, exponent, modulus) => {
          expect(power(base, exponent, modulus)).to.equal(naive(base, exponent, modulus))
        },
      ),
    )
  })

  it('is the same by windows as bit by bit', () => {
    const big = fc.bigInt({ min: 2n ** 64n, max: 2n ** 300n })
    fc.assert(
      fc.property(big, big, big, (base, exponent, modulus) => {
        // A small base is taken bit by bit, and these two powers of it are one.
        const small = power(3n, exponent, modulus)
        expect((small * power(base, exponent, modulus)) % modulus).to.equal(power(3n * base, exponent, modulus))
      }),
      { numRuns: 50 },
    )
  })
})
