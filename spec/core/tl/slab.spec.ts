import { expect } from 'chai'
import { copyBytes } from '../../../lib/core/tl/slab.ts'

const source = Uint8Array.from({ length: 5000 }, (_, i) => i & 255)

describe('copies of bytes', () => {
  it('are the bytes, and nobody else\u2019s', () => {
    const copies = Array.from({ length: 400 }, (_, i) => copyBytes(source, i, (i * 37) % 1500))
    for (const [i, copy] of copies.entries()) {
      expect(Buffer.compare(copy, source.subarray(i, i + ((i * 37) % 1500))), String(i)).to.equal(0)
      expect(copy.constructor).to.equal(Uint8Array)
    }
    copies[3]!.fill(0)
    copies[5]!.fill(0)
    expect(Buffer.compare(copies[4]!, source.subarray(4, 4 + 148))).to.equal(0)
    expect(source[3]).to.equal(3)
  })

  it('share memory while they are small only', () => {
    expect(copyBytes(source, 0, 1024).buffer.byteLength).to.equal(8192)
    expect(copyBytes(source, 0, 1025).buffer.byteLength).to.equal(1025)
    expect(copyBytes(source, 0, 0)).to.have.lengthOf(0)
  })

  it('go on when their memory was transferred away', () => {
    const first = copyBytes(source, 10, 20)
    structuredClone(first, { transfer: [first.buffer as ArrayBuffer] })
    expect(first).to.have.lengthOf(0)
    expect(copyBytes(source, 10, 20)).to.deep.equal(source.slice(10, 30))
  })
})
