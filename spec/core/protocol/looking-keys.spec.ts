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

  it('are in the subgroup of the real ones: a point doubled three times', () => {
    // 9 is the base point (RFC 7748, section 4.1); its double, by the same formula as on any curve of that form.
    const double = (x: bigint) => {
      const y = (x ** 3n + 486_662n * x * x + x) % P
      return (((x * x - 1n) % P) ** 2n * power((4n * y) % P, P - 2n)) % P
    }
    const key = x25519Looking((length) => new Uint8Array(length).fill(9, 0, 1))
    expect(BigInt(`0x${hex(key.slice().reverse())}`)).to.equal(double(double(double(9n))))
  })

  it('are packed two coefficients into three bytes, and end with a seed', () => {
    const key = mlKemLooking((length) => {
      const bytes = new Uint8Array(length).fill(7)
      if (length === 32) return bytes
      const view = new DataView(bytes.buffer)
      for (let at = 0; at < length; at += 4) view.setUint32(at, 3329 * 1000 + at / 4, true)
      return bytes
    })
    for (let pair = 0; pair < 384; pair++) {
      const [a, b, c] = key.subarray(3 * pair, 3 * pair + 3) as Uint8Array & [number, number, number]
      expect([a | ((b & 15) << 8), (b >> 4) | (c << 4)]).to.deep.equal([2 * pair, 2 * pair + 1])
    }
    expect([...key.subarray(1152)]).to.deep.equal(Array.from({ length: 32 }, () => 7))
  })

  it('end for a source that gives no point', () => {
    expect(x25519Looking((length) => new Uint8Array(length))).to.have.length(32)
  })
})
