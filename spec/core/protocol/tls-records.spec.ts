import { createHash } from 'node:crypto'
import { expect } from 'chai'
import * as fc from 'fast-check'
import { concat, fromHex, hex } from '../../../lib/core/bytes.ts'
import { ProtocolError } from '../../../lib/core/errors.ts'
import { tlsReader, tlsRecord, tlsWriter } from '../../../lib/core/protocol/tls-records.ts'
import { vectors } from './vectors.ts'

interface In {
  readonly payload_pattern_length: number
}
interface Out {
  readonly wire_sha256: string
  readonly wire_prefix: string
  readonly total: number
}

const DATA = 0x17

describe('TLS records', () => {
  for (const { name, in: given, out } of vectors<In, Out>('fake-tls', 'faketls-app-data'))
    it(`writes ${name}`, () => {
      const payload = Uint8Array.from({ length: given.payload_pattern_length }, (_, index) => index & 255)
      const wire = tlsWriter('client')(payload)
      expect(wire.length).to.equal(out.total)
      expect(hex(wire.subarray(0, out.wire_prefix.length / 2))).to.equal(out.wire_prefix)
      expect(createHash('sha256').update(wire).digest('hex')).to.equal(out.wire_sha256)
    })

  it('tells of a changed cipher once, and only as a client', () => {
    const write = tlsWriter('client')
    expect(hex(write(Uint8Array.of(1)))).to.equal('1403030001011703030001' + '01')
    expect(hex(write(Uint8Array.of(2)))).to.equal('1703030001' + '02')
    expect(hex(tlsWriter('server')(Uint8Array.of(3)))).to.equal('1703030001' + '03')
    expect(tlsWriter('server')(new Uint8Array(16_385))).to.have.length(16_385 + 10)
  })

  it('reads what was written, wherever it is cut', () => {
    const sent = [Uint8Array.of(1, 2, 3), new Uint8Array(0), Uint8Array.of(4, 5)]
    const write = tlsWriter('client')
    const wire = concat(...sent.map(write), tlsRecord(0x14, Uint8Array.of(1)), tlsRecord(DATA, Uint8Array.of(6)))
    for (let at = 0; at <= wire.length; at++) {
      const read = tlsReader()
      const got = concat(...read(wire.slice(0, at)), ...read(wire.slice(at)))
      expect([...got], `cut at ${at}`).to.deep.equal([1, 2, 3, 4, 5, 6])
    }
    const read = tlsReader()
    expect([...concat(...[...wire].flatMap((byte) => [...read(Uint8Array.of(byte))]))]).to.deep.equal([
      1, 2, 3, 4, 5, 6,
    ])
  })

  it('reads any stream in any pieces', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 6000 }), { maxLength: 5 }),
        fc.integer({ min: 1, max: 4000 }),
        (sent, size) => {
          for (const side of ['client', 'server'] as const) {
            const write = tlsWriter(side)
            const wire = concat(...sent.map(write))
            const read = tlsReader()
            const got: Uint8Array[] = []
            for (let at = 0; at < wire.length; at += size) got.push(...read(wire.slice(at, at + size)))
            expect(hex(concat(...got))).to.equal(hex(concat(...sent)))
          }
        },
      ),
      { numRuns: 30 },
    )
  })

  it('reads a record as long as one can be, without waiting for its end', () => {
    const read = tlsReader()
    expect(read(concat(fromHex('170303ffff'), new Uint8Array(10)))[0]).to.have.length(10)
    expect(read(concat(new Uint8Array(65_525), fromHex('17030300010a'))).map(({ length }) => length)).to.deep.equal([
      65_525, 1,
    ])
  })

  const bad: readonly (readonly [what: string, wire: string, message: string])[] = [
    ['a handshake', '16', 'expected application data in a TLS record, got a handshake record'],
    ['an alert', '1703030001011503030002', 'expected application data in a TLS record, got an alert'],
    ['HTTP', '48', 'got the byte 0x48, which no record of its kind begins with'],
    ['another version', '170301', 'expected a TLS record of version 3.3, got another version'],
    ['another major version', '1402', 'expected a TLS record of version 3.3, got another version'],
  ]
  for (const [what, wire, message] of bad)
    it(`refuses ${what}, and all that follows`, () => {
      const read = tlsReader()
      expect(() => read(fromHex(wire))).to.throw(ProtocolError, message)
      expect(() => read(fromHex('170303000101'))).to.throw(ProtocolError, message)
    })
})
