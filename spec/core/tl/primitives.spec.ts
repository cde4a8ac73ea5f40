import { expect } from 'chai'
import { PRIMITIVES, primitiveLetter } from '../../../lib/core/tl/primitives.ts'
import { decode } from '../../../lib/core/tl/reader.ts'
import { encode } from '../../../lib/core/tl/writer.ts'

const samples: Readonly<Record<string, unknown>> = {
  i: -5,
  l: -(2n ** 63n),
  n: 2 ** 53 - 1,
  d: 0.5,
  s: 'ü',
  b: Uint8Array.of(1, 2),
  o: new Uint8Array(16).fill(3),
  p: new Uint8Array(32).fill(4),
  y: true,
}

describe('core/tl/primitives', () => {
  for (const [letter, primitive] of Object.entries(PRIMITIVES)) {
    const { tl, size, read, write } = primitive!
    it(`brings ${tl} (${letter}) through bytes, and takes no less of them than it says`, () => {
      const bytes = encode(samples[letter], write)
      expect(decode(bytes, read)).to.deep.equal(samples[letter])
      expect(bytes.length).to.be.at.least(size)
      expect(bytes.length - size).to.be.below(4)
    })
  }

  it('have letters by their TL names', () => {
    expect(['int', 'long', 'Bool', 'int256'].map(primitiveLetter)).to.deep.equal(['i', 'l', 'y', 'p'])
    expect(['#', 'true', 'number'].map(primitiveLetter)).to.deep.equal([undefined, undefined, undefined])
  })
})
