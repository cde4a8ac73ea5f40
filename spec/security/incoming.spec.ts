import { expect } from 'chai'
import { concat as join, tap } from 'rxjs'
import { platform } from '#crypto'
import { concat, equalBytes } from '../../lib/core/bytes.ts'
import { authKey } from '../../lib/core/crypto/message-key.ts'
import { ProtocolError } from '../../lib/core/errors.ts'
import { open, sealPlaintext } from '../../lib/core/protocol/envelope.ts'
import { writeContainer, writeGzipPacked, writeRpcResult } from '../../lib/core/protocol/pack.ts'
import type { OutgoingMessage } from '../../lib/local-dc/faults.ts'
import { seededRandom } from '../support/marbles.ts'
import { check, failing, steps } from '../telegram/flow.ts'
import {
  FORGED_COUNTRY,
  forged,
  forgedResult,
  KEY,
  type LiedTo,
  liedTo,
  requestIn,
  resealed,
  TRUE_COUNTRY,
} from './lying.ts'

// The real client against a local DC that lies, one row for each check of a message that comes.

const OTHER_KEY = authKey(seededRandom(78)(256))
const flip = (bytes: Uint8Array, at: number) => bytes.map((byte, index) => (index === at ? byte ^ 1 : byte))
const second = 1n << 32n

/** The plaintext of the forged answer, with another length than it has, and so much padding. */
function withLength(plaintext: Uint8Array, change: (length: number) => number, padding?: number): Uint8Array {
  const length = new DataView(plaintext.buffer, plaintext.byteOffset).getInt32(28, true)
  const whole = padding === undefined ? plaintext : concat(plaintext.slice(0, 32 + length), seededRandom(5)(padding))
  new DataView(whole.buffer, whole.byteOffset).setInt32(28, change(length), true)
  return whole
}

/** How much padding makes whole blocks, from `least` on. */
function paddingFrom(least: number, plaintext: Uint8Array): number {
  const length = 32 + new DataView(plaintext.buffer, plaintext.byteOffset).getInt32(28, true)
  return least + ((16 - ((length + least) % 16)) % 16)
}

type Row = readonly [name: string, lie: (packet: Uint8Array) => Uint8Array]

/** Packets that do not open: they are refused before anything in them is looked at. */
const unopened: readonly Row[] = [
  ['another auth_key_id', (packet) => flip(packet, 0)],
  ['another key altogether', (packet) => sealPlaintext(OTHER_KEY, 'server', plaintextOf(packet))],
  ['another msg_key', (packet) => flip(packet, 8)],
  ['the last byte of msg_key changed', (packet) => flip(packet, 23)],
  ['a changed ciphertext', (packet) => flip(packet, 40)],
  ['a changed padding', (packet) => flip(packet, packet.length - 1)],
  ['the key of the other direction', (packet) => sealPlaintext(KEY, 'client', plaintextOf(packet))],
  ['a block less', (packet) => packet.slice(0, -16)],
  ['a negative length', (packet) => resealed(packet, (plain) => withLength(plain, () => -4))],
  [
    'a length that is not whole words',
    (packet) => resealed(packet, (plain) => withLength(plain, (length) => length - 1)),
  ],
  ['a length past the end', (packet) => resealed(packet, (plain) => withLength(plain, () => plain.length))],
  ['a length of 2^31 - 4', (packet) => resealed(packet, (plain) => withLength(plain, () => 0x7ffffffc))],
  [
    'less than 12 bytes of padding',
    (packet) => resealed(packet, (plain) => withLength(plain, (length) => length, paddingFrom(0, plain))),
  ],
  [
    'more than 1024 bytes of padding',
    (packet) => resealed(packet, (plain) => withLength(plain, (length) => length, paddingFrom(1025, plain))),
  ],
]

function plaintextOf(packet: Uint8Array): Uint8Array {
  return platform.messages.open(KEY, 'server', packet, false)!.plaintext
}

/** Lies about the next answer only; what was to be said otherwise is not. */
function once<Value>(lie: (value: Value) => readonly Value[], after: () => void): (value: Value) => readonly Value[] {
  return (value) => {
    after()
    return lie(value)
  }
}

const REFUSED = 'expected a packet sealed with the auth key, got one that does not open'

describe('security: a packet is refused, and the link with it, that has', () => {
  for (const [name, lie] of unopened) {
    it(
      name,
      liedTo(({ ask, lies, sent, faults, clock, tg }: LiedTo) => {
        let heard = ''
        let sentBefore = 0
        // The answer is forged as well: whoever reads it in spite of all is found out.
        lies.answer = (message) => [forged(message)]
        lies.packet = once(
          (packet) => {
            sentBefore = sent.length
            return [lie(packet)]
          },
          () => {
            lies.answer = undefined
            lies.packet = undefined
          },
        )
        const states: string[] = []
        tg.state$.subscribe({ next: ({ _ }) => states.push(_), error: expect.fail })
        return steps(
          ask().pipe(
            tap((country) => {
              heard = country
            }),
          ),
          clock.after(1000),
          check(() => {
            expect(states.slice(0, 3)).to.deep.equal(['ready', 'offline', 'connecting'])
            // One error for all of them, whichever check failed: nothing to be learnt from it.
            expect(faults.map(({ error }) => (error as Error).message)).to.deep.equal([REFUSED])
            expect(faults[0]!.error).to.be.instanceOf(ProtocolError)
            expect(sentBefore).to.be.greaterThan(0)
            expect(heard).to.equal(TRUE_COUNTRY)
          }),
        )
      }),
    )
  }
})

type MessageRow = readonly [name: string, lie: (message: OutgoingMessage) => OutgoingMessage, fault: RegExp]

const contained = (message: OutgoingMessage, ...bodies: readonly Uint8Array[]): OutgoingMessage => ({
  ...message,
  messageId: message.messageId - 4n,
  seqNo: message.seqNo & ~1,
  body: writeContainer(
    bodies.map((body, at) => ({ messageId: message.messageId - 4n * BigInt(at + 2), seqNo: 1, body })),
  ),
})

/** Packets that open, and whose message is not taken; the true answer comes after it. */
const dropped: readonly MessageRow[] = [
  [
    'of another session',
    (message) => ({ ...message, sessionId: message.sessionId ^ 1n }),
    /^expected a packet of this session, got one of another$/,
  ],
  [
    'with an id that ends in 00',
    (message) => ({ ...message, messageId: message.messageId & ~3n }),
    /^expected the odd message id of a server, got an even one$/,
  ],
  [
    'with an id that ends in 10',
    (message) => ({ ...message, messageId: (message.messageId & ~3n) | 2n }),
    /^expected the odd message id of a server, got an even one$/,
  ],
  [
    'inside a container with an even id',
    (message) => ({
      ...contained(message),
      body: writeContainer([{ messageId: (message.messageId & ~3n) - 8n, seqNo: 1, body: message.body }]),
    }),
    /^expected the odd message id of a server, got an even one$/,
  ],
  [
    'of 301 s ago',
    (message) => ({ ...message, messageId: message.messageId - 301n * second }),
    /^expected a packet of the last 300 s, got one of another time$/,
  ],
  [
    'from 31 s ahead',
    (message) => ({ ...message, messageId: message.messageId + 31n * second }),
    /^expected a packet of the last 300 s, got one of another time$/,
  ],
  [
    'in a container inside a container',
    (message) => contained(message, contained(message, message.body).body),
    /^expected no container inside a container$/,
  ],
  [
    'in a packed container inside a container',
    (message) => contained(message, writeGzipPacked(contained(message, message.body).body)),
    /^expected no container inside a container$/,
  ],
  [
    'packed twice',
    (message) => ({
      ...message,
      messageId: message.messageId - 4n,
      body: writeGzipPacked(writeGzipPacked(message.body)),
    }),
    /^gzip: expected an object packed once, got one packed twice$/,
  ],
  [
    'in a container with a byte behind the last message',
    (message) => ({ ...contained(message), body: concat(contained(message, message.body).body, new Uint8Array(4)) }),
    /^expected the end of the container, got 4 more bytes$/,
  ],
  [
    'for no call at all',
    (message) => ({ ...message, messageId: message.messageId - 4n, body: writeRpcResult(0n, forgedResult()) }),
    /^expected rpc_result of a message, got one of none$/,
  ],
]

describe('security: a message is dropped and reported that comes', () => {
  for (const [name, lie, fault] of dropped) {
    it(
      name,
      liedTo(({ ask, lies, faults, clock }) => {
        lies.answer = (message) => {
          lies.answer = undefined
          return [lie(forged(message)), message]
        }
        return steps(
          ask().pipe(tap((country) => expect(country).to.equal(TRUE_COUNTRY))),
          clock.after(1000),
          check(() => {
            expect(faults).to.have.length(1)
            expect((faults[0]!.error as Error).message).to.match(fault)
          }),
        )
      }),
    )
  }

  it(
    'under an id that came before: it is acked again, and that is all',
    liedTo(({ ask, lies, faults, clock }) => {
      let taken: bigint | undefined
      lies.answer = (message) => {
        taken = message.messageId
        return [message]
      }
      return steps(
        ask(),
        check(() => {
          lies.answer = (message) => {
            lies.answer = undefined
            return [{ ...forged(message), messageId: taken! }, message]
          }
        }),
        ask().pipe(tap((country) => expect(country).to.equal(TRUE_COUNTRY))),
        clock.after(1000),
        check(() => expect(faults).to.deep.equal([])),
      )
    }),
  )

  it(
    'a second time in a packet that is sent again: the caller gets one answer',
    liedTo(({ ask, lies, faults, clock }) => {
      const answers: string[] = []
      lies.packet = (packet) => [packet, packet.slice(), packet.slice()]
      return steps(
        ask().pipe(tap((country) => answers.push(country))),
        ask().pipe(tap((country) => answers.push(country))),
        clock.after(1000),
        check(() => {
          expect(answers).to.deep.equal([TRUE_COUNTRY, TRUE_COUNTRY])
          expect(faults).to.deep.equal([])
        }),
      )
    }),
  )
})

describe('security: a message is taken', () => {
  it(
    'whose seq_no has the wrong parity, since real servers get it wrong; it is reported',
    liedTo(({ ask, lies, faults }) => {
      lies.answer = (message) => [{ ...forged(message), seqNo: message.seqNo & ~1 }]
      return steps(
        ask().pipe(tap((country) => expect(country).to.equal(FORGED_COUNTRY))),
        check(() => {
          expect(faults).to.have.length(1)
          expect((faults[0]!.error as Error).message).to.equal('expected the other parity of seq_no for rpc_result')
        }),
      )
    }),
  )

  it(
    'that is a little late or early',
    liedTo(({ ask, lies, faults }) => {
      const shifted = (seconds: bigint) =>
        join(
          check(() => {
            lies.answer = (message) => [{ ...message, messageId: message.messageId + seconds * second }]
          }),
          ask(),
        )
      return steps(
        shifted(-14n),
        shifted(29n),
        check(() => expect(faults).to.deep.equal([])),
      )
    }),
  )

  it(
    'that says another time than the ones before, and the next calls are answered all the same',
    liedTo(({ ask, lies, faults, clock }) => {
      const started = clock.elapsed()
      return steps(
        check(() => {
          lies.answer = (message) => [{ ...message, messageId: message.messageId - 299n * second }]
        }),
        // An answer that is older than its question: by that the client takes its own clock to be fast.
        ask(),
        check(() => {
          lies.answer = undefined
        }),
        ask(),
        ask(),
        check(() => {
          expect(clock.elapsed() - started).to.be.lessThan(120_000)
          expect(faults.length).to.be.greaterThan(0)
        }),
      )
    }),
  )

  it(
    'with a result that is packed once; a result packed twice is the error of its call, and of no other',
    liedTo(({ ask, lies, faults }) => {
      const packed = (times: number) => (message: OutgoingMessage) => {
        let result = forgedResult()
        for (let n = 0; n < times; n++) result = writeGzipPacked(result)
        return [{ ...forged(message), body: writeRpcResult(requestIn(message)!, result) }]
      }
      return steps(
        check(() => {
          lies.answer = packed(1)
        }),
        ask().pipe(tap((country) => expect(country).to.equal(FORGED_COUNTRY))),
        check(() => {
          lies.answer = packed(2)
        }),
        failing(ask(), /^gzip: expected an object packed once, got one packed twice/),
        check(() => {
          lies.answer = undefined
        }),
        ask().pipe(tap((country) => expect(country).to.equal(TRUE_COUNTRY))),
        check(() => expect(faults).to.deep.equal([])),
      )
    }),
  )
})

describe('security: what the client sends', () => {
  it(
    'is padded with 12 to 1024 random bytes, of which there are not always as many',
    liedTo(({ ask, sent }) =>
      steps(
        ...Array.from({ length: 60 }, ask),
        check(() => {
          const paddings = sent.map((packet) => {
            const { plaintext } = platform.messages.open(KEY, 'client', packet, false)!
            const length = new DataView(plaintext.buffer, plaintext.byteOffset).getInt32(28, true)
            return { length, padding: plaintext.slice(32 + length) }
          })
          const amounts = new Map<number, Set<number>>()
          for (const { length, padding } of paddings) {
            expect(padding.length).to.be.within(12, 1024)
            // No byte value fills it, and it is never that of another packet.
            expect(new Set(padding).size).to.be.greaterThan(4)
            amounts.set(length, (amounts.get(length) ?? new Set()).add(padding.length))
          }
          const texts = new Set(paddings.map(({ padding }) => padding.slice(0, 12).join()))
          expect(texts.size).to.equal(paddings.length)
          expect(Math.max(...[...amounts.values()].map(({ size }) => size))).to.be.greaterThan(2)
        }),
      ),
    ),
  )

  it('is compared in a time that does not tell where the first difference is', () => {
    const reads = (differenceAt: number | undefined) => {
      let count = 0
      const counted = new Proxy(new Uint8Array(16), {
        get(target, name) {
          if (typeof name === 'string' && /^\d+$/.test(name)) count++
          return Reflect.get(target, name, target)
        },
      })
      const other = new Uint8Array(16)
      if (differenceAt !== undefined) other[differenceAt] = 1
      expect(equalBytes(counted, other)).to.equal(differenceAt === undefined)
      return count
    }
    expect([undefined, 0, 7, 15].map(reads)).to.deep.equal([16, 16, 16, 16])
  })

  it('is refused alike, be it the key, the msg_key or what is inside that is wrong', () => {
    const plain = seededRandom(3)(64)
    new DataView(plain.buffer).setInt32(28, 8, true)
    const good = sealPlaintext(KEY, 'server', plain)
    const bad = [
      flip(good, 0),
      flip(good, 8),
      flip(good, 40),
      good.subarray(0, 24),
      sealPlaintext(KEY, 'server', flip(plain, 28)),
    ]
    const errors = bad.map((packet) => open({ key: KEY, from: 'server', packet }) as ProtocolError)
    expect(new Set(errors.map((error) => `${error.name}: ${error.message}`))).to.have.length(1)
    expect(errors.every((error) => error.cause === undefined)).to.equal(true)
  })
})
