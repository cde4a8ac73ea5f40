import { expect } from 'chai'
import { beginningMessages } from '../../../lib/core/crypto/beginning-messages.ts'
import { beginning } from '../../../lib/core/crypto/choices.ts'
import { type MessageCipher, packetPlace } from '../../../lib/core/crypto/message-cipher.ts'
import { authKey } from '../../../lib/core/crypto/message-key.ts'
import { nativeMessages, platform } from '../../../lib/core/crypto/platform.node.ts'
import { seededRandom } from '../../support/marbles.ts'

const key = authKey(seededRandom(1)(256))

/** Two ciphers that only say that they were asked, and what was asked of which. */
function watched(limits: { upTo: number; bytes: number; each: number }) {
  const log: string[] = []
  const cipher = (name: string): MessageCipher => ({
    place(length) {
      log.push(`${name} place`)
      return packetPlace(new Uint8Array(24 + length))
    },
    seal(_key, _from, { bytes }) {
      log.push(`${name} seal`)
      return bytes
    },
    open(_key, _from, packet) {
      log.push(`${name} open`)
      return { plaintext: packet, quickAckToken: 1 }
    },
  })
  let made = 0
  const messages = beginningMessages(
    cipher('first'),
    () => {
      made++
      return cipher('then')
    },
    limits,
  )
  const seal = (length: number) => messages.seal(key, 'client', messages.place(length), length)
  const open = (length: number) => messages.open(key, 'server', new Uint8Array(24 + length), false)
  return { log, seal, open, made: () => made }
}

describe('the first messages', () => {
  it('go one way until it has had its share, both directions together, and never after that', () => {
    const { log, seal, open, made } = watched({ upTo: 100, bytes: 150, each: 10 })
    seal(64)
    open(64)
    expect(made(), 'ways made').to.equal(0)
    open(48)
    expect(log.splice(0)).to.deep.equal(['first place', 'first seal', 'first open', 'first open'])
    seal(16)
    open(16)
    expect(log).to.deep.equal(['then place', 'then seal', 'then open'])
  })

  it('are short: a longer one goes the other way, place and all, and counts', () => {
    const { log, seal, open } = watched({ upTo: 100, bytes: 300, each: 10 })
    seal(112)
    open(112)
    seal(96)
    expect(log).to.deep.equal(['then place', 'then seal', 'then open', 'first place', 'first seal'])
    log.length = 0
    open(16)
    expect(log).to.deep.equal(['then open'])
  })

  it('are the same by OpenSSL as by all that comes after them', () => {
    const random = seededRandom(7)
    const native = nativeMessages()
    for (let length = 48; length <= beginning.upTo + 64; length += 336) {
      const plaintext = random(length)
      const [one, other] = [native, platform.messages].map((cipher) => {
        const place = cipher.place(length)
        place.bytes.set(plaintext, place.at)
        return cipher.seal(key, 'server', place, length)
      })
      expect(one).to.deep.equal(other)
      expect(native.open(key, 'server', one!, false)).to.deep.equal(platform.messages.open(key, 'server', one!, false))
      one![40]! ^= 1
      expect(native.open(key, 'server', one!, false)).to.equal(undefined)
    }
  })
})
