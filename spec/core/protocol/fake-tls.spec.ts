import { expect } from 'chai'
import * as fc from 'fast-check'
import { concat, fromHex, hex } from '../../../lib/core/bytes.ts'
import { ProtocolError } from '../../../lib/core/errors.ts'
import { clientHello } from '../../../lib/core/protocol/client-hello.ts'
import { answerLength, fakeTls, isAnswerTo } from '../../../lib/core/protocol/fake-tls.ts'
import {
  acceptHello,
  helloLength,
  MAX_HELLO,
  SeenHellos,
  type TlsSecret,
} from '../../../lib/core/protocol/fake-tls-server.ts'
import { tlsRecord } from '../../../lib/core/protocol/tls-records.ts'
import { seededRandom } from '../../support/marbles.ts'
import { vectors } from './vectors.ts'

interface AnswerIn {
  readonly secret: string
  readonly client_random: string
  readonly response: string
}
interface HelloIn {
  readonly secret: string
  readonly domain: string
  readonly unix_time: number
}
interface HelloOut {
  readonly hello_on_wire: string
  readonly client_random: string
  readonly server_extracts: { readonly domain: string; readonly timestamp: number; readonly session_id: string }
}

const TIME = 1_700_000_000
const key = new Uint8Array(16).fill(9)
const secret: TlsSecret = { kind: 'tls', key, domain: 'example.org' }
const other: TlsSecret = { kind: 'tls', key: new Uint8Array(16).fill(8), domain: 'example.org' }

function client(time = TIME, seed = 1, domain = secret.domain) {
  return fakeTls({ key, domain, time, random: seededRandom(seed) })
}

function accept(hello: Uint8Array, options: { secrets?: readonly TlsSecret[]; seen?: SeenHellos; time?: number } = {}) {
  const { secrets = [secret], seen = new SeenHellos(), time = TIME } = options
  return acceptHello(hello, { secrets, seen, time, random: seededRandom(2) })
}

describe('fake TLS', () => {
  describe('answers of the vectors', () => {
    for (const { name, in: given, out } of vectors<AnswerIn, { valid: boolean }>('fake-tls', 'faketls-server-hello'))
      it(`${out.valid ? 'takes' : 'refuses'} ${name}`, () => {
        const response = fromHex(given.response)
        expect(answerLength(response)).to.equal(response.length)
        expect(isAnswerTo(fromHex(given.client_random), fromHex(given.secret), response)).to.equal(out.valid)
      })
  })

  describe('hellos of the vectors', () => {
    for (const { name, in: given, out } of vectors<HelloIn, HelloOut>('fake-tls', 'faketls-client-hello'))
      it(`accepts ${name}`, () => {
        const known: TlsSecret = { kind: 'tls', key: fromHex(given.secret), domain: given.domain }
        const found = accept(fromHex(out.hello_on_wire), { secrets: [other, known], time: given.unix_time })
        expect(found.secret).to.equal(known)
        expect(hex(found.answer.subarray(44, 76))).to.equal(out.server_extracts.session_id)
        expect(isAnswerTo(fromHex(out.client_random), known.key, found.answer)).to.equal(true)
      })
  })

  it('joins both sides, wherever the answer is cut, and gives what is behind it', () => {
    const { answer } = accept(client().hello)
    const behind = fromHex('17030300020102')
    const wire = concat(answer, behind)
    for (let at = 0; at <= wire.length; at++)
      expect(answerLength(wire.slice(0, at)), `cut at ${at}`).to.equal(at < answer.length ? undefined : answer.length)
    for (let at = 0; at <= wire.length; at += at < 150 || at > answer.length - 10 ? 1 : 50) {
      const tls = client()
      const first = tls.receive(wire.slice(0, at))
      expect(first === undefined, `cut at ${at}`).to.equal(at < answer.length)
      const rest = first ?? tls.receive(wire.slice(at))
      expect(hex(concat(rest!, first === undefined ? new Uint8Array(0) : wire.slice(at)))).to.equal(hex(behind))
    }
  })

  it('has an answer of three records, whose length varies', () => {
    const lengths = Array.from({ length: 8 }, (_, seed) => {
      const { hello } = client(TIME, seed + 1)
      const found = acceptHello(hello, {
        secrets: [secret],
        seen: new SeenHellos(),
        time: TIME,
        random: seededRandom(seed + 50),
      })
      expect(hex(found.answer.subarray(0, 11))).to.equal('160303007a020000760303')
      expect(hex(found.answer.subarray(127, 133))).to.equal('140303000101')
      return found.answer.length - 138
    })
    for (const length of lengths) expect(length).to.be.within(1000, 5000)
    expect(new Set(lengths).size).to.be.above(4)
  })

  describe('an answer', () => {
    const answer = accept(client().hello).answer

    it('with any byte changed is refused, or waited for where a length grew', () => {
      const places = [...Array(140).keys(), answer.length - 1]
      for (const at of places) {
        const changed = answer.slice()
        changed[at]! ^= 1
        const tls = client()
        let rest: Uint8Array | undefined
        try {
          rest = tls.receive(changed)
        } catch (error) {
          expect(error).to.be.instanceOf(ProtocolError)
          continue
        }
        expect(rest, `byte ${at}`).to.equal(undefined)
        expect(() => tls.receive(new Uint8Array(70_000)), `byte ${at}`).to.throw(ProtocolError)
      }
    })

    it('to another hello is refused', () => {
      expect(() => client(TIME, 2).receive(answer)).to.throw(
        ProtocolError,
        'expected a TLS answer with the digest of the secret, got one with another',
      )
    })

    const record = (type: number, length: number) => tlsRecord(type, new Uint8Array(length))
    const hello = record(0x16, 122)
    const refused: readonly (readonly [what: string, bytes: Uint8Array, message: string])[] = [
      ['HTTP', fromHex('48'), 'expected a handshake record in the TLS answer, got the byte 0x48'],
      ['an alert', fromHex('15030300020228'), 'expected a handshake record in the TLS answer, got an alert'],
      ['data at once', record(0x17, 10), 'expected a handshake record in the TLS answer, got application data'],
      ['another version', fromHex('1602'), 'expected a TLS answer of version 3.3, got another version'],
      ['a hello too short for a random', record(0x16, 37), 'expected a handshake record of 38 to 16384 bytes'],
      [
        'a hello too long',
        fromHex('1603034001'),
        'expected a handshake record of 38 to 16384 bytes in the TLS answer, got 16385',
      ],
      [
        'data without a change of the cipher',
        concat(hello, record(0x17, 1)),
        'expected a handshake record or a change of the cipher',
      ],
      [
        'two changes of the cipher',
        concat(hello, record(0x14, 1), fromHex('14')),
        'expected application data in the TLS answer',
      ],
      [
        'a long change of the cipher',
        concat(hello, record(0x14, 2)),
        'expected a change of the cipher of 1 to 1 bytes',
      ],
      [
        'handshakes without end',
        concat(...Array.from({ length: 18 }, () => record(0x16, 40))),
        'expected a change of the cipher in the TLS answer, got a handshake record',
      ],
    ]
    for (const [what, bytes, message] of refused)
      it(`of ${what} is refused at once`, () => {
        expect(() => client().receive(bytes)).to.throw(ProtocolError, message)
      })

    it('may have more records of the handshake', () => {
      const bytes = concat(
        hello,
        ...Array.from({ length: 16 }, () => record(0x16, 1)),
        record(0x14, 1),
        record(0x17, 0),
      )
      expect(answerLength(bytes)).to.equal(bytes.length)
    })

    it('is never taken from someone who does not know the secret', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat({ max: 200 }), (bytes, at) => {
          const noisy = concat(answer.subarray(0, at), bytes)
          try {
            expect(client().receive(noisy)).to.equal(undefined)
          } catch (error) {
            expect(error).to.be.instanceOf(ProtocolError)
          }
        }),
        { numRuns: 200 },
      )
    })
  })

  describe('a hello', () => {
    const hello = client().hello

    it('of any other digest is refused', () => {
      for (let at = 11; at < hello.length; at += at < 43 ? 1 : 97) {
        const changed = hello.slice()
        changed[at]! ^= 0x80
        expect(() => accept(changed), `byte ${at}`).to.throw(ProtocolError)
      }
    })

    it('of another secret or domain is refused', () => {
      expect(() => accept(hello, { secrets: [other] })).to.throw(
        ProtocolError,
        'expected a TLS hello with the digest of a secret, got another',
      )
      expect(() => accept(client(TIME, 1, 'example.com').hello)).to.throw(
        ProtocolError,
        'expected a TLS hello to the domain of a secret, got another domain',
      )
    })

    it('that comes again is refused, until it is too old anyway', () => {
      const seen = new SeenHellos()
      accept(hello, { seen })
      expect(() => accept(hello, { seen, time: TIME + 1 })).to.throw(
        ProtocolError,
        'expected a new TLS hello, got one of before',
      )
      accept(client(TIME, 3).hello, { seen })
    })

    const times: readonly (readonly [ahead: number, message: string | undefined])[] = [
      [0, undefined],
      [3, undefined],
      [4, 'expected a TLS hello of now, got one of 4 s in the future'],
      [-599, undefined],
      [-600, 'expected a TLS hello of now, got one of 600 s ago'],
      [-86_400, 'expected a TLS hello of now, got one of 86400 s ago'],
    ]
    for (const [ahead, message] of times)
      it(`of a clock ${ahead} s off is ${message === undefined ? 'accepted' : 'refused'}`, () => {
        const act = () => accept(client(TIME + ahead).hello)
        if (message === undefined) act()
        else expect(act).to.throw(ProtocolError, message)
      })

    it('knows the time beyond 2038', () => {
      const late = 2 ** 31 + 5
      accept(client(late - 10).hello, { time: late })
      expect(() => accept(client(late + 10).hello, { time: late })).to.throw(ProtocolError, '10 s in the future')
    })

    it('that is too long is refused before it is there', () => {
      expect(helloLength(fromHex('160301'))).to.equal(undefined)
      expect(helloLength(hello)).to.equal(hello.length)
      expect(helloLength(fromHex('1603010ffb'))).to.equal(MAX_HELLO)
      expect(() => helloLength(fromHex('1603010ffc'))).to.throw(
        ProtocolError,
        'expected a TLS hello of at most 4096 bytes, got 4097',
      )
    })

    it('of another form is refused, and never breaks anything', () => {
      const form = 'expected a TLS hello as clients of proxies send it, got another form'
      expect(() => accept(new Uint8Array(0))).to.throw(ProtocolError, form)
      expect(() => accept(concat(hello, Uint8Array.of(0)))).to.throw(ProtocolError, form)
      for (let at = 0; at < hello.length; at += 13)
        expect(() => accept(hello.slice(0, at)), `cut at ${at}`).to.throw(ProtocolError)
      fc.assert(
        fc.property(fc.uint8Array({ minLength: 1, maxLength: 4 }), fc.nat({ max: hello.length - 5 }), (bytes, at) => {
          const changed = hello.slice()
          changed.set(bytes, at)
          if (hex(changed) !== hex(hello)) expect(() => accept(changed)).to.throw(ProtocolError)
        }),
        { numRuns: 300 },
      )
    })
  })

  describe('the memory of hellos', () => {
    const random = (seed: number) => seededRandom(seed)(32)

    it('knows a random for two days', () => {
      const seen = new SeenHellos()
      expect(seen.add(random(1), 0)).to.equal(true)
      expect(seen.add(random(1), 2 * 86_400 - 1)).to.equal(false)
      expect(seen.add(random(1), 2 * 86_400)).to.equal(true)
    })

    it('looks at the first half of it', () => {
      const seen = new SeenHellos()
      seen.add(random(1), 0)
      expect(seen.add(concat(random(1).slice(0, 16), random(2).slice(0, 16)), 0)).to.equal(false)
    })

    it('forgets the oldest when it is full', () => {
      const seen = new SeenHellos()
      const numbered = (index: number) => new Uint8Array(new Uint32Array([index, 1, 2, 3]).buffer)
      for (let index = 0; index < 100_001; index++) seen.add(numbered(index), 0)
      expect(seen.add(numbered(1), 0)).to.equal(false)
      expect(seen.add(numbered(0), 0)).to.equal(true)
    })
  })

  it('is built of a hello that the functions make', () => {
    const random = seededRandom(1)
    expect(hex(client().hello)).to.equal(hex(clientHello({ key, domain: secret.domain, time: TIME, random })))
  })
})
