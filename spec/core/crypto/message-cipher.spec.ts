import { expect } from 'chai'
import { fromHex, hex } from '../../../lib/core/bytes.ts'
import { arena } from '../../../lib/core/crypto/arena.ts'
import { authKey, type Side } from '../../../lib/core/crypto/message-key.ts'
import { layout } from '../../../lib/core/crypto/wasm-module.ts'
import { nodeWays } from '../../support/crypto-ways.node.ts'
import { differential } from '../../support/differential.ts'
import { seededRandom } from '../../support/marbles.ts'
import { vectors } from '../protocol/vectors.ts'

interface SealIn {
  readonly auth_key: string
  readonly plaintext_padded: string
  readonly x: number
}
interface SealOut {
  readonly message: string
  readonly quick_ack_token: string
}
const side = (x: number): Side => (x === 0 ? 'client' : 'server')
const ways = nodeWays()
const { bytes } = arena()!

for (const [way, cipher] of Object.entries(ways.messages))
  describe(`whole messages (${way})`, () => {
    for (const { name, in: given, out } of vectors<SealIn, SealOut>('messages', 'v2-encrypt-raw'))
      it(name, () => {
        const key = authKey(fromHex(given.auth_key))
        const plaintext = fromHex(given.plaintext_padded)
        const place = cipher.place(plaintext.length)
        place.bytes.set(plaintext, place.at)
        expect(hex(cipher.seal(key, side(given.x), place, plaintext.length))).to.equal(out.message)
        const opened = cipher.open(key, side(given.x), fromHex(out.message), false)!
        expect(hex(opened.plaintext)).to.equal(given.plaintext_padded)
        expect(String(opened.quickAckToken)).to.equal(out.quick_ack_token)
      })

    for (const { name, in: given, out } of vectors<
      { auth_key: string; message: string; x: number },
      { plaintext: string }
    >('messages', 'v2-decrypt'))
      it(name, () => {
        const opened = cipher.open(authKey(fromHex(given.auth_key)), side(given.x), fromHex(given.message), true)!
        expect(hex(opened.plaintext)).to.equal(out.plaintext)
      })

    it('give arrays of their own, and leave nothing secret in the memory', () => {
      const random = seededRandom(9)
      const key = authKey(random(256))
      for (const length of [48, 1024, 4096, 70_000 & ~15]) {
        const plaintext = random(length)
        const place = cipher.place(length)
        place.bytes.set(plaintext, place.at)
        const packet = cipher.seal(key, 'client', place, length)
        expect(packet.buffer).not.to.equal(bytes.buffer)
        expectClean()
        const opened = cipher.open(key, 'client', packet.slice(), false)!
        expect(opened.plaintext.buffer).not.to.equal(bytes.buffer)
        expectClean()
        packet[30]! ^= 1
        expect(cipher.open(key, 'client', packet, true)).to.equal(undefined)
        expectClean()
      }
    })
  })

/** Behind the tables the memory is as at first. */
function expectClean(): void {
  const left = bytes.slice(layout.secrets).findIndex((byte) => byte !== 0)
  expect(left, 'a byte that is left').to.equal(-1)
}

describe('all ways', () => {
  it('agree with @noble for random sizes, addresses, keys and spoilt packets', function () {
    this.timeout(20_000)
    const { total } = differential(ways, { seed: 20, cases: 1500 })
    expect(total).to.equal(1500)
  })
})

describe('the primitives in WebAssembly', () => {
  it('leave nothing in the memory either', () => {
    const random = seededRandom(8)
    for (const { igeEncrypt, igeDecrypt, sha256, ctrStream } of [ways.primitives['wasm']!, ways.primitives['cbc']!])
      for (const length of [16, 1000 & ~15, 70_000 & ~15]) {
        igeEncrypt(random(length), random(32), random(32))
        expectClean()
        igeDecrypt(random(length), random(32), random(32))
        expectClean()
        sha256([random(length), random(7)])
        expectClean()
        ctrStream(random(32), random(16))(random(length + 5))
        expectClean()
      }
  })
})
