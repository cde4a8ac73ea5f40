import { expect } from 'chai'
import { DecodeError, UsageError } from '../../../lib/core/errors.ts'
import { boxedCodec, type Constructor } from '../../../lib/core/tl/boxed.ts'
import { PRIMITIVES } from '../../../lib/core/tl/primitives.ts'
import { decode } from '../../../lib/core/tl/reader.ts'
import { shapeCodec } from '../../../lib/core/tl/shape.ts'
import { encode } from '../../../lib/core/tl/writer.ts'

function holder(name: string, id: number): Constructor {
  const fields = [{ key: 'x', isWord: false, flag: undefined, codec: PRIMITIVES['i'] }]
  return { name, id, ...shapeCodec({ name, fields, isNamed: true, isNested: false }) }
}

describe('core/tl/boxed', () => {
  it('tells constructors apart by id and by name', () => {
    const type = boxedCodec('T', () => [holder('a', 1), holder('b', -2)])
    for (const value of [
      { _: 'a', x: 5 },
      { _: 'b', x: 6 },
    ])
      expect(decode(encode(value, type.write), type.read)).to.deep.equal(value)
    expect([...encode({ _: 'b', x: 6 }, type.write)]).to.deep.equal([254, 255, 255, 255, 6, 0, 0, 0])
    expect([1, -2, 2].map((id) => type.has(id))).to.deep.equal([true, true, false])
  })

  it('asks for its constructors once, when they are first needed', () => {
    let asked = 0
    const type = boxedCodec('T', () => {
      asked++
      return [holder('a', 1)]
    })
    const bare = type.bare('a')
    expect(asked).to.equal(0)
    for (let i = 0; i < 3; i++) encode({ _: 'a', x: i }, type.write)
    expect(decode(Uint8Array.of(7, 0, 0, 0), bare.read)).to.deep.equal({ _: 'a', x: 7 })
    expect(asked).to.equal(1)
  })

  it('refuses what is none of them, and tells of a foreign id', () => {
    const foreign: number[] = []
    const type = boxedCodec(
      'T',
      () => [holder('a', 1)],
      (id) => foreign.push(id),
    )
    expect(() => decode(Uint8Array.of(9, 0, 0, 0), type.read)).to.throw(DecodeError, 'expected T, got the constructor')
    expect(foreign).to.deep.equal([9])
    expect(() => encode({ _: 'c' }, type.write)).to.throw(UsageError, "expected T, got 'c'")
    // An id is no name.
    expect(() => encode({ _: 1, x: 1 }, type.write)).to.throw(UsageError, 'expected T')
    expect(() => encode({ _: 'c' }, type.bare('a').write)).to.throw(UsageError, "expected a, got 'c'")
  })
})
