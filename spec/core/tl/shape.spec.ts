import { expect } from 'chai'
import { DecodeError, UsageError } from '../../../lib/core/errors.ts'
import { PRIMITIVES } from '../../../lib/core/tl/primitives.ts'
import { decode } from '../../../lib/core/tl/reader.ts'
import { type ShapeField, shapeCodec, vectorCodec } from '../../../lib/core/tl/shape.ts'
import { encode } from '../../../lib/core/tl/writer.ts'

const plain = (key: string): ShapeField => ({ key, isWord: false, flag: undefined, codec: PRIMITIVES['i'] })
const word = (key: string): ShapeField => ({ key, isWord: true, flag: undefined, codec: undefined })
const optional = (key: string, at: number, bit: number): ShapeField => ({
  key,
  isWord: false,
  flag: { word: at, mask: 1 << bit },
  codec: PRIMITIVES['i'],
})
const bit = (key: string, at: number, number: number): ShapeField => ({
  ...optional(key, at, number),
  codec: undefined,
})

const fields = [plain('a'), word('flags'), bit('on', 0, 31), word('more'), optional('b', 1, 0), optional('c', 1, 0)]
const named = shapeCodec({ name: 'thing', fields, isNamed: true, isNested: false })
const params = shapeCodec({ name: 'do.it', fields, isNamed: false, isNested: false })

describe('core/tl/shape', () => {
  it('writes words for what is given, and what is given alone', () => {
    const words = (value: object) => [...new Int32Array(encode(value, named.write).slice().buffer)]
    expect(words({ a: 5 })).to.deep.equal([5, 0, 0])
    expect(words({ a: 5, on: false, b: 6, c: 7 })).to.deep.equal([5, 0, 1, 6, 7])
    expect(words({ a: 5, on: true })).to.deep.equal([5, -(2 ** 31), 0])
  })

  it('reads every field, and the name if it has one', () => {
    const bytes = encode({ a: 5, on: true, b: 6, c: 7 }, named.write)
    expect(decode(bytes, named.read)).to.deep.equal({ _: 'thing', a: 5, on: true, b: 6, c: 7 })
    const none = decode(encode({ a: 1 }, params.write), params.read)
    expect(none).to.deep.equal({ a: 1, on: false, b: undefined, c: undefined })
  })

  it('keeps the order of keys whatever is set, so that objects stay of one kind', () => {
    const keys = (value: object) => Object.keys(decode(encode(value, named.write), named.read) as object)
    expect(keys({ a: 1 })).to.deep.equal(keys({ a: 1, on: true, b: 1, c: 1 }))
  })

  it('says which field is bad, or which fields belong together', () => {
    expect(() => encode({ a: 'x' }, named.write)).to.throw(UsageError, 'thing.a: expected a 32-bit integer')
    expect(() => encode({ a: 1, b: 2 }, named.write)).to.throw(UsageError, 'expected b, c all together or none')
    expect(() => encode({ a: 1, on: 'x' }, named.write)).to.throw(UsageError, 'expected a boolean on, got a string')
    expect(() => decode(new Uint8Array(2), params.read)).to.throw(DecodeError, 'ends too early at do.it.a')
    expect(() => decode(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0), params.read)).to.throw(
      DecodeError,
      'do.it.b',
    )
  })

  it('makes vectors, with an id or without', () => {
    const [boxed, bare] = [false, true].map((isBare) => vectorCodec(PRIMITIVES['i']!, 4, isBare))
    expect([...encode([7], bare!.write)]).to.deep.equal([1, 0, 0, 0, 7, 0, 0, 0])
    expect([...encode([7], boxed!.write)]).to.deep.equal([0x15, 0xc4, 0xb5, 0x1c, 1, 0, 0, 0, 7, 0, 0, 0])
    for (const codec of [boxed!, bare!]) expect(decode(encode([7, 8], codec.write), codec.read)).to.deep.equal([7, 8])
    expect(() => decode(Uint8Array.of(9, 0, 0, 0), bare!.read)).to.throw(DecodeError, 'expected 9 items')
  })
})
