import { expect } from 'chai'
import * as fc from 'fast-check'
import {
  bigintFromBytes,
  bytesFromBigint,
  bytesFromInt64,
  concat,
  equalBytes,
  fromHex,
  hex,
  int64FromBytes,
  leftPad,
  reversed,
  trimZeros,
  wipe,
  xor,
} from '../../lib/core/bytes.ts'
import { UsageError } from '../../lib/core/errors.ts'

const bytes = (...values: readonly number[]) => Uint8Array.from(values)

describe('bytes', () => {
  it('are joined in order, into an array of their own', () => {
    const part = bytes(1, 2)
    const whole = concat(part, bytes(), bytes(3))
    expect(whole).to.deep.equal(bytes(1, 2, 3))
    part[0] = 9
    expect(whole[0]).to.equal(1)
    expect(concat()).to.deep.equal(bytes())
  })

  it('are compared by content', () => {
    expect(equalBytes(bytes(1, 2), bytes(1, 2))).to.equal(true)
    expect(equalBytes(bytes(1, 2), bytes(1, 3))).to.equal(false)
    expect(equalBytes(bytes(1, 2), bytes(1, 2, 0))).to.equal(false)
    expect(equalBytes(bytes(), bytes())).to.equal(true)
  })

  it('are combined by xor, if of one length', () => {
    expect(xor(bytes(0xf0, 0xff), bytes(0xff, 0xff))).to.deep.equal(bytes(0x0f, 0))
    expect(() => xor(bytes(1), bytes(1, 2))).to.throw(UsageError, 'got 1 and 2 bytes')
  })

  it('are wiped and reversed', () => {
    const secret = bytes(1, 2, 3)
    expect(reversed(secret)).to.deep.equal(bytes(3, 2, 1))
    expect(secret).to.deep.equal(bytes(1, 2, 3))
    wipe(secret)
    expect(secret).to.deep.equal(bytes(0, 0, 0))
  })
})

describe('bytes as numbers', () => {
  it('are padded and trimmed in front', () => {
    expect(leftPad(bytes(1, 2), 4)).to.deep.equal(bytes(0, 0, 1, 2))
    expect(leftPad(bytes(0, 0, 1, 2), 2)).to.deep.equal(bytes(1, 2))
    expect(() => leftPad(bytes(1, 2, 3), 2)).to.throw(UsageError, 'at most 2 bytes, got 3')
    expect(trimZeros(bytes(0, 0, 7, 0))).to.deep.equal(bytes(7, 0))
    expect(trimZeros(bytes(0, 0))).to.deep.equal(bytes())
  })

  it('are big-endian bigints', () => {
    expect(bigintFromBytes(bytes())).to.equal(0n)
    expect(bigintFromBytes(bytes(0, 1, 0))).to.equal(256n)
    expect(bytesFromBigint(0n)).to.deep.equal(bytes())
    expect(bytesFromBigint(0n, 2)).to.deep.equal(bytes(0, 0))
    expect(bytesFromBigint(0x100n)).to.deep.equal(bytes(1, 0))
    expect(bytesFromBigint(0x100n, 4)).to.deep.equal(bytes(0, 0, 1, 0))
    expect(() => bytesFromBigint(0x10000n, 2)).to.throw(UsageError, 'at most 2 bytes, got 3')
    expect(() => bytesFromBigint(-1n)).to.throw(UsageError, '>= 0')
  })

  it('are signed little-endian 64-bit numbers', () => {
    expect(int64FromBytes(bytes(1, 0, 0, 0, 0, 0, 0, 0x80))).to.equal(-(2n ** 63n) + 1n)
    expect(int64FromBytes(bytes(9, 9, 1, 0, 0, 0, 0, 0, 0, 0), 2)).to.equal(1n)
    expect(bytesFromInt64(-1n)).to.deep.equal(bytes(255, 255, 255, 255, 255, 255, 255, 255))
    expect(bytesFromInt64(2n ** 64n - 1n)).to.deep.equal(bytesFromInt64(-1n))
  })

  it('survive the way there and back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (given) => {
        expect(fromHex(hex(given))).to.deep.equal(given)
        expect(bytesFromBigint(bigintFromBytes(given), given.length)).to.deep.equal(given)
        expect(bytesFromBigint(bigintFromBytes(given))).to.deep.equal(Uint8Array.from(trimZeros(given)))
      }),
    )
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        expect(int64FromBytes(bytesFromInt64(value))).to.equal(value)
      }),
    )
  })

  it('are hex in either case, and nothing else', () => {
    expect(hex(bytes(0, 15, 255))).to.equal('000fff')
    expect(fromHex('0aFf')).to.deep.equal(bytes(10, 255))
    expect(() => fromHex('abc')).to.throw(UsageError, 'even number of digits, got 3')
    for (const text of ['zz', '0g', '0:', '0/', '0@', '0`', '1ä'])
      expect(() => fromHex(text), text).to.throw(UsageError, 'hex digits')
  })
})
