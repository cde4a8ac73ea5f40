import { createHash } from 'node:crypto'
import { expect } from 'chai'
import * as fc from 'fast-check'
import { concat, fromHex, hex } from '../../../lib/core/bytes.ts'
import { crc32 } from '../../../lib/core/crc32.ts'
import { ProtocolError, UsageError } from '../../../lib/core/errors.ts'
import {
  errorFrame,
  type Frame,
  type Framing,
  frameDecoder,
  frameEncoder,
  frameTag,
  MAX_FRAME,
  quickAckFrame,
} from '../../../lib/core/protocol/frame.ts'
import { seededRandom } from '../../support/marbles.ts'
import { vectors } from './vectors.ts'

const FRAMINGS: readonly Framing[] = ['abridged', 'intermediate', 'padded', 'full']
const noRandom = (): Uint8Array => {
  throw new Error('expected no use of randomness')
}

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index & 255)
}

function packet(bytes: Uint8Array, quickAck = false): Frame {
  return { _: 'packet', bytes, quickAck }
}

/** A packet that looks encrypted: its key id is not 0, whole blocks follow the 24 bytes in front. */
function encryptedShape(blocks: number): Uint8Array {
  return pattern(24 + 16 * blocks).fill(7, 0, 8)
}

function plainShape(body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(20 + body.length)
  new DataView(bytes.buffer).setUint32(16, body.length, true)
  bytes.set(body, 20)
  return bytes
}

/** What comes out must own nothing that goes on changing: compared by value. */
function plain(frames: readonly Frame[]): readonly unknown[] {
  return frames.map((frame) => (frame._ === 'packet' ? { ...frame, bytes: hex(frame.bytes) } : frame))
}

interface PatternIn {
  readonly payload_pattern_length: number
  readonly quick_ack: boolean
}
interface PatternOut {
  readonly header: string
  readonly connection_tag: string
  readonly packet_sha256: string
}

describe('frame', () => {
  for (const framing of ['abridged', 'intermediate'] as const) {
    describe(`${framing}, vectors`, () => {
      for (const vector of vectors<PatternIn, PatternOut>('transports', framing)) {
        it(vector.name, () => {
          const payload = pattern(vector.in.payload_pattern_length)
          const frame = frameEncoder(framing, noRandom)(payload, vector.in.quick_ack)
          expect(hex(frame.subarray(0, frame.length - payload.length))).to.equal(vector.out.header)
          expect(hex(frameTag(framing))).to.equal(vector.out.connection_tag)
          expect(createHash('sha256').update(frame).digest('hex')).to.equal(vector.out.packet_sha256)
          expect(frameDecoder(framing, 'server')(frame)).to.deep.equal([packet(payload, vector.in.quick_ack)])
        })
      }
    })
  }

  describe('padded, vectors', () => {
    interface In {
      readonly payload: string
      readonly padding: string
      readonly quick_ack: boolean
    }
    interface Out {
      readonly packet: string
      readonly connection_tag: string
      readonly receiver_keeps?: number
    }
    for (const vector of vectors<In, Out>('transports', 'padded-intermediate')) {
      const payload = fromHex(vector.in.payload)
      const padding = fromHex(vector.in.padding)
      if (payload.length < 16) {
        it(`${vector.name}: an error code`, () => {
          const frames = frameDecoder('padded', 'client')(fromHex(vector.out.packet))
          expect(frames).to.deep.equal([{ _: 'error', code: -404 }])
        })
        continue
      }
      it(vector.name, () => {
        const noise = concat(Uint8Array.of(0xf0 | padding.length), padding, new Uint8Array(15 - padding.length))
        const frame = frameEncoder('padded', () => noise)(payload)
        expect(hex(frame)).to.equal(vector.out.packet)
        expect(hex(frameTag('padded'))).to.equal(vector.out.connection_tag)
        expect(vector.out.receiver_keeps).to.equal(payload.length)
        // The vector's bytes begin with 00 01 02: a key id that is not 0, so the packet counts as encrypted.
        for (const side of ['client', 'server'] as const) {
          expect(frameDecoder('padded', side)(frame)).to.deep.equal([packet(payload)])
        }
      })
    }
  })

  describe('full, vectors', () => {
    for (const vector of vectors<{ payload: string; seq: number }, { packet: string }>('transports', 'full')) {
      it(vector.name, () => {
        const encode = frameEncoder('full', noRandom)
        for (let seq = 0; seq < vector.in.seq; seq++) encode(new Uint8Array(0))
        expect(hex(encode(fromHex(vector.in.payload)))).to.equal(vector.out.packet)
        if (vector.in.payload.length < 8) return
        const decode = frameDecoder('full', 'server')
        for (let seq = 0; seq < vector.in.seq; seq++) decode(frameWith(seq, pattern(4)))
        expect(decode(fromHex(vector.out.packet))).to.deep.equal([packet(fromHex(vector.in.payload))])
      })
    }
  })

  describe('transport errors, vectors', () => {
    interface Out {
      readonly payload: string
      readonly abridged: string
      readonly intermediate: string
      readonly full_seq0: string
    }
    for (const { name, in: given, out } of vectors<{ code: number }, Out>('transports', 'transport-error')) {
      const table: readonly (readonly [Framing, string])[] = [
        ['abridged', out.abridged],
        ['intermediate', out.intermediate],
        ['full', out.full_seq0],
        ['padded', out.intermediate],
      ]
      for (const [framing, expected] of table) {
        it(`${name}, ${framing}`, () => {
          const frame = errorFrame(frameEncoder(framing, noRandom), given.code)
          expect(hex(frame)).to.equal(expected)
          expect(frameDecoder(framing, 'client')(frame)).to.deep.equal([{ _: 'error', code: given.code }])
        })
      }
    }

    it('may come bare in the place of a length in full', () => {
      expect(frameDecoder('full', 'client')(fromHex('6cfeffff'))).to.deep.equal([{ _: 'error', code: -404 }])
      expect(() => frameDecoder('full', 'server')(fromHex('6cfeffff'))).to.throw(ProtocolError)
    })

    it('come bare in full only where a length can not be meant', () => {
      expect(frameDecoder('full', 'client')(fromHex('19fcffff'))).to.deep.equal([{ _: 'error', code: -999 }])
      expect(() => frameDecoder('full', 'client')(fromHex('18fcffff'))).to.throw(ProtocolError, 'got a length of')
      expect(() => frameDecoder('full', 'client')(fromHex('00000080'))).to.throw(ProtocolError, 'got a length of')
      expect(() => frameDecoder('full', 'client')(fromHex('00000000'))).to.throw(ProtocolError, 'got a length of -12')
    })

    it('are what is shorter than 16 bytes; -1 is one only where no token follows', () => {
      const read = (hexBytes: string) => {
        const bytes = fromHex(hexBytes)
        return frameDecoder('intermediate', 'client')(concat(Uint8Array.of(bytes.length, 0, 0, 0), bytes))
      }
      expect(read('ffffffff')).to.deep.equal([{ _: 'error', code: -1 }])
      expect(read('ffffffff01000080')).to.deep.equal([{ _: 'quickAck', token: 0x8000_0001 }])
      expect(read(`6cfeffff${'00'.repeat(8)}`)).to.deep.equal([{ _: 'error', code: -404 }])
      expect(read(`6cfeffff${'00'.repeat(12)}`)).to.deep.equal([packet(fromHex(`6cfeffff${'00'.repeat(12)}`))])
    })

    it('are nothing when the code is 0', () => {
      expect(frameDecoder('intermediate', 'client')(fromHex('0400000000000000'))).to.deep.equal([])
    })
  })

  describe('quick acks', () => {
    interface Out {
      readonly intermediate: string
      readonly abridged: string
    }
    for (const { name, in: given, out } of vectors<{ token: string }, Out>('transports', 'quick-ack-answer')) {
      const token = Number(given.token)
      for (const framing of ['abridged', 'intermediate'] as const) {
        it(`${name}, ${framing}`, () => {
          const frame = quickAckFrame(framing, token)
          expect(hex(frame)).to.equal(out[framing])
          expect(frameDecoder(framing, 'client')(frame)).to.deep.equal([{ _: 'quickAck', token }])
        })
      }
    }

    type Padded = { frame_payload_without_padding: string }
    for (const { name, in: given, out } of vectors<{ token: string }, Padded>(
      'transports',
      'quick-ack-answer-padded',
    )) {
      it(name, () => {
        const token = Number(given.token)
        const frame = quickAckFrame('padded', token)
        expect(hex(frame)).to.equal(`08000000${out.frame_payload_without_padding}`)
        for (const padding of ['', '00', '0102030405060708'.slice(0, 14)]) {
          const payload = out.frame_payload_without_padding + padding
          const padded = fromHex(`${hex(Uint8Array.of(payload.length / 2))}000000${payload}`)
          expect(frameDecoder('padded', 'client')(padded)).to.deep.equal([{ _: 'quickAck', token }])
        }
        expect(frameDecoder('padded', 'client')(quickAckFrame('intermediate', token))).to.deep.equal([
          { _: 'quickAck', token },
        ])
      })
    }

    it('may have the lowest of tokens', () => {
      for (const framing of ['abridged', 'intermediate', 'padded'] as const)
        expect(frameDecoder(framing, 'client')(quickAckFrame(framing, 0x8000_0000))).to.deep.equal([
          { _: 'quickAck', token: 0x8000_0000 },
        ])
    })

    it('are not there in full', () => {
      expect(() => quickAckFrame('full', 0x8000_0000)).to.throw(UsageError)
      expect(frameDecoder('full', 'server')(frameEncoder('full', noRandom)(pattern(24), true))).to.deep.equal([
        packet(pattern(24)),
      ])
    })
  })

  describe('a stream', () => {
    for (const framing of FRAMINGS) {
      for (const side of ['client', 'server'] as const) {
        it(`of ${framing} read by the ${side} may be cut anywhere`, () => {
          fc.assert(
            fc.property(fc.array(part(framing, side), { maxLength: 6 }), cuts(), (parts, sizes) => {
              const encode = frameEncoder(framing, seededRandom(1))
              const stream = concat(...parts.map((each) => each.bytes(encode)))
              const decode = frameDecoder(framing, side)
              const frames = cut(stream, sizes).flatMap((chunk) => decode(chunk))
              expect(plain(frames)).to.deep.equal(plain(parts.map((each) => each.frame)))
            }),
            { numRuns: 60 },
          )
        })
      }
    }

    it('hands out views that later bytes do not change', () => {
      const encode = frameEncoder('abridged', noRandom)
      const stream = concat(encode(pattern(64)), encode(pattern(32)), encode(pattern(400)))
      const decode = frameDecoder('abridged', 'server')
      const frames = cut(stream, [70, 1, 1, 20, 9, 300]).flatMap((chunk) => decode(chunk))
      expect(plain(frames)).to.deep.equal(plain([packet(pattern(64)), packet(pattern(32)), packet(pattern(400))]))
    })

    it('takes a large frame of many small chunks in linear time', () => {
      const payload = new Uint8Array(MAX_FRAME - 16)
      const stream = frameEncoder('intermediate', noRandom)(payload)
      const decode = frameDecoder('intermediate', 'server')
      let frames: readonly Frame[] = []
      for (let at = 0; at < stream.length; at += 512) frames = decode(stream.subarray(at, at + 512))
      const [frame] = frames
      expect(frame?._ === 'packet' && frame.bytes.length).to.equal(payload.length)
    })

    it('takes one byte at a time, padded plain messages included', () => {
      const message = plainShape(pattern(40))
      const frame = frameEncoder('padded', () => new Uint8Array(16).fill(0xff))(message)
      expect(frame.length).to.equal(4 + 60 + 15)
      const decode = frameDecoder('padded', 'client')
      expect([...frame].flatMap((byte) => decode(Uint8Array.of(byte)))).to.deep.equal([packet(message)])
    })

    it('gives the server what is too short for a message, as it is', () => {
      expect(frameDecoder('padded', 'server')(fromHex('0400000001020304'))).to.deep.equal([packet(fromHex('01020304'))])
      const short = encryptedShape(0).subarray(0, 20)
      expect(frameDecoder('padded', 'server')(concat(Uint8Array.of(20, 0, 0, 0), short))).to.deep.equal([packet(short)])
    })

    it('takes the padding off what has zeros in one half of its key id only, and is no plain message', () => {
      for (const zeros of [0, 4]) {
        const message = encryptedShape(1).fill(0, zeros, zeros + 4)
        const padded = concat(Uint8Array.of(45, 0, 0, 0), message, new Uint8Array(5))
        expect(frameDecoder('padded', 'client')(padded)).to.deep.equal([packet(message)])
      }
    })

    it('leaves what is too short for a plain message as it is', () => {
      const short = new Uint8Array(16)
      expect(frameDecoder('padded', 'server')(concat(Uint8Array.of(16, 0, 0, 0), short))).to.deep.equal([packet(short)])
    })

    it('waits for a frame of 16 MiB, the longest that there may be', () => {
      expect(frameDecoder('intermediate', 'client')(fromHex('00000001'))).to.deep.equal([])
      expect(frameDecoder('abridged', 'client')(fromHex('7f000040'))).to.deep.equal([])
      expect(frameDecoder('full', 'client')(fromHex('0c000001'))).to.deep.equal([])
    })

    it('leaves a plain message whole whose own length goes past its end', () => {
      const message = plainShape(pattern(4))
      message[16] = 200
      const frame = concat(Uint8Array.of(message.length, 0, 0, 0), message)
      expect(frameDecoder('padded', 'server')(frame)).to.deep.equal([packet(message)])
    })
  })

  describe('a broken stream', () => {
    const table: readonly (readonly [string, Framing, 'client' | 'server', string, RegExp])[] = [
      ['an empty packet', 'abridged', 'client', '00', /got a length of 0/],
      [
        'the long form of a short length',
        'abridged',
        'server',
        '7f7e0000',
        /expected the short form of a length of 504/,
      ],
      ['a long length', 'abridged', 'server', '7fffffff', /got a length of 67108860/],
      ['a length of 3', 'intermediate', 'client', '03000000', /got a length of 3/],
      ['a length of 3 with a flag', 'padded', 'server', '03000080', /got a length of 3/],
      ['a length over 16 MiB', 'intermediate', 'server', '01000001', /got a length of 16777217/],
      ['a length over 16 MiB', 'padded', 'client', '01000001', /got a length of 16777217/],
      ['no payload', 'full', 'client', '0c000000', /got a length of 0/],
      ['a length below its own parts', 'full', 'server', '05000000', /got a length of -7/],
      ['a length over 16 MiB', 'full', 'client', '0d000001', /got a length of 16777217/],
      ['a number that is not next', 'full', 'client', hex(frameWith(1, pattern(4))), /expected packet number 0, got 1/],
      [
        'a wrong checksum',
        'full',
        'client',
        `${hex(frameWith(0, pattern(4))).slice(0, -2)}00`,
        /expected the checksum/,
      ],
    ]
    for (const [name, framing, side, bytes, expected] of table) {
      it(`${framing}: ${name}, read by the ${side}`, () => {
        const decode = frameDecoder(framing, side)
        expect(() => decode(fromHex(bytes))).to.throw(ProtocolError, expected)
        expect(() => decode(frameEncoder(framing, seededRandom(1))(pattern(32)))).to.throw(ProtocolError, expected)
      })
    }
  })

  describe('an encoder', () => {
    for (const framing of FRAMINGS) {
      it(`refuses what ${framing} can't carry`, () => {
        const encode = frameEncoder(framing, seededRandom(1))
        expect(() => encode(new Uint8Array(MAX_FRAME + 4))).to.throw(UsageError, 'at most 16 MiB')
        if (framing !== 'full') expect(() => encode(new Uint8Array(5))).to.throw(UsageError, 'whole 4-byte words')
      })
    }
  })
})

/** A frame of full with a good checksum and the number wished for. */
function frameWith(seq: number, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(payload.length + 12)
  const view = new DataView(frame.buffer)
  view.setInt32(0, frame.length, true)
  view.setInt32(4, seq, true)
  frame.set(payload, 8)
  view.setUint32(frame.length - 4, crc32(frame.subarray(0, -4)), true)
  return frame
}

interface Part {
  readonly frame: Frame
  bytes(encode: (payload: Uint8Array, quickAck?: boolean) => Uint8Array): Uint8Array
}

/** Something that one side may find in its stream, and how it is written. */
function part(framing: Framing, side: 'client' | 'server'): fc.Arbitrary<Part> {
  const payload = fc.oneof(
    fc.integer({ min: 1, max: 60 }).map(encryptedShape),
    fc.constantFrom(124, 504, 508).map((length) => plainShape(pattern(length - 20))),
    fc.integer({ min: 0, max: 30 }).map((words) => plainShape(pattern(4 * words))),
  )
  const asks = fc.boolean().map((flag) => flag && side === 'server' && framing !== 'full')
  const packets = fc.tuple(payload, asks).map(
    ([bytes, quickAck]): Part => ({
      frame: packet(bytes, quickAck),
      bytes: (encode) => encode(bytes, quickAck),
    }),
  )
  if (side === 'server') return packets
  const errors = fc
    .constantFrom(-404, -429, -444)
    .map((code): Part => ({ frame: { _: 'error', code }, bytes: (encode) => errorFrame(encode, code) }))
  const acks = fc.nat(0x7fff_ffff).map(
    (low): Part => ({
      frame: { _: 'quickAck', token: 0x8000_0000 + low },
      bytes: () => quickAckFrame(framing, 0x8000_0000 + low),
    }),
  )
  return framing === 'full' ? fc.oneof(packets, errors) : fc.oneof(packets, errors, acks)
}

function cuts(): fc.Arbitrary<readonly number[]> {
  return fc.array(fc.oneof(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 1, max: 900 })), { maxLength: 40 })
}

function cut(stream: Uint8Array, sizes: readonly number[]): readonly Uint8Array[] {
  const chunks: Uint8Array[] = []
  let at = 0
  for (const size of sizes) {
    chunks.push(stream.slice(at, at + size))
    at += size
  }
  return [...chunks, stream.slice(Math.min(at, stream.length))]
}
