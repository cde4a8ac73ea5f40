import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { concat, fromHex, hex } from '../../../lib/core/bytes.ts'
import { DecodeError } from '../../../lib/core/errors.ts'
import * as node from '../../../lib/core/tl/gzip.node.ts'
import * as portable from '../../../lib/core/tl/gzip.ts'

const platforms = { portable, node }
const plain = (value: Uint8Array) => new Uint8Array(value)
const text = new TextEncoder().encode('hello telegram '.repeat(5000))

for (const [name, { gunzip, gzip }] of Object.entries(platforms)) {
  describe(`tl gzip (${name})`, () => {
    it('unpacks what either platform packed', () => {
      for (const other of Object.values(platforms)) {
        for (const data of [new Uint8Array(0), Uint8Array.of(1), text]) {
          const packed = other.gzip(data)
          expect(packed.constructor).to.equal(Uint8Array)
          const unpacked = gunzip(packed, text.length)
          expect(unpacked).to.deep.equal(data)
          expect(unpacked.constructor).to.equal(Uint8Array)
        }
      }
      expect(gzip(text).length).to.be.lessThan(1000)
    })

    it('takes zlib framing too, and gzip with a name, a comment and more in its header', () => {
      expect(gunzip(plain(deflateSync(text)), text.length)).to.deep.equal(text)
      const packed = plain(gzipSync(text))
      // RFC 1952 section 2.3.1: FEXTRA, FNAME and FCOMMENT.
      const head = concat(packed.subarray(0, 3), Uint8Array.of(4 | 8 | 16), packed.subarray(4, 10))
      const rest = packed.subarray(10)
      const more = concat(head, fromHex('0300aabbcc'), fromHex('6e616d6500'), fromHex('6e6f746500'), rest)
      expect(gunzip(more, text.length)).to.deep.equal(text)
    })

    it('unpacks up to the limit and not a byte more', () => {
      expect(gunzip(gzip(text), text.length)).to.deep.equal(text)
      expect(() => gunzip(gzip(text), text.length - 1)).to.throw(DecodeError, `more than ${text.length - 1} bytes`)
      expect(() => gunzip(plain(deflateSync(text)), 10)).to.throw(DecodeError, 'more than 10 bytes')
    })

    it('survives a bomb', () => {
      const bomb = plain(gzipSync(new Uint8Array(64 << 20)))
      expect(bomb.length).to.be.lessThan(70000)
      const before = process.memoryUsage().rss
      expect(() => gunzip(bomb, 1 << 20)).to.throw(DecodeError, 'more than 1048576 bytes')
      expect(process.memoryUsage().rss - before).to.be.lessThan(40e6)
    })

    it('does not believe the size that the data tells', () => {
      const packed = gzip(text)
      packed.set([255, 255, 255, 255], packed.length - 4)
      const before = process.memoryUsage().rss
      // Whether a wrong size is refused depends on the platform; that it buys no memory does not.
      try {
        gunzip(packed, 1 << 30)
      } catch (error) {
        expect(error).to.be.instanceOf(DecodeError)
      }
      expect(process.memoryUsage().rss - before).to.be.lessThan(40e6)
    })

    const packed = gzip(text)
    const bad: readonly (readonly [string, Uint8Array])[] = [
      ['nothing', new Uint8Array(0)],
      ['what is not packed', text],
      ['a header alone', packed.slice(0, 10)],
      ['what is cut', packed.slice(0, packed.length >> 1)],
      ['what is damaged', packed.map((byte, i) => (i === 12 ? byte ^ 0xff : byte))],
      ['bare deflate', plain(deflateRawSync(text))],
      [
        'a name without an end',
        concat(packed.subarray(0, 3), Uint8Array.of(8), packed.subarray(4, 10), fromHex('6e61')),
      ],
    ]
    for (const [what, bytes] of bad) {
      it(`refuses ${what}`, () => expect(() => gunzip(bytes, 1 << 20)).to.throw(DecodeError, /^gzip: /))
    }
  })
}

describe('tl gzip', () => {
  it('reads gzip_packed as servers send it', () => {
    const packed = fromHex('1f8b0800000000000203133db2558601084447e911490300b58c868100020000')
    for (const { gunzip } of Object.values(platforms)) {
      const unpacked = gunzip(packed, 1000)
      expect(hex(unpacked.subarray(0, 16))).to.equal('15c4b51c0000000015c4b51c00000000')
      expect(unpacked).to.have.lengthOf(512)
    }
  })
})
