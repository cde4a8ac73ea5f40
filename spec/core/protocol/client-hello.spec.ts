import { expect } from 'chai'
import { fromHex, hex } from '../../../lib/core/bytes.ts'
import {
  clientHello,
  drawParts,
  type HelloParts,
  helloRecord,
  signHello,
} from '../../../lib/core/protocol/client-hello.ts'
import { sniff } from '../../../lib/core/protocol/sniff.ts'
import { seededRandom } from '../../support/marbles.ts'
import { vectors } from './vectors.ts'

interface In {
  readonly secret: string
  readonly domain: string
  readonly unix_time: number
  readonly hello_with_zero_random: string
}
interface Out {
  readonly hello_on_wire: string
  readonly total_length: number
  readonly extension_order: readonly number[]
}

/** The types of the extensions, in the order in which a hello numbers them. */
const TYPES = [
  0x0000, 0x0005, 0x000a, 0x000b, 0x000d, 0x0010, 0x0012, 0x0017, 0x001b, 0x0023, 0x002b, 0x002d, 0x0033, 0x44cd,
  0xfe0d, 0xff01,
]

interface Extension {
  readonly type: number
  readonly content: Uint8Array
}

/** Every extension of a record, in order. */
function extensionsOf(record: Uint8Array): readonly Extension[] {
  const view = new DataView(record.buffer, record.byteOffset, record.length)
  let at = 76
  at += 2 + view.getUint16(at)
  at += 1 + record[at]!
  expect(view.getUint16(at)).to.equal(record.length - at - 2)
  at += 2
  const found: Extension[] = []
  while (at < record.length) {
    const length = view.getUint16(at + 2)
    found.push({ type: view.getUint16(at), content: record.slice(at + 4, at + 4 + length) })
    at += 4 + length
  }
  return found
}

/** All that was random in a record. */
function partsOf(record: Uint8Array, domain: string): HelloParts {
  const all = extensionsOf(record)
  const inner = all.slice(1, -1)
  const content = (type: number) => all.find((each) => each.type === type)!.content
  const shares = content(0x0033)
  const ech = content(0xfe0d)
  const [zero, two, three, four, six] = [record[78]!, all[0]!.type, all.at(-1)!.type, shares[2]!, content(0x002b)[1]!]
  return {
    domain,
    sessionId: record.slice(44, 76),
    grease: Uint8Array.of(zero, 0, two & 255, three & 255, four, 0, six),
    order: inner.map(({ type }) => TYPES.indexOf(type)),
    hybridKey: shares.slice(11, 11 + 1216),
    x25519Key: shares.slice(-32),
    echId: ech.slice(5, 6),
    echKey: ech.slice(8, 40),
    echPayload: ech.slice(42),
  }
}

describe('client hello', () => {
  for (const { name, in: given, out } of vectors<In, Out>('fake-tls', 'faketls-client-hello')) {
    const record = fromHex(given.hello_with_zero_random)

    it(`lays out ${name} byte for byte`, () => {
      const parts = partsOf(record, given.domain)
      expect(hex(helloRecord(parts))).to.equal(given.hello_with_zero_random)
      expect(parts.order).to.deep.equal(out.extension_order)
    })

    it(`signs ${name}`, () => {
      const signed = signHello(record, fromHex(given.secret), given.unix_time)
      expect(hex(signed)).to.equal(out.hello_on_wire)
      expect(signed.length).to.equal(out.total_length)
    })
  }

  const key = new Uint8Array(16).fill(7)

  it('draws what fits: every extension once, values that no standard uses, and keys', () => {
    const payloads = new Set<number>()
    const orders = new Set<string>()
    for (let seed = 1; seed <= 24; seed++) {
      const parts = drawParts('example.org', seededRandom(seed))
      expect([...parts.order].sort((a, b) => a - b)).to.deep.equal([...TYPES.keys()])
      for (const [index, value] of parts.grease.entries()) {
        expect(value & 15).to.equal(10)
        if (index % 2 === 1) expect(value).not.to.equal(parts.grease[index - 1])
      }
      payloads.add(parts.echPayload.length)
      orders.add(parts.order.join())
      const record = helloRecord(parts)
      expect(partsOf(record, 'example.org')).to.deep.include({ order: parts.order, sessionId: parts.sessionId })
    }
    expect([...payloads].sort((a, b) => a - b)).to.deep.equal([144, 176, 208, 240])
    expect(orders.size).to.equal(24)
  })

  it('is the same from the same randomness, and another from another', () => {
    const hello = (seed: number) =>
      hex(clientHello({ key, domain: 'example.org', time: 1_700_000_000, random: seededRandom(seed) }))
    expect(hello(3)).to.equal(hello(3))
    expect(hello(3)).not.to.equal(hello(4))
  })

  it('is told from other beginnings by a server', () => {
    expect(sniff(clientHello({ key, domain: 'a', time: 0, random: seededRandom(5) }))).to.equal('tls')
  })
})
