import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { readJSONValue, readMessageEntity, readRichText, readUpdates } from '../../lib/api/codec.ts'
import { concat } from '../../lib/core/bytes.ts'
import { DecodeError, ProtocolError } from '../../lib/core/errors.ts'
import { ByteQueue } from '../../lib/core/protocol/byte-queue.ts'
import { fakeTls } from '../../lib/core/protocol/fake-tls.ts'
import { type Framing, frameDecoder, frameTag, MAX_FRAME } from '../../lib/core/protocol/frame.ts'
import {
  MAX_CONTAINER_MESSAGES,
  MAX_UNPACKED,
  writeContainer,
  writeGzipPacked,
  writeRpcResult,
} from '../../lib/core/protocol/pack.ts'
import { readServiceObject, writeServiceObject } from '../../lib/core/protocol/service.ts'
import { tlsReader } from '../../lib/core/protocol/tls-records.ts'
import { gunzip as gunzipByNode } from '../../lib/core/tl/gzip.node.ts'
import { gunzip as gunzipAnywhere } from '../../lib/core/tl/gzip.ts'
import { decode, readBytes, readString, readVector } from '../../lib/core/tl/reader.ts'
import { encode, writeInt } from '../../lib/core/tl/writer.ts'
import { Connection } from '../../lib/local-dc/connection.ts'
import { seededRandom } from '../support/marbles.ts'
import { openTable } from '../support/session-says.ts'
import { callBody, type SessionTable } from '../support/session-table.ts'
import { allocated, kept } from './allocated.ts'

// What comes may claim any size. What it costs is what came, not what was claimed.

const KIB = 1024
const MIB = 1024 * KIB
/** What the bookkeeping of a step may take, whatever it is about: also the test's own. */
const LITTLE = 2 * MIB

/** Words as TL has them. */
const words = (...values: readonly number[]) =>
  encode(values, (all, position) => all.reduce((at, value) => writeInt(value | 0, at), position))

const CONTAINER = 0x73f1f8dc
const COPY = 0xe06046b2
const VECTOR = 0x1cb5c415
const MOST = 0x7fffffff

/** A container that says that it has so many messages, whatever is in it. */
const claiming = (count: number, ...bodies: readonly Uint8Array[]) => {
  const container = writeContainer(bodies.map((body, at) => ({ messageId: BigInt(at) * 4n + 1n, seqNo: 0, body })))
  new DataView(container.buffer).setInt32(4, count, true)
  return container
}

/** Says it, and tells the effects and what they took. */
function said(
  table: SessionTable,
  body: Uint8Array,
): { effects: readonly string[]; took: ReturnType<typeof allocated> } {
  const event = table.server.says(body, { content: false })
  let effects: readonly string[] = []
  const took = allocated(() => {
    effects = table.send(event)
  })
  return { effects, took }
}

function refusal(bytes: Uint8Array, read: () => unknown): DecodeError {
  try {
    decode(bytes, read)
  } catch (error) {
    expect(error).to.be.instanceOf(DecodeError)
    return error as DecodeError
  }
  throw new Error('expected a DecodeError')
}

describe('security: a session told of sizes that are not there', () => {
  const bodies: readonly (readonly [name: string, body: Uint8Array])[] = [
    ['a container of 2^31 - 1 messages', claiming(MOST, callBody(1))],
    ['a container of -1 messages', claiming(-1, callBody(1))],
    ['a container of one message more than there may be', claiming(MAX_CONTAINER_MESSAGES + 1, callBody(1))],
    ['a container of fewer messages than it has', claiming(1, callBody(1), callBody(2))],
    ['a message of 2^31 - 4 bytes in a container', words(CONTAINER, 1, 1, 0, 0, 0x7ffffffc, 0)],
    ['a message of -4 bytes in a container', words(CONTAINER, 1, 1, 0, 0, -4, 0)],
    ['a message of 3 bytes in a container', words(CONTAINER, 1, 1, 0, 0, 3, 0)],
    ['a copied message of 2^31 - 4 bytes', words(COPY, 1, 0, 0, 0x7ffffffc, 0)],
    ['msgs_ack of 2^31 - 1 messages', words(0x62d6b459, VECTOR, MOST, 1, 0)],
    ['msgs_ack of 2^31 messages', words(0x62d6b459, VECTOR, 0x80000000, 1, 0)],
    ['msgs_all_info of 2^31 - 1 messages', words(0x8cc0d131, VECTOR, MOST, 1, 0)],
    ['msgs_state_req of 2^31 - 1 messages', words(0xda69fb52, VECTOR, MOST, 1, 0)],
    ['msg_resend_req of 2^31 - 1 messages', words(0x7d861a08, VECTOR, MOST, 1, 0)],
    ['future_salts of 2^31 - 1 salts', words(0xae500895, 1, 0, 0, MOST, 0, 0, 0, 0)],
    ['future_salts of 2^31 salts', words(0xae500895, 1, 0, 0, 0x80000000, 0, 0, 0, 0)],
    ['msgs_state_info of 2^24 - 1 bytes', words(0x04deb57d, 1, 0, 0xfffffffe, 0)],
    ['gzip_packed of 2^24 - 1 bytes', words(0x3072cfa1, 0xfffffffe, 0)],
    ['gzip_packed of a length that is none', words(0x3072cfa1, 0xffffffff, 0)],
  ]
  for (const [name, body] of bodies) {
    it(`refuses ${name}`, () => {
      const { effects, took } = said(openTable(), body)
      expect(effects).to.deep.equal(['fault: DecodeError'])
      expect(took.asked).to.be.lessThan(64 * KIB)
      expect(took.longest).to.be.lessThan(5000)
      expect(took.grown).to.be.lessThan(LITTLE)
    })
  }

  it('refuses a result that is a string of 2^24 - 1 bytes: the call errors, and nothing is made for it', () => {
    const table = openTable()
    table.call(1)
    const error = words(0x2144ca19, 400, 0xfffffffe)
    const { effects, took } = said(table, writeRpcResult(table.sent(1).messageId, error))
    // Whoever asked reads it, and finds that it is damaged.
    expect(effects).to.include('answer 1')
    expect(took.asked).to.be.lessThan(64 * KIB)
  })
})

describe('security: a session told of things inside things', () => {
  /** A thousand containers, each inside the last. */
  const russian = (() => {
    let body = callBody(1)
    for (let depth = 0; depth < 1000; depth++) body = writeContainer([{ messageId: 1n, seqNo: 0, body }])
    return body
  })()

  it('refuses a container in a container at the first one, however many follow', () => {
    const { effects, took } = said(openTable(), russian)
    expect(effects).to.deep.equal(['fault: DecodeError'])
    expect(took.grown).to.be.lessThan(LITTLE)
  })

  it('refuses copies of copies at the first one', () => {
    let body = callBody(1)
    for (let depth = 0; depth < 1000; depth++) body = concat(words(COPY, 1, 0, 0, body.length), body)
    expect(said(openTable(), body).effects).to.deep.equal(['fault: DecodeError'])
  })

  it('unpacks one level, and no more', () => {
    let body = callBody(1)
    for (let depth = 0; depth < 100; depth++) body = writeGzipPacked(body)
    const { effects, took } = said(openTable(), body)
    expect(effects).to.deep.equal(['fault: DecodeError'])
    expect(took.grown).to.be.lessThan(LITTLE)
  })

  it('unpacks no container inside a packed container inside a container', () => {
    const inner = writeGzipPacked(writeContainer([{ messageId: 1n, seqNo: 0, body: callBody(1) }]))
    const outer = writeGzipPacked(writeContainer([{ messageId: 5n, seqNo: 0, body: inner }]))
    expect(said(openTable(), outer).effects).to.deep.equal(['fault: DecodeError'])
  })

  it('takes an answer inside an answer for the result that it says it is, and opens it no further', () => {
    const table = openTable()
    table.call(1)
    const { messageId } = table.sent(1)
    let body = callBody(1)
    for (let depth = 0; depth < 1000; depth++) body = writeRpcResult(messageId, body)
    const { effects } = said(table, body)
    // One answer, for one call: what is in it is for the reader of that call's result to refuse.
    expect(effects.filter((effect) => effect.startsWith('answer'))).to.deep.equal(['answer 1'])
  })
})

describe('security: a session sent bombs', () => {
  /** 16 MiB of zeros in 16 KiB. */
  const bomb = writeGzipPacked(new Uint8Array(MAX_UNPACKED))
  /** More than one packet may hold. */
  const bigger = writeGzipPacked(new Uint8Array(MAX_UNPACKED + 4))

  it('unpacks up to 16 MiB and not a byte more', () => {
    const { effects, took } = said(openTable(), bigger)
    expect(effects).to.deep.equal(['fault: DecodeError'])
    expect(took.grown).to.be.lessThan(2 * MAX_UNPACKED + LITTLE)
  })

  it('unpacks so much of one packet, and not of each message in it', () => {
    const table = openTable()
    const first = writeContainer(
      Array.from({ length: 60 }, (_, at) => ({ messageId: BigInt(at), seqNo: 0, body: bomb })),
    )
    const { effects, took } = said(table, first)
    expect(effects).to.have.length(60)
    expect(effects.every((effect) => effect === 'fault: DecodeError' || effect === 'fault: ProtocolError')).to.equal(
      true,
    )
    // One was unpacked, in two halves of a doubling buffer at worst; the others were not begun.
    expect(took.grown).to.be.lessThan(3 * MAX_UNPACKED)
  })

  it('charges damaged bombs for what they can have cost', () => {
    const damaged = bomb.slice()
    // The checksum is wrong, so all of it is unpacked before that is seen.
    damaged.fill(0xff, damaged.length - 12, damaged.length - 4)
    const messages = Array.from({ length: 100 }, (_, at) => ({ messageId: BigInt(at), seqNo: 0, body: damaged }))
    const { took } = said(openTable(), writeContainer(messages))
    expect(took.grown).to.be.lessThan(4 * MAX_UNPACKED)
  })

  for (const [name, gunzip] of [
    ['node:zlib', gunzipByNode],
    ['the portable way', gunzipAnywhere],
  ] as const) {
    it(`does not reserve what a bomb says of itself (${name})`, () => {
      const packed = new Uint8Array(gzipSync(new Uint8Array(1000)))
      // The last four bytes are the length, as it says.
      packed.set([255, 255, 255, 255], packed.length - 4)
      const took = allocated(() => {
        try {
          gunzip(packed, MAX_UNPACKED)
        } catch (error) {
          expect(error).to.be.instanceOf(DecodeError)
        }
      })
      expect(took.grown).to.be.lessThan(LITTLE)
    })
  }
})

describe('security: a session told too much', () => {
  it('remembers 1,000 messages, however many came', () => {
    const table = openTable()
    const burst = () => table.server.container(Array.from({ length: 1000 }, (_, at) => callBody(at)))
    let packets = [burst(), burst(), burst()]
    const held = kept(() => {
      for (const packet of packets) table.fold.send({ _: 'received', link: 1, packet })
      packets = []
    })
    expect(held).to.be.lessThan(LITTLE)
  })

  it('keeps at most 8,192 acks until it can send them', () => {
    const table = openTable()
    table.lose()
    table.pass(30_000)
    table.open()
    for (let round = 0; round < 12; round++)
      table.send({
        _: 'received',
        link: 2,
        packet: table.server.container(Array.from({ length: 1000 }, (_, at) => callBody(at))),
      })
    const acks = table.packets
      .flatMap(({ messages }) => messages)
      .map(({ service }) => (service?._ === 'msgs_ack' ? service.msgIds.length : 0))
    expect(Math.max(...acks)).to.be.lessThan(8193)
  })

  it('takes 64 salts of however many are told', () => {
    const table = openTable()
    table.call(1)
    table.answers(1)
    table.pass(1000)
    table.call(2)
    const asked = table.last('get_future_salts')
    const now = Math.floor(table.env.now / 1000)
    const salts = Array.from({ length: 5000 }, (_, at) => ({
      _: 'future_salt' as const,
      validSince: now + at * 1800,
      validUntil: now + at * 1800 + 3600,
      salt: BigInt(at + 1),
    }))
    const body = encode({ _: 'future_salts', reqMsgId: asked.messageId, now, salts }, writeServiceObject)
    const event = table.server.says(body, { content: false })
    const facts = table.fold.send(event).flatMap((effect) => (effect._ === 'fact' ? [effect.fact] : []))
    const learnt = facts.flatMap((fact) => (fact._ === 'salts' ? fact.salts : []))
    expect(learnt.length).to.be.within(1, 65)
  })

  for (const [name, length] of [
    ['none', 0],
    ['two', 2],
    ['a million', 1_000_000],
  ] as const) {
    it(`does not believe ${name} states of one message`, () => {
      const table = openTable()
      table.call(1)
      table.reconnect()
      const asked = table.last('msgs_state_req')
      const info = new Uint8Array(length).fill(1)
      const body = encode({ _: 'msgs_state_info', reqMsgId: asked.messageId, info }, writeServiceObject)
      const { effects } = said(table, body)
      expect(effects).to.deep.equal(['fault: ProtocolError'])
      expect(table.pass(0)).to.deep.equal([])
    })
  }

  it('does not believe states of messages that are fewer or more than their ids', () => {
    const table = openTable()
    table.call(1)
    const { messageId } = table.sent(1)
    const info = new Uint8Array(3).fill(1)
    const body = encode({ _: 'msgs_all_info', msgIds: [messageId], info }, writeServiceObject)
    expect(said(table, body).effects).to.deep.equal(['fault: ProtocolError'])
  })
})

describe('security: a reader', () => {
  const rows: readonly (readonly [name: string, bytes: Uint8Array, read: () => unknown])[] = [
    ['a vector of 2^31 - 1 items', words(VECTOR, MOST, 0, 0), () => readVector(readString)],
    ['a vector of 2^31 items', words(VECTOR, 0x80000000, 0, 0), () => readVector(readString)],
    ['a string of 2^24 - 1 bytes', words(0xfffffffe, 0), readString],
    ['bytes of 2^24 - 1 bytes', words(0xfffffffe, 0), readBytes],
    ['updates of 2^31 - 1 items', words(0x74ae4240, VECTOR, MOST, 0), readUpdates],
    ['a service message of 2^31 - 1 items', words(0x62d6b459, VECTOR, MOST, 0), readServiceObject],
  ]
  for (const [name, bytes, read] of rows) {
    it(`makes nothing for ${name}`, () => {
      const took = allocated(() => void refusal(bytes, read))
      expect(took.asked).to.be.lessThan(KIB)
      expect(took.longest).to.be.lessThan(5000)
      expect(took.grown).to.be.lessThan(LITTLE)
    })
  }

  /** So many levels, each the id of a constructor that contains the next one. */
  const deep = (levels: number, ...level: readonly number[]) =>
    concat(...Array.from({ length: levels }, () => words(...level)))

  for (const [name, bytes, read] of [
    ['texts in texts', deep(100_000, 0x6724abc4), readRichText],
    ['lists in lists', deep(100_000, 0xf7444763, VECTOR, 1), readJSONValue],
  ] as const) {
    it(`goes 100 levels deep, and not on: ${name}`, () => {
      expect(refusal(bytes, read).reason).to.equal('nested deeper than 100')
    })
  }

  it('calls the reader of an item as often as there are items, and not as often as there are said to be', () => {
    let calls = 0
    const bytes = words(VECTOR, 1000, ...Array.from({ length: 10 }, () => 0))
    refusal(bytes, () =>
      readVector(() => {
        calls++
        return readMessageEntity()
      }),
    )
    expect(calls).to.be.lessThan(11)
  })
})

describe('security: a stream', () => {
  const headers: readonly (readonly [Framing, string, Uint8Array])[] = [
    ['abridged', '64 MiB', Uint8Array.of(0x7f, 255, 255, 255)],
    ['intermediate', '2 GiB', Uint8Array.of(255, 255, 255, 0x7f)],
    ['intermediate', '16 MiB and a byte', Uint8Array.of(1, 0, 0, 1)],
    ['padded', '2 GiB', Uint8Array.of(255, 255, 255, 0x7f)],
    ['full', '2 GiB', Uint8Array.of(255, 255, 255, 0x7f)],
    ['full', 'less than its own parts', Uint8Array.of(11, 0, 0, 0)],
  ]
  for (const [framing, size, header] of headers) {
    it(`of ${framing} is refused at a frame of ${size}, by client and server alike`, () => {
      for (const side of ['client', 'server'] as const) {
        const decoder = frameDecoder(framing, side)
        const took = allocated(() => expect(() => decoder(header)).to.throw(ProtocolError))
        expect(took.asked).to.be.lessThan(KIB)
      }
    })
  }

  for (const [framing, header] of [
    ['abridged', Uint8Array.of(0x7f, 252, 255, 0x3f)],
    ['intermediate', Uint8Array.of(0, 0, 0, 1)],
    ['padded', Uint8Array.of(0, 0, 0, 1)],
    ['full', Uint8Array.of(12, 0, 0, 1)],
  ] as const) {
    it(`of ${framing} whose frame is said to be of 16 MiB takes what has come of it, twice at most`, () => {
      const decoder = frameDecoder(framing, 'client')
      const took = allocated(() => {
        decoder(header)
        for (let n = 0; n < 1000; n++) expect(decoder(Uint8Array.of(n & 255))).to.deep.equal([])
      })
      // Doubling: 64, 128, ... and the little arrays of the spec itself.
      expect(took.asked).to.be.lessThan(8 * KIB)
    })
  }

  it('is copied a constant number of times, however finely it was cut', () => {
    const queue = new ByteQueue()
    const total = 256 * KIB
    const took = allocated(() => {
      const one = Uint8Array.of(1)
      for (let n = 0; n < total; n++) queue.push(one, MAX_FRAME)
    })
    expect(queue.length).to.equal(total)
    expect(took.asked).to.be.lessThan(4 * total)
  })

  it('of TLS records is handed on as it comes, and nothing of it is kept', () => {
    const read = tlsReader()
    const header = Uint8Array.of(0x17, 3, 3, 255, 255)
    const piece = new Uint8Array(65_535)
    const took = allocated(() => {
      for (let n = 0; n < 50; n++) {
        read(header)
        expect(read(piece)[0]!.length).to.equal(65_535)
      }
      for (let n = 0; n < 1000; n++) read(Uint8Array.of(0x17, 3, 3, 0, 0))
    })
    expect(took.asked).to.be.lessThan(64 * KIB)
  })

  it('that answers a TLS hello byte by byte costs no more than one that answers at once', () => {
    const random = seededRandom(6)
    const tls = fakeTls({ key: random(16), domain: 'example.org', time: 1_700_000_000, random })
    // The longest start of an answer that could still be one: 17 records of a handshake.
    const record = concat(Uint8Array.of(0x16, 3, 3, 0x40, 0), new Uint8Array(16_384))
    const answer = concat(...Array.from({ length: 4 }, () => record))
    const took = allocated(() => {
      for (let at = 0; at < answer.length; at++) expect(tls.receive(answer.subarray(at, at + 1))).to.equal(undefined)
    })
    expect(took.asked).to.be.lessThan(8 * answer.length)
  })

  it('that never says what it speaks is kept up to what is needed to tell', () => {
    const connection = new Connection({ random: seededRandom(1) })
    const took = allocated(() => {
      // Zeros behind a byte of noise: an obfuscated header in the making, of 64 bytes.
      expect(connection.receive(Uint8Array.of(1), 0)).to.deep.equal([])
      for (let at = 0; at < 62; at++) expect(connection.receive(Uint8Array.of(7), 0)).to.deep.equal([])
      expect(() => connection.receive(Uint8Array.of(7), 0)).to.throw(ProtocolError)
    })
    expect(took.asked).to.be.lessThan(16 * KIB)
    expect(frameTag('full')).to.have.length(0)
  })
})
