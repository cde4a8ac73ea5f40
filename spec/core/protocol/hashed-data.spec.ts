import { expect } from 'chai'
import { concat, hex } from '../../../lib/core/bytes.ts'
import { sha1 } from '../../../lib/core/crypto/sha.ts'
import { DecodeError, ProtocolError } from '../../../lib/core/errors.ts'
import { hashed, openHashed, readObject, sealHashed } from '../../../lib/core/protocol/hashed-data.ts'
import { writeServiceObject } from '../../../lib/core/protocol/service.ts'
import { encode } from '../../../lib/core/tl/writer.ts'
import { seededRandom } from '../../support/marbles.ts'

const aes = { key: seededRandom(1)(32), iv: seededRandom(2)(32) }
/** 12 bytes: with its hash they fill two blocks. */
const ping = encode({ _: 'ping', pingId: 5n }, writeServiceObject)
const refused = (data: Uint8Array) => {
  try {
    openHashed(data, aes, 'an object')
  } catch (error) {
    expect(error).to.be.instanceOf(ProtocolError)
    return error as ProtocolError
  }
  throw new Error('expected a ProtocolError')
}

describe('hashed data', () => {
  it('is a hash, the object, and random bytes up to a whole block', () => {
    const noise = (length: number) => new Uint8Array(length).fill(9)
    expect(hex(hashed(ping, noise))).to.equal(hex(concat(sha1(ping), ping)))
    expect(hex(hashed(ping.subarray(0, 8), noise))).to.equal(
      hex(concat(sha1(ping.subarray(0, 8)), ping.subarray(0, 8), noise(4))),
    )
  })

  it('opens with up to 15 bytes behind the object, and not with a whole block', () => {
    const plain = concat(sha1(ping), ping)
    expect(openHashed(sealHashed(plain, aes), aes, 'an object')).to.deep.equal({ _: 'ping', pingId: 5n })
    const block = refused(sealHashed(concat(plain, new Uint8Array(16)), aes))
    expect(block.message).to.equal('an object: expected less than 16 bytes of padding, got 16')
  })

  it('tells why an object is none', () => {
    const error = refused(sealHashed(concat(sha1(ping), new Uint8Array(12)), aes))
    expect(error.message).to.match(/^expected an object, got bytes that are none: /)
    expect(error.cause).to.be.instanceOf(DecodeError)
    expect(() => readObject(new Uint8Array(2), 'it')).to.throw(ProtocolError, /^expected it, got bytes that are none/)
  })
})
