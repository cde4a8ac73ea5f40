import { expect } from 'chai'
import * as fc from 'fast-check'
import { hex } from '../../../lib/core/bytes.ts'
import { UsageError } from '../../../lib/core/errors.ts'
import * as reader from '../../../lib/core/tl/reader.ts'
import * as writer from '../../../lib/core/tl/writer.ts'
import { encode } from '../../../lib/core/tl/writer.ts'

type Write = writer.Writer<never>

describe('tl writer', () => {
  it('writes the primitives', () => {
    const values: readonly (readonly [unknown, Write, string])[] = [
      [-2147483648, writer.writeInt, '00000080'],
      [4294967295, writer.writeUint, 'ffffffff'],
      [-1n, writer.writeLong, 'ffffffffffffffff'],
      [2n ** 63n - 1n, writer.writeLong, 'ffffffffffffff7f'],
      [Number.MIN_SAFE_INTEGER, writer.writeLongNumber, '010000000000e0ff'],
      [1e12 + 1, writer.writeLongNumber, '0110a5d4e8000000'],
      [8.8, writer.writeDouble, '9a99999999992140'],
      [-0, writer.writeDouble, '0000000000000080'],
      [true, writer.writeBool, 'b5757299'],
      ['abc', writer.writeString, '03616263'],
      ['', writer.writeString, '00000000'],
      [Uint8Array.of(1), writer.writeBytes, '01010000'],
      [new Uint8Array(16), writer.writeInt128, '00'.repeat(16)],
      [new Uint8Array(32), writer.writeInt256, '00'.repeat(32)],
      [[], (items: never, at: number) => writer.writeVector(items, writer.writeInt, at), '15c4b51c00000000'],
      [[1], (items: never, at: number) => writer.writeBareVector(items, writer.writeInt, at), '0100000001000000'],
    ]
    for (const [value, write, expected] of values) expect(hex(encode(value as never, write))).to.equal(expected)
  })

  const bad: readonly (readonly [string, unknown, Write, string])[] = [
    ['int', 1.5, writer.writeInt, 'expected a 32-bit integer, got 1.5'],
    ['int', '1', writer.writeInt, 'expected a 32-bit integer, got a string'],
    ['int', Number.NaN, writer.writeInt, 'expected a 32-bit integer, got NaN'],
    ['#', -1, writer.writeUint, 'expected an unsigned 32-bit integer, got -1'],
    ['long', 1, writer.writeLong, 'expected a signed 64-bit bigint, got a number'],
    ['long', 2n ** 63n, writer.writeLong, 'expected a signed 64-bit bigint, got a bigint'],
    ['id', 2 ** 53, writer.writeLongNumber, 'expected a safe integer, got 9007199254740992'],
    ['id', 1n, writer.writeLongNumber, 'expected a safe integer, got a bigint'],
    ['double', null, writer.writeDouble, 'expected a number, got null'],
    ['Bool', 0, writer.writeBool, 'expected a boolean, got a number'],
    ['string', undefined, writer.writeString, 'expected a string, got undefined'],
    ['string', Uint8Array.of(1), writer.writeString, 'expected a string, got 1 bytes'],
    ['bytes', [1], writer.writeBytes, 'expected a Uint8Array, got an array of 1'],
    ['bytes', new Uint8Array(2 ** 24), writer.writeBytes, 'expected at most 16777215 bytes, got 16777216 bytes'],
    ['string', 'x'.repeat(2 ** 24), writer.writeString, 'expected a string of at most 16777215 bytes, got a string'],
    ['string', '\u20ac'.repeat(6e6), writer.writeString, 'expected a string of at most 16777215 bytes, got a string'],
    ['int128', new Uint8Array(15), writer.writeInt128, 'expected 16 bytes, got 15 bytes'],
    ['int256', {}, writer.writeInt256, 'expected 32 bytes, got an object without a known _'],
    [
      'Vector',
      {},
      (items: never, at: number) => writer.writeVector(items, writer.writeInt, at),
      'expected an array, got an object without a known _',
    ],
    ['call', 'x', writer.writeRequest, 'expected a request, got a string'],
  ]
  for (const [type, value, write, message] of bad) {
    it(`refuses what is no ${type}: ${message}`, () => {
      expect(() => encode(value as never, write)).to.throw(UsageError, message)
    })
  }

  it('refuses an item, telling which', () => {
    expect(() => encode([1, 'x' as never], (items, at) => writer.writeVector(items, writer.writeInt, at))).to.throw(
      UsageError,
      '[1]: expected a 32-bit integer, got a string',
    )
  })

  it('is as before after a refusal', () => {
    expect(() => encode(null as never, writer.writeString)).to.throw(UsageError)
    expect(hex(encode(7, writer.writeInt))).to.equal('07000000')
  })

  it('writes one thing inside another, wherever it stands', () => {
    const bytes = encode('abc', (text, position) => {
      const next = writer.writeRaw(Uint8Array.of(1), position)
      const inner = encode(text, writer.writeString)
      expect(hex(inner)).to.equal('03616263')
      return writer.writeBytes(inner, next)
    })
    expect(hex(bytes)).to.equal('010403616263000000')
  })

  it('grows as far as it must, and shrinks again', () => {
    for (const length of [65535, 65536, 1e6, 0xffffff]) {
      const bytes = encode('x'.repeat(length), writer.writeString)
      expect(bytes.length).to.equal((length + 7) & ~3)
      expect(bytes.at(bytes.length - ((4 - (length & 3)) & 3) - 1)).to.equal(0x78)
    }
    const many = encode(
      Array.from({ length: 50000 }, (_, i) => i),
      (items, at) => writer.writeVector(items, writer.writeInt, at),
    )
    expect(reader.decode(many, () => reader.readVector(reader.readInt)).at(-1)).to.equal(49999)
  })

  it('gives results that nothing written later changes', () => {
    const lengths = [3, 64, 65, 1024, 1025, 5000, 40_000, 65_000, 66_000, 12, 30_000, 30_000, 30_000, 1e6, 2000]
    const results = lengths.map((length, i) => encode('abcdefghijklmno'[i]!.repeat(length), writer.writeString))
    for (const [i, bytes] of results.entries()) {
      const head = lengths[i]! < 254 ? 1 : 4
      expect(Buffer.from(bytes.subarray(head, head + lengths[i]!)).toString()).to.equal(
        'abcdefghijklmno'[i]!.repeat(lengths[i]!),
      )
      expect(bytes.buffer.byteLength, 'memory that a result holds on to').to.be.at.most(
        Math.max(131_072, 4 * bytes.length),
      )
    }
  })

  it('pads with zeros, whatever was there before', () => {
    encode(new Uint8Array(400).fill(255), writer.writeBytes)
    for (let length = 0; length < 300; length++) {
      const bytes = encode('y'.repeat(length), writer.writeString)
      expect(bytes.length % 4).to.equal(0)
      const used = (length < 254 ? 1 : 4) + length
      expect([...bytes.subarray(used)].every((byte) => byte === 0)).to.equal(true)
    }
  })

  it('bounds how deep a value may be', () => {
    interface Nested {
      readonly inner?: Nested
    }
    const write = ({ inner }: Nested, position: number): number => {
      writer.enter()
      const end = inner === undefined ? position : write(inner, position)
      writer.leave()
      return end
    }
    const circle: { inner?: Nested } = {}
    circle.inner = circle
    expect(() => encode(circle, write)).to.throw(UsageError, 'nested at most 100 deep')
    encode({}, write)
  })

  it('writes text as the platform does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const expected = Buffer.from(text)
        const head = expected.length < 254 ? 1 : 4
        const bytes = encode(text, writer.writeString)
        expect(Buffer.from(bytes.subarray(head, head + expected.length))).to.deep.equal(expected)
      }),
      { numRuns: 400 },
    )
  })
})
