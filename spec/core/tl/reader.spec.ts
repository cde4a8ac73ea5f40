import { expect } from 'chai'
import * as fc from 'fast-check'
import { concat, fromHex } from '../../../lib/core/bytes.ts'
import { DecodeError } from '../../../lib/core/errors.ts'
import * as reader from '../../../lib/core/tl/reader.ts'
import { decode, decodePrefix } from '../../../lib/core/tl/reader.ts'
import * as writer from '../../../lib/core/tl/writer.ts'
import { encode } from '../../../lib/core/tl/writer.ts'

const VECTOR = '15c4b51c'

function refused(bytes: Uint8Array | string, read: () => unknown): DecodeError {
  try {
    decode(typeof bytes === 'string' ? fromHex(bytes) : bytes, read)
  } catch (error) {
    if (error instanceof DecodeError) return error
    throw error
  }
  throw new Error('expected a DecodeError')
}

describe('tl reader', () => {
  it('reads the primitives', () => {
    const values: readonly (readonly [string, () => unknown, unknown])[] = [
      ['00000080', reader.readInt, -2147483648],
      ['ffffffff', reader.readUint, 4294967295],
      ['ffffffff', reader.readId, -1],
      ['ffffffffffffffff', reader.readLong, -1n],
      ['ffffffffffff1f00', reader.readLongNumber, Number.MAX_SAFE_INTEGER],
      ['010000000000e0ff', reader.readLongNumber, Number.MIN_SAFE_INTEGER],
      ['9a99999999992140', reader.readDouble, 8.8],
      ['000000000000f87f', reader.readDouble, Number.NaN],
      ['b5757299', reader.readBool, true],
      ['379779bc', reader.readBool, false],
      ['03616263', reader.readString, 'abc'],
      ['00000000', reader.readString, ''],
      ['0261ff00', reader.readBytes, Uint8Array.of(0x61, 0xff)],
      ['00'.repeat(16), reader.readInt128, new Uint8Array(16)],
      ['01'.repeat(32), reader.readInt256, new Uint8Array(32).fill(1)],
    ]
    for (const [hex, read, value] of values) expect(decode(fromHex(hex), read), hex).to.deep.equal(value)
  })

  it('knows where it is', () => {
    const bytes = fromHex('0100000002000000')
    expect(decodePrefix(bytes, reader.readInt)).to.deep.equal({ value: 1, length: 4 })
    expect(decode(bytes, () => [reader.peekId(), reader.readInt(), reader.readRest(), reader.peekId()])).to.deep.equal([
      1,
      1,
      Uint8Array.of(2, 0, 0, 0),
      undefined,
    ])
    expect(refused(bytes, reader.readInt).message).to.equal('expected the end of the data, got 4 more bytes')
  })

  it('reads one thing inside another', () => {
    const inner = encode([1, 2], (items, position) => writer.writeVector(items, writer.writeInt, position))
    const outer = concat(encode(inner, writer.writeBytes), fromHex('07000000'))
    const value = decode(outer, () => {
      const bytes = reader.readBytes()
      const list = decode(bytes, () => reader.readVector(reader.readInt))
      return { list, after: reader.readInt() }
    })
    expect(value).to.deep.equal({ list: [1, 2], after: 7 })
  })

  it('goes on where it was when the inner one fails', () => {
    const value = decode(fromHex('07000000'), () => {
      expect(refused('00', reader.readInt).reason).to.equal('the data ends too early')
      return reader.readInt()
    })
    expect(value).to.equal(7)
  })

  it('adds the path of an inner failure to its own', () => {
    const read = () => {
      try {
        return decode(fromHex('00'), reader.readInt)
      } catch (error) {
        throw reader.located(error, 'outer field', 1)
      }
    }
    expect(refused('00', read).path).to.deep.equal(['outer', 'field'])
  })

  it('leaves errors that are not its own alone', () => {
    const own = new TypeError('mine')
    const read = () => {
      try {
        throw own
      } catch (error) {
        throw reader.located(error, 'outer field', 1)
      }
    }
    expect(() => decode(fromHex(''), read)).to.throw(own)
    expect(() => decode(fromHex(`${VECTOR}0100000000000000`), () => reader.readVector(read))).to.throw(own)
  })

  it('gives bytes that keep little memory alive: views of small data and of most of large data, else copies', () => {
    const small = encode(new Uint8Array(1000), writer.writeBytes)
    expect(decode(small, reader.readBytes).buffer).to.equal(small.buffer)
    const large = encode(new Uint8Array(70000), writer.writeBytes)
    expect(decode(large, reader.readBytes).buffer).to.equal(large.buffer)
    const both = concat(large, new Uint8Array(100000))
    expect(decodePrefix(both, reader.readBytes).value.buffer).not.to.equal(both.buffer)
    // A small part of a large packet would keep all of it.
    const part = concat(small, new Uint8Array(100000)).subarray(0, small.length)
    const beside = decode(concat(part, small).subarray(0, part.length), reader.readBytes)
    expect(beside).to.deep.equal(new Uint8Array(1000))
    const list = concat(new Uint8Array(100000), small, small).subarray(100000)
    const [first] = decode(list, () => [reader.readBytes(), reader.readBytes()])
    expect(first.buffer.byteLength).to.be.lessThan(65536)
  })

  it('takes a Buffer and gives no Buffer', () => {
    const bytes = decode(Buffer.from('03616263', 'hex'), reader.readBytes)
    expect(bytes.constructor).to.equal(Uint8Array)
    expect(bytes).to.deep.equal(Uint8Array.of(0x61, 0x62, 0x63))
  })

  it('reads a part of a larger buffer', () => {
    const whole = fromHex('ffffffff03616263ffffffff')
    expect(decode(whole.subarray(4, 8), reader.readString)).to.equal('abc')
    expect(refused(whole.subarray(4, 7), reader.readString).reason).to.equal('expected 3 bytes, got 3')
  })

  it('accepts padding that is not zero, and the long form of a short string', () => {
    expect(decode(fromHex('0161ffee'), reader.readString)).to.equal('a')
    expect(decode(fromHex('fe03000061626300'), reader.readString)).to.equal('abc')
  })

  const bad: readonly (readonly [string, string, () => unknown, RegExp])[] = [
    ['nothing', '', reader.readInt, /ends too early/],
    ['a long that is cut', '0000000000', reader.readLong, /ends too early/],
    ['a string that is cut', 'fe000100aa', reader.readString, /^expected 256 bytes, got 5/],
    ['a string without its padding', '0161', reader.readString, /^expected 1 bytes, got 2/],
    ['a length that does not exist', 'ff000000', reader.readString, /got the byte ff/],
    ['half a length', 'fe00', reader.readString, /ends too early/],
    ['a Bool that is none', '00000000', reader.readBool, /^expected Bool, got the constructor #00000000/],
    ['an id of more than 53 bits', '0000000000002000', reader.readLongNumber, /53 bits/],
    ['an id below that', '000000000000e0ff', reader.readLongNumber, /53 bits/],
    [
      'another constructor',
      'efbeadde',
      () => reader.expectId(1, 'Thing'),
      /^expected Thing, got the constructor #deadbeef/,
    ],
    ['a vector that is none', '15c4b51d00000000', () => reader.readVector(reader.readInt), /^expected Vector, got/],
    ['a negative count', `${VECTOR}ffffffff`, () => reader.readVector(reader.readInt), /got -1/],
    [
      'a count that can\u2019t be',
      `${VECTOR}00000040`,
      () => reader.readVector(reader.readInt),
      /^expected 1073741824 items/,
    ],
    [
      'a count of large items',
      `${VECTOR}0200000000000000`,
      () => reader.readVector(reader.readInt, 4),
      /^expected 2 items/,
    ],
    ['raw bytes that are not there', '00', () => reader.readRaw(2), /^expected 2 bytes, got 1/],
    ['raw bytes of no length', '00', () => reader.readRaw(-1), /^expected -1 bytes/],
  ]
  for (const [what, hex, read, message] of bad) {
    it(`refuses ${what}`, () => expect(refused(hex, read).message).to.match(message))
  }

  it('tells which item was bad', () => {
    const bytes = fromHex(`${VECTOR}02000000${'b5757299'}00000000`)
    expect(refused(bytes, () => reader.readVector(reader.readBool)).path).to.deep.equal(['[1]'])
  })

  it('reserves little for counts that lie one inside another', () => {
    // Each vector says that all the rest is its items, and its first item is the next vector.
    const depth = 90
    const bytes = new Uint8Array(1 << 20)
    const view = new DataView(bytes.buffer)
    for (let i = 0; i < depth; i++) {
      view.setInt32(i * 8, 0x1cb5c415, true)
      view.setInt32(i * 8 + 4, (bytes.length - (i + 1) * 8) / 8, true)
    }
    const nested = (): unknown => {
      reader.enter()
      return reader.readVector(nested, 8)
    }
    const before = process.memoryUsage().heapUsed
    expect(refused(bytes, nested).reason).to.match(/^expected Vector, got the constructor #00000000/)
    expect(process.memoryUsage().heapUsed - before).to.be.lessThan(20e6)
  })

  it('bounds items that take no bytes', () => {
    const empty = () => reader.readBareVector(() => true, 0)
    expect(decode(fromHex('e8030000'), empty)).to.have.lengthOf(1000)
    expect(refused('ffffff7f', empty).reason).to.match(/^expected 2147483647 items/)
    const many = fromHex(`00040000${'e8030000'.repeat(1024)}`)
    expect(refused(many, () => reader.readBareVector(empty)).reason).to.match(/^expected 1000 items/)
  })

  it('bounds how deep a value may be', () => {
    const nested = (): unknown => {
      reader.enter()
      const value = reader.readInt() === 0 ? undefined : nested()
      reader.leave()
      return value
    }
    const levels = (n: number) => fromHex(`${'01000000'.repeat(n)}00000000`)
    decode(levels(99), nested)
    decode(concat(levels(99), levels(99)), () => [nested(), nested()])
    expect(refused(levels(100), nested).reason).to.equal('nested deeper than 100')
  })

  it('reads every string as it was written', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.string({ unit: 'binary', maxLength: 400 }),
    )
    fc.assert(
      fc.property(texts, (text) => {
        expect(decode(encode(text, writer.writeString), reader.readString)).to.equal(Buffer.from(text).toString())
      }),
      { numRuns: 400 },
    )
  })

  it('never throws anything but a DecodeError', () => {
    const reads: readonly (() => unknown)[] = [
      reader.readString,
      reader.readBytes,
      reader.readBool,
      reader.readLongNumber,
      () => reader.readVector(reader.readString),
      () => reader.readBareVector(() => reader.readBareVector(reader.readInt)),
    ]
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.constantFrom(...reads), (bytes, read) => {
        try {
          decode(bytes, read)
        } catch (error) {
          expect(error).to.be.instanceOf(DecodeError)
        }
      }),
      { numRuns: 500 },
    )
  })
})
