import { expect } from 'chai'
import { bigintFromBytes, bytesFromBigint, concat, fromHex, hex, trimZeros } from '../../../lib/core/bytes.ts'
import type { SrpAlgorithm } from '../../../lib/core/crypto/srp.ts'
import { seededRandom } from '../../support/marbles.ts'
import { scripted, vectors } from '../protocol/vectors.ts'
import { expectError, faces } from './faces.ts'

interface Salts {
  readonly salt1: string
  readonly salt2: string
}
interface Group {
  readonly g: number
  readonly p: string
}
interface SrpIn extends Salts, Group {
  readonly password: string
  readonly srp_B: string
  readonly a: string
}
interface SrpOut {
  readonly A: string
  readonly M1: string
  readonly x: string
  readonly v: string
  readonly k: string
  readonly u: string
  readonly s: string
  readonly K: string
}

const algorithmOf = ({ salt1, salt2, g, p }: Salts & Group): SrpAlgorithm => ({
  salt1: fromHex(salt1),
  salt2: fromHex(salt2),
  g,
  p: fromHex(p),
})
const text = (characters: string) => new TextEncoder().encode(characters)
const srpVectors = vectors<SrpIn, SrpOut>('srp', 'srp')
/** Real numbers with a secret that is one. */
const real = srpVectors.find(({ name }) => name === 'real-size numbers')!

for (const { name: face, crypto } of faces) {
  describe(`two-step verification (${face})`, function () {
    // Each password costs 100,000 rounds of PBKDF2.
    this.timeout(20_000)

    for (const { name, in: given, out } of srpVectors)
      it(`proves: ${name}`, () => {
        const algorithm = algorithmOf(given)
        const x = crypto.passwordHash(fromHex(given.password), algorithm)
        expect(hex(x)).to.equal(out.x)
        expect(hex(crypto.dhPublic(given.g, x, algorithm.p))).to.equal(out.v)
        const found = crypto.srpClient({ algorithm, srpB: fromHex(given.srp_B), x, secret: fromHex(given.a) })
        const { a, m1, k, u, s, sessionKey } = found
        expect([a, m1, k, u, s, sessionKey].map(hex)).to.deep.equal([out.A, out.M1, out.k, out.u, out.s, out.K])
      })

    for (const { name, in: given, out } of vectors<Salts & { password: string }, { ph1: string; ph2: string }>(
      'srp',
      'srp-ph2',
    ))
      it(name, () => {
        const [password, salt1, salt2] = [given.password, given.salt1, given.salt2].map(fromHex)
        expect(hex(crypto.primaryHash(password!, salt1!, salt2!))).to.equal(out.ph1)
        expect(hex(crypto.passwordHash(password!, algorithmOf({ ...given, g: 3, p: '' })))).to.equal(out.ph2)
      })

    for (const { name, in: given, out } of vectors<{ data: string; salt: string }, { hash: string }>('srp', 'srp-sh'))
      it(name, () => {
        expect(hex(crypto.saltedHash(fromHex(given.data), fromHex(given.salt)))).to.equal(out.hash)
      })

    interface NewIn extends Group {
      readonly password: string
      readonly salt1_final: string
      readonly salt2: string
    }
    for (const { name, in: given, out } of vectors<NewIn, { new_password_hash: string }>('srp', 'srp-new-hash'))
      it(`sets a new password: ${name}`, () => {
        const own = fromHex(given.salt1_final).slice(-32)
        const algorithm = algorithmOf({ ...given, salt1: given.salt1_final.slice(0, -64) })
        const set = crypto.newPassword({ algorithm, password: fromHex(given.password), random: scripted(own) })
        expect(hex(set.hash)).to.equal(out.new_password_hash)
        expect(set.algorithm).to.deep.equal({ ...algorithm, salt1: fromHex(given.salt1_final) })
      })

    interface ServerIn extends Salts, Group {
      readonly password: string
      readonly a: string
      readonly b: string
    }
    interface ServerOut {
      readonly v: string
      readonly srp_B: string
      readonly A: string
      readonly u: string
      readonly k: string
      readonly s: string
      readonly M1: string
    }
    for (const { name, in: given, out } of vectors<ServerIn, ServerOut>('srp', 'srp-server'))
      it(`both sides: ${name}`, () => {
        const algorithm = algorithmOf(given)
        const password = fromHex(given.password)
        const verifier = crypto.passwordVerifier(password, algorithm)
        const secret = fromHex(given.b)
        const srpB = crypto.srpServerPublic({ algorithm, verifier, secret })
        expect([verifier, srpB].map(hex)).to.deep.equal([out.v, out.srp_B])
        const proof = crypto.srpProof({ algorithm, srpB, password, random: scripted(fromHex(given.a)) })
        expect([proof.a, proof.m1].map(hex)).to.deep.equal([out.A, out.M1])
        const { u, k, s, m1 } = crypto.srpServer({ algorithm, verifier, secret, srpB, a: proof.a })
        expect([u, k, s, m1].map(hex)).to.deep.equal([out.u, out.k, out.s, out.M1])

        const accepts = (a: Uint8Array, m1: Uint8Array) =>
          crypto.srpAccepts({ a, m1 }, { algorithm, verifier, secret, srpB })
        expect(accepts(fromHex(out.A), fromHex(out.M1))).to.equal(true)
        expect(accepts(fromHex(out.A), fromHex(out.M1).fill(0, 31))).to.equal(false)
        expect(accepts(fromHex(out.A).fill(1, 255), fromHex(out.M1))).to.equal(false)
        // A = 0 would make the server's number 0, whatever the password.
        for (const a of [0n, 1n, bigintFromBytes(algorithm.p) - 1n, bigintFromBytes(algorithm.p)])
          expect(accepts(bytesFromBigint(a, 256), fromHex(out.M1))).to.equal(false)
        expect(accepts(new Uint8Array(300).fill(7), fromHex(out.M1))).to.equal(false)
      })
  })

  describe(`the checks of two-step verification (${face})`, function () {
    this.timeout(20_000)
    const algorithm = algorithmOf(real.in)
    const srpB = fromHex(real.in.srp_B)
    const random = seededRandom(4)
    const prove = (changes: Partial<Parameters<typeof crypto.srpProof>[0]>) => () =>
      crypto.srpProof({ algorithm, srpB, password: text('secret'), random, ...changes })

    it("refuse a group that isn't one", () => {
      const changed = (changes: Partial<SrpAlgorithm>) => ({ algorithm: { ...algorithm, ...changes } })
      expectError(prove(changed({ g: 2 })), 'ProtocolError', /g = 2: expected dh_prime mod 8/)
      expectError(prove(changed({ p: algorithm.p.subarray(1) })), 'ProtocolError', /2048 bits/)
      expectError(
        prove(changed({ p: bytesFromBigint(bigintFromBytes(algorithm.p) + 6n), g: 4 })),
        'ProtocolError',
        /prime/,
      )
      const options = { password: text('secret'), random }
      expectError(
        () => crypto.newPassword({ ...options, algorithm: { ...algorithm, g: 5 } }),
        'ProtocolError',
        /g = 5: expected/,
      )
    })

    it('refuse srp_B out of range', () => {
      const p = bigintFromBytes(algorithm.p)
      for (const [value, message] of [
        [new Uint8Array(256), /0 < srp_B < p/],
        [algorithm.p, /0 < srp_B < p/],
        [bytesFromBigint(p + 1n), /0 < srp_B < p/],
        [srpB.subarray(9), /248 to 256 bytes, got 247/],
        [concat(Uint8Array.of(0), srpB), /248 to 256 bytes, got 257/],
        [new Uint8Array(0), /248 to 256 bytes, got 0/],
      ] as const)
        expectError(prove({ srpB: value }), 'ProtocolError', message)
    })

    it('take srp_B with its leading zeros cut, and mean the same', () => {
      const b = bytesFromBigint(bigintFromBytes(srpB) >> 16n, 256)
      const x = fromHex(real.out.x)
      const secret = fromHex(real.in.a)
      const whole = crypto.srpClient({ algorithm, srpB: b, x, secret })
      expect(crypto.srpClient({ algorithm, srpB: trimZeros(b), x, secret })).to.deep.equal(whole)
    })

    it('draw another secret when A is out of range, and not for ever', () => {
      // 3 ** 1 = 3 is far below 2 ** 1984.
      const one = bytesFromBigint(1n, 256)
      const good = fromHex(real.in.a)
      expect(hex(prove({ random: scripted(one, good) })().a)).to.equal(real.out.A)
      expectError(prove({ random: () => one }), 'ProtocolError', /2 \*\* 1984/)
    })

    it('refuse an A of the pure computation that gives nothing away', () => {
      const x = fromHex(real.out.x)
      expectError(
        () => crypto.srpClient({ algorithm, srpB, x, secret: Uint8Array.of(0) }),
        'ProtocolError',
        /1 < A < p - 1/,
      )
    })
  })
}
