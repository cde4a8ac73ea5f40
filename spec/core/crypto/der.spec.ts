import { expect } from 'chai'
import * as fc from 'fast-check'
import { fromHex, hex, trimZeros } from '../../../lib/core/bytes.ts'
import {
  derElement,
  derReader,
  derUnsigned,
  INTEGER,
  OCTET_STRING,
  readUnsigned,
  SEQUENCE,
} from '../../../lib/core/crypto/der.ts'
import { readPem, writePem } from '../../../lib/core/crypto/pem.ts'
import { UsageError } from '../../../lib/core/errors.ts'

describe('DER', () => {
  it('writes the shortest lengths', () => {
    for (const [length, head] of [
      [0, '0400'],
      [127, '047f'],
      [128, '048180'],
      [255, '0481ff'],
      [256, '04820100'],
    ] as const) {
      const element = derElement(OCTET_STRING, new Uint8Array(length))
      expect(hex(element).startsWith(head)).to.equal(true)
      expect(derReader(element).next(OCTET_STRING).length).to.equal(length)
    }
    expect(() => derElement(OCTET_STRING, new Uint8Array(65_536))).to.throw(UsageError, 'at most 65535 bytes')
  })

  it('writes numbers >= 0, and reads them again', () => {
    expect(hex(derUnsigned(fromHex('')))).to.equal('020100')
    expect(hex(derUnsigned(fromHex('0000')))).to.equal('020100')
    expect(hex(derUnsigned(fromHex('7f')))).to.equal('02017f')
    expect(hex(derUnsigned(fromHex('80')))).to.equal('02020080')
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (number) => {
        const reader = derReader(derUnsigned(number))
        expect(hex(readUnsigned(reader))).to.equal(hex(trimZeros(number)))
        expect(reader.peek()).to.equal(undefined)
      }),
    )
  })

  const refused: Readonly<Record<string, readonly [string, string]>> = {
    'another tag': ['3000', 'expected tag 2 at 0, got 48'],
    'an end before the length': ['02', 'expected more than 1 bytes'],
    'an end before the contents': ['020201', 'expected 2 bytes at 2, there are 1'],
    'an end within the length': ['0282ff', 'expected more than 3 bytes'],
    'an indefinite length': ['02800000', 'expected a length at 1, got byte 128'],
    'a length of three bytes': ['0283000001', 'expected a length at 1, got byte 131'],
    'an empty integer': ['0200', 'expected an integer, got an empty one'],
    'a negative integer': ['0201ff', 'expected an integer >= 0'],
  }
  for (const [name, [bytes, message]] of Object.entries(refused))
    it(`refuses ${name}`, () => {
      expect(() => readUnsigned(derReader(fromHex(bytes)))).to.throw(UsageError, message)
    })

  it('refuses more bytes than a key can have', () => {
    expect(() => derReader(new Uint8Array(16_385))).to.throw(UsageError, 'at most 16384 bytes')
  })

  it('never reads beyond its bytes', () => {
    const whole = derElement(SEQUENCE, derUnsigned(fromHex('0102')), derElement(OCTET_STRING, fromHex('030405')))
    for (let length = 0; length < whole.length; length++)
      expect(() => {
        const reader = derReader(derReader(whole.slice(0, length)).next(SEQUENCE))
        reader.next(INTEGER)
        reader.next(OCTET_STRING)
      }, `${length}`).to.throw(UsageError)
  })
})

describe('PEM', () => {
  it('survives the way there and back, in lines of 64', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = writePem('KEY', bytes)
        expect(readPem(text, ['OTHER', 'KEY'])).to.deep.equal({ label: 'KEY', bytes })
        expect(Math.max(...text.split('\n').map((line) => line.length))).to.be.at.most(64)
        expect(text).to.equal(
          `-----BEGIN KEY-----\n${(
            Buffer.from(bytes)
              .toString('base64')
              .match(/.{1,64}/g) ?? []
          )
            .map((line) => `${line}\n`)
            .join('')}-----END KEY-----\n`,
        )
      }),
    )
  })
})
