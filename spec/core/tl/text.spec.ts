import { expect } from 'chai'
import * as fc from 'fast-check'
import { shortText } from '../../../lib/core/tl/short-text.ts'
import * as node from '../../../lib/core/tl/text.node.ts'
import * as portable from '../../../lib/core/tl/text.ts'
import { decodeUnits, encodeUnits, unitText } from '../../../lib/core/tl/utf8.ts'

// Three ways to decode and three to encode, which must all agree with the platform's own, bad bytes included.

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const encoder = new TextEncoder()

/** UTF-8 with something wrong: cut, overlong, a surrogate, beyond U+10FFFF, a lone continuation. */
const odd: readonly (readonly number[])[] = [
  [0xd0],
  [0xd0, 0xbf, 0xd1],
  [0xe2, 0x82],
  [0xf0, 0x9f, 0x91],
  [0xf0, 0x9f, 0x91, 0x8d, 0xf0],
  [0x80],
  [0xbf, 0x61],
  [0xc0, 0x80],
  [0xc1, 0xbf],
  [0xe0, 0x80, 0x80],
  [0xe0, 0x9f, 0xbf],
  [0xed, 0xa0, 0x80],
  [0xed, 0xbf, 0xbf],
  [0xf0, 0x80, 0x80, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xf5, 0x80, 0x80, 0x80],
  [0xff],
  [0xef, 0xbb, 0xbf, 0x61],
  [0xd0, 0xbf, 0xd0, 0x61],
  [0xe2, 0x28, 0xa1],
]

const platforms = { portable, node }

for (const [name, { decodeText, encodeText }] of Object.entries(platforms)) {
  describe(`tl text (${name})`, () => {
    it('decodes bad UTF-8 with replacement, as the platform does', () => {
      for (const bytes of odd) {
        const data = Uint8Array.from([0xff, ...bytes, 0xff])
        const expected = decoder.decode(Uint8Array.from(bytes))
        expect(decodeText(data, 1, data.length - 1), String(bytes)).to.equal(expected)
      }
    })

    it('decodes any bytes as the platform does', () => {
      const bytes = fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc.string({ unit: 'binary', maxLength: 200 }).map((text) => encoder.encode(text)),
        fc.array(fc.constantFrom(...odd), { maxLength: 5 }).map((parts) => Uint8Array.from(parts.flat())),
      )
      fc.assert(
        fc.property(bytes, (data) => {
          expect(decodeText(data, 0, data.length)).to.equal(decoder.decode(data))
        }),
        { numRuns: 500 },
      )
    })

    it('encodes any text as the platform does', () => {
      fc.assert(
        fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
          const target = new Uint8Array(text.length * 3 + 4)
          const length = encodeText(text, target, 2)
          expect(target.subarray(2, 2 + length)).to.deep.equal(encoder.encode(text))
        }),
        { numRuns: 300 },
      )
    })
  })
}

describe('utf8 by hand', () => {
  it('gives up on bad bytes and leaves them to the platform', () => {
    for (const bytes of odd) {
      const data = Uint8Array.from(bytes)
      if (decoder.decode(data).includes('\ufffd')) expect(decodeUnits(data, 0, data.length), String(bytes)).to.equal(-1)
    }
  })

  it('never looks past the end', () => {
    const data = encoder.encode('\u0434\u20ac\u{1f44d}')
    for (let end = 0; end < data.length; end++) {
      const text = decoder.decode(data.subarray(0, end))
      const units = decodeUnits(data, 0, end)
      if (text.includes('\ufffd')) expect(units).to.equal(-1)
      else expect(unitText(units)).to.equal(text)
    }
  })

  it('writes lone surrogates as U+FFFD', () => {
    const target = new Uint8Array(32)
    for (const text of ['\ud800', '\udc00x', 'x\udbff', '\ud83d\ud83d\udc4d', '\udc4d\ud83d']) {
      const length = encodeUnits(text, target, 0)
      expect(target.subarray(0, length), JSON.stringify(text)).to.deep.equal(encoder.encode(text))
    }
  })
})

describe('short texts', () => {
  it('are read up to sixteen letters, and only if all are ASCII', () => {
    for (let length = 1; length <= 16; length++) {
      const text = 'abcdefghijklmnop'.slice(0, length)
      const data = encoder.encode(`..${text}..`)
      expect(shortText(data, 2, length)).to.equal(text)
      for (let at = 0; at < length; at++) {
        const foreign = data.slice()
        foreign[2 + at] = 0x80
        expect(shortText(foreign, 2, length)).to.equal('')
      }
    }
    expect(shortText(new Uint8Array(17), 0, 17)).to.equal('')
  })
})
