import { expect } from 'chai'
import * as fc from 'fast-check'
import { concat, fromHex, hex } from '../../../lib/core/bytes.ts'
import { ProtocolError, UsageError } from '../../../lib/core/errors.ts'
import { frameTag } from '../../../lib/core/protocol/frame.ts'
import { isForbiddenStart, obfuscateClient, obfuscateServer } from '../../../lib/core/protocol/obfuscation.ts'
import { sniff } from '../../../lib/core/protocol/sniff.ts'
import { seededRandom } from '../../support/marbles.ts'
import { scripted, vectors } from './vectors.ts'

interface Given {
  readonly init: string
  readonly tag: string
  readonly dc: number | null
  readonly secret: string | null
}
interface ExchangeIn extends Given {
  readonly plaintext: string
}
interface ExchangeOut {
  readonly header_on_wire: string
  readonly client_encrypts_plaintext_to: string
  readonly client_decrypts_plaintext_bytes_as_cipher_to: string
  readonly server_sees_decrypted_header_tail: string
}

const TAGGED = ['abridged', 'intermediate', 'padded'] as const

function client({ init, tag, dc, secret }: Given) {
  const framing = TAGGED.find((each) => hex(frameTag(each)).startsWith(tag.slice(0, 2)))
  if (framing === undefined) throw new Error(`no framing has the tag ${tag}`)
  return obfuscateClient({
    framing,
    dc: dc ?? undefined,
    secret: secret === null ? undefined : fromHex(secret),
    random: scripted(fromHex(init)),
  })
}

describe('obfuscation', () => {
  describe('vectors', () => {
    for (const { name, in: given, out } of vectors<ExchangeIn, ExchangeOut>('obfuscated2', 'obfuscated2')) {
      const plaintext = fromHex(given.plaintext)

      it(`${name}, the client's view`, () => {
        const { header, encrypt, decrypt } = client(given)
        expect(hex(header)).to.equal(out.header_on_wire)
        expect(hex(encrypt(plaintext))).to.equal(out.client_encrypts_plaintext_to)
        expect(hex(decrypt(plaintext))).to.equal(out.client_decrypts_plaintext_bytes_as_cipher_to)
      })

      it(`${name}, the server's view`, () => {
        const secrets = given.secret === null ? [] : [new Uint8Array(16).fill(0x5a), fromHex(given.secret)]
        const server = obfuscateServer(fromHex(out.header_on_wire), secrets)
        const tail = fromHex(out.server_sees_decrypted_header_tail)
        expect(server?.framing).to.equal(TAGGED.find((each) => frameTag(each)[0] === tail[0]))
        expect(server?.dc).to.equal(new DataView(tail.buffer).getInt16(4, true))
        if (given.dc !== null) expect(server?.dc).to.equal(given.dc)
        expect(server?.secret && hex(server.secret)).to.equal(given.secret ?? undefined)
        expect(hex(server!.decrypt(fromHex(out.client_encrypts_plaintext_to)))).to.equal(given.plaintext)
        expect(hex(server!.encrypt(fromHex(out.client_decrypts_plaintext_bytes_as_cipher_to)))).to.equal(
          given.plaintext,
        )
      })
    }

    type Received = { plaintext: string }
    for (const vector of vectors<Given & { ciphertext: string }, Received>('obfuscated2', 'obfuscated2-receive')) {
      it(vector.name, () => {
        expect(hex(client(vector.in).decrypt(fromHex(vector.in.ciphertext)))).to.equal(vector.out.plaintext)
      })
    }

    type Filter = { first8: string }
    for (const { name, in: given, out } of vectors<Filter, { forbidden: boolean }>(
      'obfuscated2',
      'obfuscated2-init-filter',
    )) {
      it(`${name}: ${out.forbidden ? 'forbidden' : 'fine'}`, () => {
        const init = concat(fromHex(given.first8), new Uint8Array(56).fill(1))
        expect(isForbiddenStart(init)).to.equal(out.forbidden)
        const { header } = obfuscateClient({
          framing: 'padded',
          random: scripted(init, concat(fromHex('0102030405060708'), new Uint8Array(56).fill(2))),
        })
        expect(hex(header.subarray(0, 8))).to.equal(out.forbidden ? '0102030405060708' : given.first8)
      })
    }
  })

  it('joins both sides, whatever the framing, DC, secret and cuts', () => {
    const secret = fc.option(fc.uint8Array({ minLength: 16, maxLength: 16 }), { nil: undefined })
    const chunks = fc.array(fc.uint8Array({ maxLength: 70 }), { maxLength: 8 })
    const dc = fc.integer({ min: -20000, max: 20000 })
    fc.assert(
      fc.property(fc.constantFrom(...TAGGED), dc, secret, chunks, fc.nat(), (framing, number, key, forth, seed) => {
        const one = obfuscateClient({ framing, dc: number, secret: key, random: seededRandom(seed + 1) })
        expect(sniff(one.header)).to.equal('obfuscated')
        const other = obfuscateServer(one.header, key === undefined ? [] : [key])
        expect(other?.framing).to.equal(framing)
        expect(other?.dc).to.equal(number)
        const sent = concat(...forth.map(one.encrypt))
        expect(hex(other!.decrypt(sent))).to.equal(hex(concat(...forth)))
        const back = concat(...forth.map(other!.encrypt))
        expect(hex(one.decrypt(back))).to.equal(hex(concat(...forth)))
      }),
      { numRuns: 50 },
    )
  })

  it('finds nothing where no secret fits, or none is expected', () => {
    const secret = new Uint8Array(16).fill(1)
    const { header } = obfuscateClient({ framing: 'padded', dc: 2, secret, random: seededRandom(1) })
    expect(obfuscateServer(header)).to.equal(undefined)
    expect(obfuscateServer(header, [new Uint8Array(16)])).to.equal(undefined)
    expect(obfuscateServer(header, [new Uint8Array(16), secret])?.secret).to.equal(secret)
  })

  describe('refuses', () => {
    const random = seededRandom(1)
    const table: readonly (readonly [string, () => unknown, new (message: string) => Error, string])[] = [
      ['full', () => obfuscateClient({ framing: 'full', random }), UsageError, 'a framing with a tag, got full'],
      [
        'a secret of another length',
        () => obfuscateClient({ framing: 'padded', secret: new Uint8Array(17), random }),
        UsageError,
        'a proxy secret of 16 bytes, got 17',
      ],
      [
        'a header of another length',
        () => obfuscateServer(new Uint8Array(63)),
        UsageError,
        'a header of 64 bytes, got 63',
      ],
      [
        'a random source that gives nothing but forbidden bytes',
        () => obfuscateClient({ framing: 'padded', random: (length) => new Uint8Array(length) }),
        ProtocolError,
        'forbidden ones each time',
      ],
    ]
    for (const [name, act, type, message] of table) {
      it(name, () => {
        expect(act).to.throw(type, message)
      })
    }
  })
})
