import { expect } from 'chai'
import * as fc from 'fast-check'
import { fromBase64, toBase64 } from '../../lib/core/base64.ts'
import { hex } from '../../lib/core/bytes.ts'

describe('base64', () => {
  it('is read in both alphabets, with padding and without, broken into lines or not, and written', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64')
        expect(toBase64(bytes)).to.equal(text)
        for (const form of [
          text,
          text.replace(/(.{5})/g, '$1\n'),
          text.replace(/=+$/, ''),
          Buffer.from(bytes).toString('base64url'),
        ])
          expect(hex(fromBase64(form)!)).to.equal(hex(bytes))
      }),
    )
  })

  for (const text of ['A', 'AAAAA', 'AA*A', 'ä', '===='])
    it(`is not '${text}'`, () => {
      expect(fromBase64(text)).to.equal(undefined)
    })
})
