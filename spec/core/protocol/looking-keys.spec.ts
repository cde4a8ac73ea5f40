import { expect } from 'chai'
import { hex } from '../../../lib/core/bytes.ts'
import { mlKemLooking, x25519Looking } from '../../../lib/core/protocol/looking-keys.ts'
import { seededRandom } from '../../support/marbles.ts'

const P = 2n ** 255n - 19n

function power(base: bigint, exponent: bigint): bigint {
  if (exponent === 0n) return 1n
  const half = power((base * base) % P, exponent >> 1n)
  return (exponent & 1n) === 1n ? (half * base) % P : half
}

describe('looking keys', () => {
  it('are points of the curve, and differ', () => {
    const random = seededRandom(1)
    const keys = Array.from({ length: 8 }, () => x25519Looking(random))
    for (const key of keys) {
      expect(key).to.have.length(32)
      const x = BigInt(`0x${hex(key.slice().reverse())}`)
      expect(x < P).to.equal(true)
      // Euler: 1 for a square, P - 1 for anything else.
      expect(power((x ** 3n + 486_662n * x * x + x) % P, (P - 1n) / 2n)).to.equal(1n)
    }
    expect(new Set(keys.map(hex)).size).to.equal(8)
  })

  it('pass for ML-KEM-768: whatever the source gives, all coefficients are below the modulus', () => {
    for (const random of [seededRandom(2), (length: number) => new Uint8Array(length).fill(255)]) {
      const key = mlKemLooking(random)
      expect(key).to.have.length(1184)
      for (let at = 0; at < 1152; at += 3) {
        const [a, b, c] = key.subarray(at, at + 3) as Uint8Array & [number, number, number]
        expect(a | ((b & 15) << 8)).to.be.below(3329)
        expect((b >> 4) | (c << 4)).to.be.below(3329)
      }
    }
  })

  it('end for a source that gives no point', () => {
    expect(x25519Looking((length) => new Uint8Array(length))).to.have.length(32)
  })
})
