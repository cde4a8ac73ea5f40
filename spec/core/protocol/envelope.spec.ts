import { expect } from 'chai'
import * as fc from 'fast-check'
import { concat, fromHex, hex, int64FromBytes } from '../../../lib/core/bytes.ts'
import { authKey, messageKey, type Side } from '../../../lib/core/crypto/message-key.ts'
import { platform as nodePlatform } from '../../../lib/core/crypto/platform.node.ts'
import { platform as portable } from '../../../lib/core/crypto/platform.ts'
import { ProtocolError, UsageError } from '../../../lib/core/errors.ts'
import {
  keyIdOf,
  type Opened,
  open,
  openPlain,
  seal,
  sealAsking,
  sealPlain,
  sealPlaintext,
} from '../../../lib/core/protocol/envelope.ts'
import { frameDecoder, frameEncoder } from '../../../lib/core/protocol/frame.ts'
import { isServerMessageId } from '../../../lib/core/protocol/message-id.ts'
import { seededRandom } from '../../support/marbles.ts'
import { vectors } from './vectors.ts'

const side = (x: number): Side => (x === 0 ? 'client' : 'server')
const key = authKey(seededRandom(7)(256))

/** A message that fits, to be spoilt field by field. */
function plaintext({ length = 8, padding = 24, body = 8 } = {}): Uint8Array {
  const bytes = seededRandom(3)(32 + body + padding)
  new DataView(bytes.buffer).setInt32(28, length, true)
  return bytes
}

function opened(from: Side, packet: Uint8Array): Opened {
  const result = open({ key, from, packet })
  if (result instanceof ProtocolError) throw result
  return result
}

describe('envelope', () => {
  it('tells what a quick ack of a packet will say, and seals as ever', () => {
    const contents = { salt: 1n, sessionId: 2n, messageId: 3n, seqNo: 1, body: new Uint8Array(40).fill(9) }
    for (const from of ['client', 'server'] as const)
      for (const body of [contents.body, new Uint8Array(0), new Uint8Array(20_000)]) {
        const options = { ...contents, body, key, from }
        const { packet, quickAckToken } = sealAsking({ ...options, random: seededRandom(4) })
        expect(packet).to.deep.equal(seal({ ...options, random: seededRandom(4) }))
        expect(opened(from, packet).quickAckToken).to.equal(quickAckToken)
      }
  })

  describe('vectors', () => {
    interface EncryptIn {
      readonly auth_key: string
      readonly plaintext_padded: string
      readonly x: number
    }
    interface EncryptOut {
      readonly message: string
      readonly msg_key_large: string
      readonly quick_ack_token: string
      readonly salt?: string
      readonly session_id?: string
      readonly msg_id?: string
      readonly seq_no?: number
      readonly body?: string
    }
    for (const { name, in: given, out } of vectors<EncryptIn, EncryptOut>('messages', 'v2-encrypt-raw')) {
      const shared = authKey(fromHex(given.auth_key))
      const from = side(given.x)

      it(`${name}: sealed`, () => {
        const bytes = fromHex(given.plaintext_padded)
        expect(hex(sealPlaintext(shared, from, bytes))).to.equal(out.message)
        const { messageKey: msgKey, quickAckToken } = messageKey(shared.bytes, bytes, from)
        expect(hex(msgKey)).to.equal(out.msg_key_large.slice(16, 48))
        expect(String(quickAckToken)).to.equal(out.quick_ack_token)
      })

      if (out.body === undefined) continue
      it(`${name}: opened`, () => {
        const result = open({ key: shared, from, packet: fromHex(out.message) })
        if (result instanceof ProtocolError) throw result
        expect(String(result.salt)).to.equal(out.salt)
        expect(String(result.sessionId)).to.equal(out.session_id)
        expect(String(result.messageId)).to.equal(out.msg_id)
        expect(result.seqNo).to.equal(out.seq_no)
        expect(hex(result.body)).to.equal(out.body)
        expect(String(result.quickAckToken)).to.equal(out.quick_ack_token)
      })
    }

    interface DecryptIn {
      readonly auth_key: string
      readonly message: string
      readonly x: number
    }
    type DecryptOut = Required<Omit<EncryptOut, 'message' | 'msg_key_large' | 'quick_ack_token'>>
    for (const { name, in: given, out } of vectors<DecryptIn, DecryptOut>('messages', 'v2-decrypt')) {
      it(name, () => {
        const packet = fromHex(given.message)
        const result = open({ key: authKey(fromHex(given.auth_key)), from: side(given.x), packet })
        if (result instanceof ProtocolError) throw result
        const { salt, sessionId, messageId, seqNo, body } = result
        expect({ salt: `${salt}`, session_id: `${sessionId}`, msg_id: `${messageId}`, seq_no: seqNo }).to.deep.equal({
          salt: out.salt,
          session_id: out.session_id,
          msg_id: out.msg_id,
          seq_no: out.seq_no,
        })
        expect(hex(body)).to.equal(out.body)
      })
    }

    interface CheckIn extends DecryptIn {
      readonly expected_session_id: string
    }
    interface CheckOut {
      readonly result: 'accept' | 'reject'
      readonly reason: string | null
    }
    for (const { name, in: given, out } of vectors<CheckIn, CheckOut>('messages', 'v2-check')) {
      it(`${name}: ${out.result}`, () => {
        const packet = fromHex(given.message)
        const result = open({ key: authKey(fromHex(given.auth_key)), from: side(given.x), packet })
        const session = int64FromBytes(fromHex(given.expected_session_id))
        // Two of the reasons are the session's to see, which knows its own id and whose ids are odd.
        switch (out.reason) {
          case null:
            expect(result).to.have.property('sessionId', session)
            break
          case 'session_id':
            expect((result as Opened).sessionId).to.not.equal(session)
            break
          case 'msg_id-parity':
            expect(isServerMessageId((result as Opened).messageId)).to.equal(false)
            break
          default:
            expect(result).to.be.instanceOf(ProtocolError)
        }
      })
    }
  })

  it('has ciphers that agree on both platforms', () => {
    const bytes = plaintext()
    const aes = [seededRandom(1)(32), seededRandom(2)(32)] as const
    const encrypted = nodePlatform.igeEncrypt(bytes, ...aes)
    expect(hex(portable.igeEncrypt(bytes, ...aes))).to.equal(hex(encrypted))
    expect(hex(portable.igeDecrypt(encrypted, ...aes))).to.equal(hex(bytes))
    expect(hex(portable.sha256([key.bytes, bytes]))).to.equal(hex(nodePlatform.sha256([key.bytes, bytes])))
  })

  it('opens what it sealed, both ways, with padding within bounds', () => {
    const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    const words = fc.integer({ min: 0, max: 60 }).chain((n) => fc.uint8Array({ minLength: 4 * n, maxLength: 4 * n }))
    const from = fc.constantFrom<Side>('client', 'server')
    fc.assert(
      fc.property(
        from,
        long,
        long,
        long,
        fc.nat(),
        words,
        fc.nat(),
        (sender, salt, sessionId, messageId, seqNo, body, seed) => {
          const contents = { salt, sessionId, messageId, seqNo, body }
          const packet = seal({ key, from: sender, random: seededRandom(seed + 1), ...contents })
          const padding = packet.length - 24 - 32 - body.length
          expect(padding).to.be.within(12, 12 + 15 + 48)
          expect((packet.length - 24) % 16).to.equal(0)
          expect(keyIdOf(packet)).to.equal(key.id)
          const { quickAckToken, ...rest } = opened(sender, packet)
          expect({ ...rest, body: hex(rest.body) }).to.deep.equal({ ...contents, body: hex(body) })
          expect(quickAckToken).to.be.within(0x8000_0000, 0xffff_ffff)
          const other = sender === 'client' ? 'server' : 'client'
          expect(open({ key, from: other, packet })).to.be.instanceOf(ProtocolError)
        },
      ),
      { numRuns: 50 },
    )
  })

  it('varies the padding of equal messages', () => {
    const random = seededRandom(5)
    const contents = { salt: 0n, sessionId: 1n, messageId: 4n, seqNo: 0, body: new Uint8Array(4) }
    const lengths = new Set(Array.from({ length: 40 }, () => seal({ key, from: 'client', random, ...contents }).length))
    expect([...lengths].sort((a, b) => a - b)).to.deep.equal([72, 88, 104, 120])
  })

  it('fills the padding with the random bytes, all of it', () => {
    for (const blocks of [0, 1, 2, 3]) {
      // The last byte drawn tells how many blocks there are more.
      const random = (length: number) => new Uint8Array(length).fill(0x50 + blocks)
      const contents = { salt: 0n, sessionId: 1n, messageId: 4n, seqNo: 0, body: new Uint8Array(8) }
      const packet = seal({ key, from: 'client', random, ...contents })
      const padding = nodePlatform.messages.open(key, 'client', packet, false)!.plaintext.slice(40)
      expect([...padding]).to.deep.equal(Array.from({ length: 24 + 16 * blocks }, () => 0x50 + blocks))
    }
  })

  it('accepts up to 15 bytes of padding of the transport', () => {
    const packet = sealPlaintext(key, 'server', plaintext())
    for (const extra of [0, 1, 4, 15]) {
      expect(hex(opened('server', concat(packet, new Uint8Array(extra))).body)).to.equal(
        hex(plaintext().subarray(32, 40)),
      )
    }
  })

  it('accepts a body of no bytes and the bounds of the padding', () => {
    expect(
      opened('server', sealPlaintext(key, 'server', plaintext({ length: 0, body: 0, padding: 16 }))).body.length,
    ).to.equal(0)
    expect(
      opened('server', sealPlaintext(key, 'server', plaintext({ length: 4, body: 4, padding: 12 }))).body.length,
    ).to.equal(4)
    expect(
      opened('server', sealPlaintext(key, 'server', plaintext({ length: 16, body: 16, padding: 1024 }))).body.length,
    ).to.equal(16)
  })

  describe('refuses, always in the same words,', () => {
    const good = sealPlaintext(key, 'server', plaintext())
    const flipped = (at: number) => good.map((byte, index) => (index === at ? byte ^ 1 : byte))
    const sealed = (bytes: Uint8Array) => sealPlaintext(key, 'server', bytes)
    const table: readonly (readonly [string, Uint8Array])[] = [
      ['nothing', new Uint8Array(0)],
      ['a header alone', good.subarray(0, 24)],
      ['a block too few for a message', good.subarray(0, 24 + 16)],
      ['an unknown key', flipped(0)],
      ['another msg_key', flipped(8)],
      ['a changed ciphertext', flipped(30)],
      ['a block less', good.subarray(0, good.length - 16)],
      ['a block more', concat(good, new Uint8Array(16))],
      ['a changed padding', flipped(good.length - 1)],
      ['a message of the other direction', sealPlaintext(key, 'client', plaintext())],
      ['a negative length', sealed(plaintext({ length: -4 }))],
      ['a length that is not whole words', sealed(plaintext({ length: 7 }))],
      ['a length past the end', sealed(plaintext({ length: 36 }))],
      ['an enormous length', sealed(plaintext({ length: 0x7ffffffc }))],
      ['a padding of 8', sealed(plaintext({ length: 24, body: 24, padding: 8 }))],
      ['a padding of 1040', sealed(plaintext({ length: 0, body: 0, padding: 1040 }))],
    ]
    for (const [name, packet] of table) {
      it(name, () => {
        const result = open({ key, from: 'server', packet })
        expect(result).to.be.instanceOf(ProtocolError)
        expect((result as ProtocolError).message).to.equal(
          'expected a packet sealed with the auth key, got one that does not open',
        )
      })
    }

    it('a body to seal that is not whole words', () => {
      const contents = { salt: 0n, sessionId: 0n, messageId: 0n, seqNo: 0, body: new Uint8Array(5) }
      expect(() => seal({ key, from: 'client', random: seededRandom(1), ...contents })).to.throw(
        UsageError,
        'got 5 bytes',
      )
    })
  })

  describe('plain', () => {
    it('opens what it sealed', () => {
      const packet = sealPlain(7301444403200004096n, fromHex('f18e7ebe'))
      expect(hex(packet)).to.equal('00000000000000000010000000f1536504000000f18e7ebe')
      expect(keyIdOf(packet)).to.equal(0n)
      expect(openPlain(packet)).to.deep.equal({ messageId: 7301444403200004096n, body: fromHex('f18e7ebe') })
    })

    it('leaves out what follows the length', () => {
      const packet = concat(sealPlain(-3n, fromHex('01020304')), fromHex('ffff'))
      expect(openPlain(packet)).to.deep.equal({ messageId: -3n, body: fromHex('01020304') })
    })

    const table: readonly (readonly [string, string, RegExp])[] = [
      ['too short', '00'.repeat(19), /at least 20 bytes, got 19/],
      ['encrypted', `01${'00'.repeat(19)}`, /got an encrypted one/],
      ['longer than its packet', `${'00'.repeat(16)}0500000001020304`, /of 4 bytes, got a length of 5/],
      ['of a negative length', `${'00'.repeat(16)}ffffffff01020304`, /of 4 bytes, got a length of -1/],
    ]
    for (const [name, packet, message] of table) {
      it(`refuses what is ${name}`, () => {
        const result = openPlain(fromHex(packet))
        expect(result).to.be.instanceOf(ProtocolError)
        expect((result as ProtocolError).message).to.match(message)
      })
    }

    it('sees no key in what is too short for one', () => {
      expect(keyIdOf(fromHex('01020304'))).to.equal(0n)
    })
  })
})

describe('an envelope in place', () => {
  const random = seededRandom(12)
  const key = authKey(random(256))
  const contents = { salt: 1n, sessionId: 2n, messageId: 4n, seqNo: 1 }

  for (const framing of ['abridged', 'intermediate', 'padded', 'full'] as const)
    it(`is sealed, framed (${framing}), cut out and opened where it lies`, () => {
      for (const size of [8, 3000, 5000, 100_000]) {
        const body = random(size)
        const packet = seal({ key, from: 'client', ...contents, body, random })
        const copy = packet.slice()
        const frame = frameEncoder(framing, random)(packet)
        // From 4 KiB on the frame is put around the packet, not the packet into a frame.
        expect(frame.buffer === packet.buffer, `${size}`).to.equal(packet.length >= 4096)
        expect(packet).to.deep.equal(copy)
        const [received] = frameDecoder(framing, 'server')(frame)
        if (received?._ !== 'packet') throw new Error('expected a packet')
        const result = open({ key, from: 'client', packet: received.bytes, reuse: true })
        if (result instanceof ProtocolError) throw result
        expect(result.body).to.deep.equal(body)
        expect(result.body.buffer).to.equal(frame.buffer)
      }
    })

  it('is framed once in its room, and then as a copy', () => {
    const packet = seal({ key, from: 'client', ...contents, body: random(8000), random })
    const encode = frameEncoder('intermediate', random)
    const first = encode(packet)
    const second = encode(packet)
    expect(second).to.deep.equal(first)
    expect(second.buffer).not.to.equal(packet.buffer)
  })
})
