import { expect } from 'chai'
import * as fc from 'fast-check'
import { bigintFromBytes, bytesFromBigint, bytesFromInt64, fromHex, hex, trimZeros } from '../../../lib/core/bytes.ts'
import type { CryptoPlatform } from '../../../lib/core/crypto/crypto-platform.ts'
import { DH_PRIME } from '../../../lib/core/crypto/dh.ts'
import { platform as node } from '../../../lib/core/crypto/platform.node.ts'
import { platform as portable } from '../../../lib/core/crypto/platform.ts'
import { power } from '../../../lib/core/crypto/power.ts'
import { seededRandom } from '../../support/marbles.ts'
import { vectors } from '../protocol/vectors.ts'
import { expectError, faces } from './faces.ts'

interface PrimeIn {
  readonly p: string
  readonly p_is_hex: boolean
  readonly g: number
}
interface PrimeOut {
  readonly safe_prime: boolean
  readonly g_ok: boolean
  readonly result: 'accept' | 'reject'
}

/** The 2048-bit group of RFC 3526 section 3: a safe prime that isn't Telegram's. */
const OTHER_PRIME =
  'ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404ddef9519b3cd3a431b' +
  '302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7edee386bfb5a899fa5ae9f24117c4b1fe6' +
  '49286651ece45b3dc2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f83655d23dca3ad961c62f356208552bb9ed529077096966d' +
  '670c354e4abc9804f1746c08ca18217c32905e462e36ce3be39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf695581718' +
  '3995497cea956ae515d2261898fa051015728e5a8aacaa68ffffffffffffffff'

const random = seededRandom(11)

for (const { name: face, crypto } of faces) {
  describe(`the checks of a group (${face})`, () => {
    for (const { name, in: given, out } of vectors<PrimeIn, PrimeOut>('dh-check', 'dh-prime-check'))
      it(`${name}: ${out.result}`, () => {
        const prime = given.p_is_hex ? fromHex(given.p) : bytesFromBigint(BigInt(given.p))
        if (given.p_is_hex && hex(prime) === hex(crypto.DH_PRIME)) expect(out.safe_prime).to.equal(true)
        else expect(crypto.isSafePrime(prime)).to.equal(out.safe_prime)
        if (out.g_ok) crypto.checkGenerator(given.g, prime)
        else expectError(() => crypto.checkGenerator(given.g, prime), 'ProtocolError', /^g/)
        // The size is checked only as part of the whole.
        if (given.p_is_hex && out.result === 'accept') crypto.checkGroup(given.g, prime)
        else expectError(() => crypto.checkGroup(given.g, prime), 'ProtocolError', /expected/)
      })

    it('say what is wrong', () => {
      const prime = crypto.DH_PRIME
      expectError(() => crypto.checkGroup(2, prime), 'ProtocolError', /g = 2: expected dh_prime mod 8 to be 7, got 3/)
      expectError(() => crypto.checkGroup(8, prime), 'ProtocolError', /from 2 to 7, got 8/)
      expectError(() => crypto.checkGroup(3.5, prime), 'ProtocolError', /from 2 to 7, got 3.5/)
      expectError(() => crypto.checkGroup(3, prime.subarray(1)), 'ProtocolError', /2048 bits, got 2037/)
      expectError(() => crypto.checkGroup(3, new Uint8Array(256)), 'ProtocolError', /2048 bits, got 0/)
      const half = bytesFromBigint(bigintFromBytes(prime) >> 1n, 256)
      expectError(() => crypto.checkGroup(3, half), 'ProtocolError', /2048 bits, got 2047/)
      const big = bytesFromBigint(bigintFromBytes(prime) << 1n)
      expectError(() => crypto.checkGroup(3, big), 'ProtocolError', /2048 bits, got 2049/)
      const composite = bytesFromBigint(bigintFromBytes(prime) + 6n)
      expectError(() => crypto.checkGroup(4, composite), 'ProtocolError', /p and \(p - 1\) \/ 2 to be prime/)
    })

    it('accept another safe prime', function () {
      // In plain BigInt this is a second's work.
      this.timeout(60_000)
      crypto.checkGroup(2, fromHex(OTHER_PRIME))
    })

    it('test a prime once, and remember eight', () => {
      const platform: { isPrime: CryptoPlatform['isPrime'] } = crypto.platform
      const { isPrime } = platform
      let tested = 0
      platform.isPrime = () => ++tested > 0
      try {
        const primes = Array.from({ length: 9 }, (_, i) => Uint8Array.from({ length: 256 }, () => 0xa1 + 2 * i))
        for (const prime of primes) crypto.checkGroup(4, prime)
        expect(tested).to.equal(18)
        for (const prime of primes.slice(1)) crypto.checkGroup(4, prime)
        expect(tested).to.equal(18)
        crypto.checkGroup(4, primes[0]!)
        expect(tested).to.equal(20)
      } finally {
        platform.isPrime = isPrime
      }
    })

    for (const { name, in: given, out } of vectors<{ value: string; p: string }, { result: string }>(
      'dh-check',
      'g_ab-range',
    ))
      it(`${name}: ${out.result}`, () => {
        const check = () => crypto.checkPublicValue(fromHex(given.value), fromHex(given.p))
        if (out.result === 'accept') check()
        else expectError(check, 'ProtocolError', /DH value: expected/)
      })

    it('take a public value with its leading zeros cut, and none that is too long', () => {
      const value = bytesFromBigint(2n ** 2000n)
      expect(value.length).to.be.lessThan(256)
      crypto.checkPublicValue(value, crypto.DH_PRIME)
      expectError(
        () => crypto.checkPublicValue(Uint8Array.from([1, ...crypto.DH_PRIME]), crypto.DH_PRIME),
        'ProtocolError',
        /1 < value < p - 1/,
      )
    })
  })

  describe(`Diffie-Hellman (${face})`, () => {
    interface SharedIn {
      readonly p: string
      readonly g: number
      readonly a: string
      readonly b: string
    }
    interface SharedOut {
      readonly g_a: string
      readonly g_b: string
      readonly auth_key: string
      readonly auth_key_id: string
    }
    for (const { name, in: given, out } of vectors<SharedIn, SharedOut>('dh-check', 'dh-shared'))
      it(name, () => {
        const [prime, a, b] = [fromHex(given.p), fromHex(given.a), fromHex(given.b)]
        const publicA = crypto.dhPublic(given.g, a, prime)
        const publicB = crypto.dhPublic(given.g, b, prime)
        expect([hex(publicA), hex(publicB)]).to.deep.equal([out.g_a, out.g_b])
        expect(hex(crypto.dhShared(publicB, a, prime))).to.equal(out.auth_key)
        expect(hex(crypto.dhShared(trimZeros(publicA), b, prime))).to.equal(out.auth_key)
        // Without a call of dhPublic before it, and by the plain power.
        expect(hex(crypto.dhShared(publicB, fromHex(given.a), prime))).to.equal(out.auth_key)
        expect(hex(crypto.modPow(publicB, a, prime))).to.equal(out.auth_key)
        expect(hex(bytesFromInt64(crypto.authKey(fromHex(out.auth_key)).id))).to.equal(out.auth_key_id)
      })

    it('notices that an array holds another secret by now', () => {
      const secret = random(256)
      crypto.dhPublic(3, secret, crypto.DH_PRIME)
      secret.set(random(256))
      const value = random(255)
      expect(crypto.dhShared(value, secret, crypto.DH_PRIME)).to.deep.equal(
        crypto.modPow(value, secret, crypto.DH_PRIME),
      )
    })

    it('computes what OpenSSL would refuse', () => {
      const prime = crypto.DH_PRIME
      const p = bigintFromBytes(prime)
      for (const value of [0n, 1n, p - 1n])
        for (const secret of [0n, 1n, 2n, p - 1n])
          expect(bigintFromBytes(crypto.dhShared(bytesFromBigint(value), bytesFromBigint(secret), prime))).to.equal(
            power(value, secret, p),
          )
      for (const secret of [0n, 1n, p - 1n, p])
        expect(bigintFromBytes(crypto.dhPublic(3, bytesFromBigint(secret), prime))).to.equal(power(3n, secret, p))
      const toy = bytesFromBigint(47n, 256)
      expect(bigintFromBytes(crypto.dhPublic(3, Uint8Array.of(6), toy))).to.equal(24n)
      expect(bigintFromBytes(crypto.dhShared(Uint8Array.of(5), Uint8Array.of(6), toy))).to.equal(5n ** 6n % 47n)
    })
  })
}

describe('Diffie-Hellman', () => {
  it('is the same on every platform, for secrets of any length', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 320 }), fc.integer({ min: 1, max: 256 }), (secretLength, valueLength) => {
        const secret = random(secretLength)
        const value = random(valueLength)
        value[0]! &= 0x7f
        const prime = DH_PRIME
        expect(node.dhPublic(3, secret, prime)).to.deep.equal(portable.dhPublic(3, secret, prime))
        expect(node.dhShared(value, secret, prime)).to.deep.equal(portable.dhShared(value, secret, prime))
      }),
      { numRuns: 12 },
    )
  })
})
