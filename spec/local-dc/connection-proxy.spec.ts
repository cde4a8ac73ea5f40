import { expect } from 'chai'
import { concat, fromHex, hex } from '../../lib/core/bytes.ts'
import { ProtocolError } from '../../lib/core/errors.ts'
import { clientHello } from '../../lib/core/protocol/client-hello.ts'
import { isAnswerTo } from '../../lib/core/protocol/fake-tls.ts'
import { type Framing, frameDecoder, frameEncoder, frameTag } from '../../lib/core/protocol/frame.ts'
import { obfuscateClient } from '../../lib/core/protocol/obfuscation.ts'
import { tlsReader, tlsWriter } from '../../lib/core/protocol/tls-records.ts'
import { Connection } from '../../lib/local-dc/connection.ts'
import { ProxyDoor } from '../../lib/local-dc/proxy-door.ts'
import { packet } from '../runtime/transport/packet-server.ts'
import { seededRandom, VIRTUAL_BEGIN } from '../support/marbles.ts'

const KEY = '00112233445566778899aabbccddeeff'
const OTHER = 'ffeeddccbbaa99887766554433221100'
const TLS = `ee${OTHER}6578616d706c652e636f6d`
const SECRETS = [KEY, `dd${OTHER}`, TLS]
const sent = packet(16)

/** All that a client says, and how it reads what comes back. */
interface Spoken {
  readonly wire: Uint8Array
  read(bytes: Uint8Array): Uint8Array
}

function direct(framing: Framing): Spoken {
  const wire = concat(frameTag(framing), frameEncoder(framing, seededRandom(1))(sent))
  return { wire, read: (bytes) => bytes }
}

function hidden(framing: Framing, secret?: string, seed = 1): Spoken {
  const key = secret === undefined ? undefined : fromHex(secret)
  const stream = obfuscateClient({ framing, dc: 2, secret: key, random: seededRandom(seed) })
  const frame = frameEncoder(framing, seededRandom(1))(sent)
  return { wire: concat(stream.header, stream.encrypt(frame)), read: (bytes) => stream.decrypt(bytes) }
}

function disguised(framing: Framing): Spoken & { readonly hello: Uint8Array } {
  const { wire, read } = hidden(framing, OTHER)
  const time = VIRTUAL_BEGIN / 1000
  const hello = clientHello({ key: fromHex(OTHER), domain: 'example.com', time, random: seededRandom(2) })
  const records = tlsReader()
  return { hello, wire: concat(hello, tlsWriter('client')(wire)), read: (bytes) => read(concat(...records(bytes))) }
}

function connection(secrets: readonly string[] = SECRETS) {
  const answers: Uint8Array[] = []
  const made = new Connection({
    random: seededRandom(3),
    door: new ProxyDoor(secrets),
    answer: (bytes) => answers.push(bytes),
  })
  return { answers, made }
}

const WAYS: readonly (readonly [what: string, proxy: string | undefined, framing: Framing, speak: () => Spoken])[] = [
  ['abridged', undefined, 'abridged', () => direct('abridged')],
  ['full', undefined, 'full', () => direct('full')],
  ['padded, obfuscated', undefined, 'padded', () => hidden('padded')],
  ['abridged by a plain secret', 'plain', 'abridged', () => hidden('abridged', KEY)],
  ['padded by a dd secret', 'padded', 'padded', () => hidden('padded', OTHER)],
  ['padded in disguise', 'tls', 'padded', () => disguised('padded')],
]

describe('local-dc connection', () => {
  for (const [what, proxy, framing, speak] of WAYS) {
    it(`understands ${what}, wherever the bytes are cut`, () => {
      const { wire } = speak()
      for (let at = 0; at <= wire.length; at++) {
        const { made } = connection()
        const packets = [
          ...made.receive(wire.slice(0, at), VIRTUAL_BEGIN),
          ...made.receive(wire.slice(at), VIRTUAL_BEGIN),
        ]
        expect(
          packets.map(({ bytes }) => hex(bytes)),
          `cut at ${at}`,
        ).to.deep.equal([hex(sent)])
        expect(made.speech).to.deep.include({ framing, proxy })
        expect(made.isSilent).to.equal(false)
      }
    })

    it(`answers in ${what}`, () => {
      const { wire, read } = speak()
      const { made, answers } = connection()
      made.receive(wire, VIRTUAL_BEGIN)
      expect(answers).to.have.length(proxy === 'tls' ? 1 : 0)
      const decode = frameDecoder(framing, 'client')
      expect(decode(read(made.packet(sent)))).to.deep.equal([{ _: 'packet', bytes: sent, quickAck: false }])
      expect(decode(read(made.error(-404)))).to.deep.equal([{ _: 'error', code: -404 }])
    })
  }

  it('proves in its answer that it knows the secret', () => {
    const { wire, hello } = disguised('padded')
    const { made, answers } = connection()
    made.receive(wire, VIRTUAL_BEGIN)
    expect(isAnswerTo(hello.slice(11, 43), fromHex(OTHER), answers[0]!)).to.equal(true)
  })

  const refused: readonly (readonly [
    what: string,
    speak: () => Spoken,
    secrets: readonly string[],
    silent: boolean,
  ])[] = [
    ['another secret', () => hidden('padded', '11'.repeat(16)), SECRETS, true],
    ['a dd secret without padding', () => hidden('intermediate', OTHER), SECRETS, true],
    ['an ee secret without a disguise', () => hidden('padded', OTHER), [TLS], true],
    ['a disguise without padding inside', () => disguised('intermediate'), SECRETS, false],
    ['a disguise where none is known', () => disguised('padded'), [KEY], false],
    ['a secret where there are none', () => hidden('padded', KEY), [], false],
  ]
  for (const [what, speak, secrets, silent] of refused)
    it(`refuses ${what}${silent ? ', in silence' : ''}`, () => {
      const { made } = connection(secrets)
      expect(() => made.receive(speak().wire, VIRTUAL_BEGIN)).to.throw(ProtocolError, 'expected')
      expect(made.isSilent).to.equal(silent)
      expect(made.speech).to.equal(undefined)
    })

  it('takes a hello once, whatever the connection', () => {
    const door = new ProxyDoor(SECRETS)
    const { wire } = disguised('padded')
    const take = () => new Connection({ random: seededRandom(3), door }).receive(wire, VIRTUAL_BEGIN)
    expect(take()).to.have.length(1)
    expect(take).to.throw(ProtocolError, 'expected a new TLS hello, got one of before')
  })

  it('refuses a hello that is too long before it is there, and a record that is no data', () => {
    expect(() => connection().made.receive(fromHex('160301100001000ffc'), VIRTUAL_BEGIN)).to.throw(
      ProtocolError,
      'expected a TLS hello of at most 4096 bytes, got 4101',
    )
    const { made } = connection()
    made.receive(disguised('padded').wire, VIRTUAL_BEGIN)
    expect(() => made.receive(fromHex('1503030002'), VIRTUAL_BEGIN)).to.throw(ProtocolError, 'got an alert')
  })
})
