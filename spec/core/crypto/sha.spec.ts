import { expect } from 'chai'
import * as fc from 'fast-check'
import { concat, fromHex, hex } from '../../../lib/core/bytes.ts'
import { platform as node, hmacSha256 as nodeHmac } from '../../../lib/core/crypto/platform.node.ts'
import { platform as portable, hmacSha256 as portableHmac } from '../../../lib/core/crypto/platform.ts'
import { vectors } from '../protocol/vectors.ts'
import { faces } from './faces.ts'

const text = (characters: string) => Uint8Array.from(characters, (character) => character.charCodeAt(0))

for (const { name: face, crypto } of faces) {
  describe(`hashes (${face})`, function () {
    // PBKDF2 in plain JavaScript takes its time.
    this.timeout(20_000)

    it('have the digests of FIPS 180 and RFC 4231', () => {
      expect(hex(crypto.sha1(text('abc')))).to.equal('a9993e364706816aba3e25717850c26c9cd0d89d')
      expect(hex(crypto.sha1())).to.equal('da39a3ee5e6b4b0d3255bfef95601890afd80709')
      expect(hex(crypto.sha256(text('abc')))).to.equal(
        'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      )
      expect(hex(crypto.sha256())).to.equal('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
      expect(hex(crypto.hmacSha256(text('Jefe'), text('what do ya want '), text('for nothing?')))).to.equal(
        '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
      )
    })

    interface Pbkdf2In {
      readonly password: string
      readonly salt: string
      readonly iterations: number
    }
    for (const { name, in: given, out } of vectors<Pbkdf2In, { key: string }>('srp', 'pbkdf2-sha512'))
      it(`PBKDF2: ${name}`, () => {
        const { password, salt, iterations } = given
        const key = crypto.pbkdf2Sha512(fromHex(password), fromHex(salt), iterations, 64)
        expect(hex(key)).to.equal(out.key)
      })
  })
}

describe('hashes', () => {
  it('agree, whole or in parts, small or large', () => {
    const part = fc.oneof(fc.uint8Array({ maxLength: 100 }), fc.uint8Array({ minLength: 1000, maxLength: 3000 }))
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), fc.uint8Array({ maxLength: 100 }), (parts, key) => {
        const whole = concat(...parts)
        for (const [hash, reference] of [
          [node.sha1, portable.sha1],
          [node.sha256, portable.sha256],
        ] as const) {
          expect(hash(parts)).to.deep.equal(reference([whole]))
          expect(hash([whole])).to.deep.equal(reference(parts))
        }
        expect(nodeHmac(key, parts)).to.deep.equal(portableHmac(key, [whole]))
      }),
      { numRuns: 60 },
    )
  })
})
