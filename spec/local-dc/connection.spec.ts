import { expect } from 'chai'
import { concat } from '../../lib/core/bytes.ts'
import { ProtocolError } from '../../lib/core/errors.ts'
import { type Framing, frameDecoder, frameEncoder, frameTag } from '../../lib/core/protocol/frame.ts'
import { obfuscateClient } from '../../lib/core/protocol/obfuscation.ts'
import { Connection } from '../../lib/local-dc/connection.ts'
import { seededRandom } from '../support/marbles.ts'

const random = seededRandom(3)
const payload = Uint8Array.from({ length: 64 }, (_, at) => at + 1)

/** A client's bytes, and how it reads the answer. */
function client(framing: Framing, obfuscated: boolean) {
  const encode = frameEncoder(framing, random)
  const decode = frameDecoder(framing, 'client')
  if (!obfuscated) return { head: frameTag(framing), say: encode, hear: decode }
  const { header, encrypt, decrypt } = obfuscateClient({ framing, dc: -10_002, random })
  return {
    head: header,
    say: (bytes: Uint8Array, quickAck?: boolean) => encrypt(encode(bytes, quickAck)),
    hear: (bytes: Uint8Array) => decode(decrypt(bytes)),
  }
}

describe('a connection', () => {
  const framings: readonly Framing[] = ['abridged', 'intermediate', 'padded', 'full']
  for (const framing of framings)
    for (const obfuscated of framing === 'full' ? [false] : [false, true])
      it(`speaks ${framing}${obfuscated ? ', obfuscated' : ''}, however the bytes come`, () => {
        const { head, say, hear } = client(framing, obfuscated)
        const connection = new Connection({ random })
        const bytes = concat(head, say(payload), say(payload, framing !== 'full'))
        const packets = Array.from(bytes, (byte) => connection.receive(Uint8Array.of(byte), 0)).flat()
        // What padded adds can't be told from a message that is none.
        expect(packets.map((packet) => [packet.bytes.slice(0, 56), packet.quickAck])).to.deep.equal([
          [payload.slice(0, 56), false],
          [payload.slice(0, 56), framing !== 'full'],
        ])
        expect(connection.speech).to.include({ framing, dc: obfuscated ? -10_002 : undefined })
        expect(hear(connection.packet(payload))[0]).to.deep.include({ _: 'packet' })
        expect(hear(connection.error(-404))).to.deep.equal([{ _: 'error', code: -404 }])
        const ack = connection.quickAck(0x80000007)
        if (framing === 'full') expect(ack).to.equal(undefined)
        else expect(hear(ack!)).to.deep.equal([{ _: 'quickAck', token: 0x80000007 }])
      })

  it('waits for enough to know', () => {
    const connection = new Connection({ random })
    expect(connection.receive(Uint8Array.of(1, 2, 3), 0)).to.deep.equal([])
    expect(connection.speech).to.equal(undefined)
    expect(() => connection.packet(payload)).to.throw(ProtocolError)
  })

  it('refuses what is no MTProto', () => {
    expect(() => new Connection({ random }).receive(new TextEncoder().encode('GET / HTTP/1.1\r\n'), 0)).to.throw(
      ProtocolError,
      'http',
    )
    expect(() =>
      new Connection({ random }).receive(
        Uint8Array.from({ length: 64 }, (_, at) => at + 100),
        0,
      ),
    ).to.throw(ProtocolError, 'tag')
    const connection = new Connection({ random })
    expect(() => connection.receive(concat(frameTag('intermediate'), Uint8Array.of(255, 255, 255, 127)), 0)).to.throw(
      ProtocolError,
    )
  })
})
