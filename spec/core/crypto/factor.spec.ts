import { expect } from 'chai'
import * as fc from 'fast-check'
import { bytesFromBigint, hex } from '../../../lib/core/bytes.ts'
import { cycleFactor, factorize } from '../../../lib/core/crypto/factor.ts'
import { isSmallPrime } from '../../../lib/core/crypto/prime.ts'
import { squareForms } from '../../../lib/core/crypto/square-forms.ts'
import { ProtocolError } from '../../../lib/core/errors.ts'
import { vectors } from '../protocol/vectors.ts'

interface PqOut {
  readonly p: string
  readonly q: string
  readonly p_bytes: string
  readonly q_bytes: string
}

/** A prime of up to 31 bits, and of at least 3. */
const prime = fc.integer({ min: 3, max: 2 ** 31 - 1 }).map((start) => {
  let candidate = BigInt(start | 1)
  while (!isSmallPrime(candidate)) candidate -= 2n
  return candidate
})

describe('factorize', () => {
  for (const { name, in: given, out } of vectors<{ pq: string; pq_bytes: string }, PqOut>('pq', 'pq'))
    it(name, () => {
      const [p, q] = factorize(BigInt(given.pq))
      expect([p, q]).to.deep.equal([BigInt(out.p), BigInt(out.q)])
      expect([hex(bytesFromBigint(p)), hex(bytesFromBigint(q))]).to.deep.equal([out.p_bytes, out.q_bytes])
    })

  it('splits any product of two primes, by square forms alone where those apply', () => {
    fc.assert(
      fc.property(prime, prime, (p, q) => {
        expect(factorize(p * q)).to.deep.equal(p < q ? [p, q] : [q, p])
        if (p > 37n && q > 37n && p !== q) expect([p, q]).to.include(squareForms(p * q))
      }),
      { numRuns: 100 },
    )
  })

  it('splits products of a small and a big prime, and even ones', () => {
    const big = 4611686018427387847n
    expect(isSmallPrime(big)).to.equal(true)
    expect(factorize(2n * 4611686018427387847n)).to.deep.equal([2n, big])
    expect(factorize(41n * 200000000000000003n)).to.deep.equal([41n, 200000000000000003n])
    expect(factorize(6n)).to.deep.equal([2n, 3n])
    expect(factorize(9n)).to.deep.equal([3n, 3n])
  })

  const refused: Readonly<Record<string, readonly [bigint, string]>> = {
    'a negative number': [-15n, '1 < pq < 2 ** 63, got -15'],
    zero: [0n, '1 < pq < 2 ** 63, got 0'],
    one: [1n, '1 < pq < 2 ** 63, got 1'],
    'more than 63 bits': [2n ** 63n, 'got 9223372036854775808'],
    two: [2n, 'got the prime 2'],
    'a prime of 63 bits': [9223372036854775783n, 'got the prime 9223372036854775783'],
    'three small primes': [105n, 'got 105 with more'],
    'three big primes': [1000003n * 1000033n * 1000037n, 'with more'],
    'a fourth power': [10007n ** 4n, 'with more'],
    'a power of two': [2n ** 62n, 'with more'],
  }
  for (const [name, [pq, message]] of Object.entries(refused))
    it(`refuses ${name}`, () => {
      expect(() => factorize(pq)).to.throw(ProtocolError, message)
    })
})

describe('the walk that follows a miss', () => {
  it('finds a factor too', () => {
    for (const [p, q] of [
      [1229739323n, 1402015859n],
      [2147483629n, 2147483647n],
      [613n, 617n],
      [43n, 4294967291n],
    ] as const)
      expect([p, q]).to.include(cycleFactor(p * q))
  })

  it('gives up after bounded work', function () {
    this.timeout(20_000)
    // A prime has nothing to find.
    expect(cycleFactor(1000003n)).to.equal(undefined)
  })
})
