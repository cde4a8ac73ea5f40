import { deflateSync, gzipSync } from 'node:zlib'
import { expect } from 'chai'
import * as fc from 'fast-check'
import { concat, fromHex, hex } from '../../../lib/core/bytes.ts'
import { DecodeError, UsageError } from '../../../lib/core/errors.ts'
import {
  constructorOf,
  gzipCall,
  isContainer,
  isGzipPacked,
  isRpcResult,
  MAX_CONTAINER_MESSAGES,
  MAX_UNPACKED,
  type Message,
  readPacked,
  readRequestId,
  readRpcResult,
  type Unpacked,
  ungzip,
  writeContainer,
  writeGzipPacked,
  writeRpcResult,
} from '../../../lib/core/protocol/pack.ts'
import { encode, writeBytes, writeInt } from '../../../lib/core/tl/writer.ts'
import { seededRandom } from '../../support/marbles.ts'

const ping = fromHex('ec77be7a0807060504030201')
const acks = fromHex('59b4d66215c4b51c00000000')

function message(body: Uint8Array, messageId = 4n, seqNo = 1): Message {
  return { messageId, seqNo, body }
}

function unpacked(body: Uint8Array, limit = MAX_UNPACKED): Unpacked {
  const result = readPacked(message(body, 100n, 2), { left: limit })
  if (result instanceof DecodeError) throw result
  return result
}

/** `gzip_packed` around bytes that something else packed. */
function packedAs(bytes: Uint8Array): Uint8Array {
  return encode(bytes, (packed, position) => writeBytes(packed, writeInt(0x3072cfa1, position)))
}

function copyOf(original: Message): Uint8Array {
  return concat(fromHex('b24660e0'), writeContainer([original]).subarray(8))
}

describe('pack', () => {
  it('hands on a message that holds no other', () => {
    expect(unpacked(ping)).to.deep.equal({ container: false, messages: [message(ping, 100n, 2)], bad: [] })
  })

  it('writes and reads containers', () => {
    const messages = [message(ping, 4n, 0), message(acks, 8n, 0), message(ping, -12n, -1)]
    const body = writeContainer(messages)
    expect(hex(body.subarray(0, 36))).to.equal(
      'dcf8f173030000000400000000000000000000000c000000ec77be7a0807060504030201'.slice(0, 72),
    )
    expect(isContainer(body)).to.equal(true)
    expect(unpacked(body)).to.deep.equal({ container: true, messages, bad: [] })
    expect(unpacked(writeContainer([]))).to.deep.equal({ container: true, messages: [], bad: [] })
  })

  it('reads any container that it wrote', () => {
    const words = fc.integer({ min: 0, max: 9 }).chain((n) => fc.uint8Array({ minLength: 4 * n, maxLength: 4 * n }))
    const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    const each = fc.record({ messageId: long, seqNo: fc.integer(), body: words })
    const special = (body: Uint8Array) => [0x73f1f8dc, 0x3072cfa1, 0xe06046b2 | 0].includes(constructorOf(body) ?? 0)
    fc.assert(
      fc.property(fc.array(each, { maxLength: 20 }), (messages) => {
        fc.pre(messages.every(({ body }) => !special(body)))
        const result = unpacked(writeContainer(messages))
        expect(result.messages.map(({ body, ...rest }) => ({ ...rest, body: hex(body) }))).to.deep.equal(
          messages.map(({ body, ...rest }) => ({ ...rest, body: hex(body) })),
        )
      }),
      { numRuns: 50 },
    )
  })

  it('hands on views, not copies', () => {
    const body = writeContainer([message(ping)])
    expect(unpacked(body).messages[0]!.body.buffer).to.equal(body.buffer)
  })

  describe('a container whose borders are broken counts as a whole', () => {
    const good = writeContainer([message(ping), message(acks, 8n)])
    const withInt = (at: number, value: number) => {
      const bytes = good.slice()
      new DataView(bytes.buffer).setInt32(at, value, true)
      return bytes
    }
    const table: readonly (readonly [string, Uint8Array, RegExp])[] = [
      ['no count', good.subarray(0, 4), /got only its id/],
      ['a negative count', withInt(4, -1), /at most 1020 messages, got -1/],
      ['a count over the limit', withInt(4, 1021), /at most 1020 messages, got 1021/],
      ['a message too few', withInt(4, 3), /expected one more message, got 0 bytes/],
      ['a message too many', withInt(4, 1), /expected the end of the container, got 28 more bytes/],
      ['a length past the end', withInt(8 + 12, 1000), /at most 40 bytes in whole words, got a length of 1000/],
      ['a negative length', withInt(8 + 12, -4), /got a length of -4/],
      ['a length that is not whole words', withInt(8 + 12, 11), /got a length of 11/],
      ['an end in the middle', good.subarray(0, good.length - 4), /got a length of 12/],
    ]
    for (const [name, body, expected] of table) {
      it(name, () => {
        const result = readPacked(message(body))
        expect(result).to.be.instanceOf(DecodeError)
        expect((result as DecodeError).message).to.match(expected)
      })
    }
  })

  describe('packed bodies', () => {
    it('are unpacked alone and in containers, gzip and zlib alike', () => {
      expect(unpacked(writeGzipPacked(ping)).messages).to.deep.equal([message(ping, 100n, 2)])
      expect(unpacked(packedAs(deflateSync(ping))).messages).to.deep.equal([message(ping, 100n, 2)])
      const body = writeContainer([message(writeGzipPacked(ping), 4n), message(packedAs(gzipSync(acks)), 8n)])
      expect(unpacked(body).messages).to.deep.equal([message(ping, 4n), message(acks, 8n)])
    })

    it('may be a whole container', () => {
      const inner = [message(ping, 4n), message(writeGzipPacked(acks), 8n)]
      expect(unpacked(writeGzipPacked(writeContainer(inner)))).to.deep.equal({
        container: true,
        messages: [message(ping, 4n), message(acks, 8n)],
        bad: [],
      })
    })

    it('are bad when damaged, packed twice, or a broken container', () => {
      const broken = writeContainer([message(ping)]).slice(0, -4)
      const table: readonly (readonly [Uint8Array, RegExp])[] = [
        [packedAs(fromHex('01020304')), /gzip/],
        [writeGzipPacked(writeGzipPacked(ping)), /packed twice/],
        [writeGzipPacked(broken), /got a length of 12/],
        [fromHex('a1cf723003'), /gzip_packed|ends|expected/],
      ]
      for (const [body, expected] of table) {
        const { container, messages, bad } = unpacked(body)
        expect({ container, messages }).to.deep.equal({ container: false, messages: [] })
        expect(bad[0]?.messageId).to.equal(100n)
        expect(bad[0]?.error.message).to.match(expected)
      }
    })

    it('unpack to a bounded size, all of one packet together', () => {
      const half = writeGzipPacked(new Uint8Array(600))
      expect(unpacked(half, 600).messages.length).to.equal(1)
      expect(unpacked(half, 599).bad[0]?.error.message).to.match(/more than 599 bytes/)
      const result = unpacked(
        writeContainer([message(half, 4n), message(half, 8n), message(half, 12n), message(ping, 16n)]),
        1200,
      )
      expect(result.messages.map(({ messageId }) => messageId)).to.deep.equal([4n, 8n, 16n])
      expect(result.bad.map(({ messageId }) => messageId)).to.deep.equal([12n])
    })

    it('cost what they can have unpacked to when they fail', () => {
      const bomb = writeGzipPacked(new Uint8Array(4000))
      const later = writeGzipPacked(ping)
      const over = unpacked(writeContainer([message(bomb, 4n), message(later, 8n)]), 3999)
      expect(over.bad.map(({ error }) => error.message)).to.deep.equal([
        'gzip: unpacks to more than 3999 bytes',
        'gzip: the packet unpacks to too many bytes',
      ])
      const damaged = packedAs(gzipSync(new Uint8Array(4000)).slice(0, -8))
      const failed = unpacked(writeContainer([message(damaged, 4n), message(later, 8n)]), 4001)
      expect(failed.bad.map(({ messageId }) => messageId)).to.deep.equal([4n, 8n])
    })
  })

  it('keeps one bad message from hurting the others', () => {
    const body = writeContainer([
      message(ping, 4n),
      message(writeContainer([message(ping)]), 8n, 3),
      message(packedAs(fromHex('ffffffff')), 12n, 5),
      message(writeGzipPacked(writeContainer([])), 16n, 7),
      message(copyOf(message(writeContainer([]))), 20n, 9),
      message(fromHex('b24660e0'), 24n, 11),
      message(acks, 28n),
    ])
    const { container, messages, bad } = unpacked(body)
    expect(container).to.equal(true)
    expect(messages).to.deep.equal([message(ping, 4n), message(acks, 28n)])
    expect(bad.map(({ messageId, seqNo }) => [messageId, seqNo])).to.deep.equal([
      [8n, 3],
      [12n, 5],
      [16n, 7],
      [20n, 9],
      [24n, 11],
    ])
    for (const { error } of bad) expect(error).to.be.instanceOf(DecodeError)
  })

  it('takes the original out of a copy', () => {
    expect(unpacked(copyOf(message(ping, 40n, 6))).messages).to.deep.equal([message(ping, 40n, 6)])
    expect(unpacked(copyOf(message(writeGzipPacked(ping), 40n, 6))).messages).to.deep.equal([message(ping, 40n, 6)])
    expect(unpacked(copyOf(message(copyOf(message(ping))))).bad[0]?.error.message).to.match(/got #e06046b2/)
  })

  it('bounds what it writes', () => {
    const many = Array.from({ length: MAX_CONTAINER_MESSAGES + 1 }, () => message(ping))
    expect(() => writeContainer(many)).to.throw(UsageError, 'at most 1020 messages, got 1021')
    expect(() => writeContainer([message(fromHex('0102'))])).to.throw(UsageError, 'whole 4-byte words, got 2 bytes')
    expect(unpacked(writeContainer(many.slice(1))).messages.length).to.equal(1020)
  })

  describe('a call', () => {
    const text = (length: number): Uint8Array => new Uint8Array(length).map((_, at) => 97 + (at % 7))
    const noise = (length: number): Uint8Array => seededRandom(3)(length)
    const around = (middle: Uint8Array): Uint8Array => Uint8Array.of(...text(20_000), ...middle, ...text(20_000))
    const rows: readonly (readonly [name: string, body: Uint8Array, packed: boolean])[] = [
      ['a short one', text(252), false],
      ['one of 256 bytes', text(256), true],
      ['one that does not shrink by a tenth', Uint8Array.of(...noise(950), ...text(50)), false],
      ['one that does', Uint8Array.of(...noise(700), ...text(300)), true],
      ['a photo', noise(400_000), false],
      ['a long text', text(400_000), true],
      // Only the sample is looked at, so that a photo costs nothing.
      ['a long text around a photo', around(noise(2_000)), false],
    ]
    for (const [name, body, packed] of rows) {
      it(`${packed ? 'is' : 'is not'} packed: ${name}`, () => {
        const travels = gzipCall(body)
        expect(isGzipPacked(travels)).to.equal(packed)
        expect(travels.length).to.be.at.most(body.length * (packed ? 0.9 : 1))
        expect(packed ? ungzip(travels) : travels).to.deep.equal(body)
      })
    }
  })

  describe('rpc_result', () => {
    it('is written and read', () => {
      const body = writeRpcResult(-5n, ping)
      expect(hex(body)).to.equal(`016d5cf3fbffffffffffffff${hex(ping)}`)
      expect(isRpcResult(body)).to.equal(true)
      expect(readRpcResult(body)).to.deep.equal({ requestId: -5n, result: ping })
    })

    it('unpacks its result', () => {
      expect(readRpcResult(writeRpcResult(8n, writeGzipPacked(ping)))).to.deep.equal({ requestId: 8n, result: ping })
    })

    it('tells whose answer it is even if that does not unpack', () => {
      const table: readonly (readonly [Uint8Array, RegExp])[] = [
        [packedAs(fromHex('00')), /gzip/],
        [writeGzipPacked(new Uint8Array(101)), /more than 100 bytes/],
        [writeGzipPacked(writeGzipPacked(ping)), /packed twice/],
      ]
      for (const [result, expected] of table) {
        const answer = readRpcResult(writeRpcResult(8n, result), { left: 100 })
        if (answer instanceof DecodeError) throw answer
        expect(answer.requestId).to.equal(8n)
        expect((answer.result as DecodeError).message).to.match(expected)
      }
    })

    it('takes what it unpacks to from what is left to its packet', () => {
      const budget = { left: 1000 }
      const body = writeRpcResult(8n, writeGzipPacked(new Uint8Array(600)))
      expect(readRequestId(body)).to.equal(8n)
      expect(budget.left).to.equal(1000)
      expect(readRpcResult(body, budget)).to.deep.equal({ requestId: 8n, result: new Uint8Array(600) })
      expect(budget.left).to.equal(400)
      expect(readRpcResult(body, budget)).to.have.property('result').that.is.instanceOf(DecodeError)
      expect(budget.left).to.be.at.most(0)
    })

    it('is not what is too short or something else', () => {
      expect(readRequestId(ping)).to.be.instanceOf(DecodeError)
      expect(readRpcResult(ping)).to.be.instanceOf(DecodeError)
      expect(readRpcResult(writeRpcResult(1n, new Uint8Array(0)))).to.be.instanceOf(DecodeError)
    })
  })

  it('knows what a body is', () => {
    expect(constructorOf(fromHex('010203'))).to.equal(undefined)
    expect(constructorOf(ping)).to.equal(0x7abe77ec)
    expect(isGzipPacked(writeGzipPacked(ping))).to.equal(true)
    expect(isGzipPacked(ping)).to.equal(false)
    expect(() => ungzip(ping)).to.throw(DecodeError, 'expected gzip_packed, got #7abe77ec')
  })
})
