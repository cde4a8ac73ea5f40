import { expect } from 'chai'
import { bytesFromInt64, fromHex, hex } from '../../../lib/core/bytes.ts'
import type { Side } from '../../../lib/core/crypto/message-key.ts'
import { seededRandom } from '../../support/marbles.ts'
import { vectors } from '../protocol/vectors.ts'
import { cipherFaces, expectError } from './faces.ts'

interface KdfIn {
  readonly auth_key: string
  readonly msg_key: string
  readonly x: 0 | 8
}
interface AesOut {
  readonly aes_key: string
  readonly aes_iv: string
}

const side = (x: 0 | 8): Side => (x === 0 ? 'client' : 'server')

for (const { name: face, crypto } of cipherFaces) {
  describe(`message keys (${face})`, () => {
    for (const { name, in: given, out } of vectors<KdfIn, AesOut>('kdf', 'kdf-v2'))
      it(`MTProto 2.0: ${name}`, () => {
        const { key, iv } = crypto.messageAesKey(fromHex(given.auth_key), fromHex(given.msg_key), side(given.x))
        expect([hex(key), hex(iv)]).to.deep.equal([out.aes_key, out.aes_iv])
      })

    for (const { name, in: given, out } of vectors<KdfIn, AesOut>('kdf', 'kdf-v1'))
      it(`MTProto 1.0: ${name}`, () => {
        const { key, iv } = crypto.messageAesKeyV1(fromHex(given.auth_key), fromHex(given.msg_key), side(given.x))
        expect([hex(key), hex(iv)]).to.deep.equal([out.aes_key, out.aes_iv])
      })

    for (const { name, in: given, out } of vectors<{ data: string }, { msg_key: string }>('kdf', 'msg-key-v1'))
      it(`MTProto 1.0: ${name}`, () => {
        expect(hex(crypto.messageKeyV1(fromHex(given.data)))).to.equal(out.msg_key)
      })

    for (const { name, in: given, out } of vectors<{ auth_key: string }, { key_id: string; aux_hash: string }>(
      'kdf',
      'auth-key-id',
    ))
      it(`auth_key_id and aux hash: ${name}`, () => {
        const key = crypto.authKey(fromHex(given.auth_key))
        expect(hex(bytesFromInt64(key.id))).to.equal(out.key_id)
        expect(hex(crypto.authKeyAuxHash(key.bytes))).to.equal(out.aux_hash)
      })

    interface HashIn {
      readonly auth_key: string
      readonly new_nonce: string
      readonly number: 1 | 2 | 3
    }
    for (const { name, in: given, out } of vectors<HashIn, { hash: string }>('kdf', 'new-nonce-hash'))
      it(name, () => {
        const auxHash = crypto.authKeyAuxHash(fromHex(given.auth_key))
        expect(hex(crypto.newNonceHash(fromHex(given.new_nonce), given.number, auxHash))).to.equal(out.hash)
      })

    for (const { name, in: given, out } of vectors<{ new_nonce: string; server_nonce: string }, AesOut>(
      'kdf',
      'tmp-aes',
    ))
      it(`tmp_aes: ${name}`, () => {
        const { key, iv } = crypto.temporaryAesKey(fromHex(given.new_nonce), fromHex(given.server_nonce))
        expect([hex(key), hex(iv)]).to.deep.equal([out.aes_key, out.aes_iv])
      })

    it("MTProto 2.0: msg_key is the middle of a hash over the side's part of the key, the token its beginning", () => {
      const key = seededRandom(1)(256)
      const plaintext = seededRandom(2)(64)
      for (const [from, x] of [
        ['client', 0],
        ['server', 8],
      ] as const) {
        const large = crypto.sha256(key.subarray(88 + x, 120 + x), plaintext)
        const { messageKey, quickAckToken } = crypto.messageKey(key, plaintext, from)
        expect(messageKey).to.deep.equal(large.slice(8, 24))
        expect(quickAckToken).to.equal(
          (new DataView(large.buffer, large.byteOffset).getUint32(0, true) | (2 ** 31)) >>> 0,
        )
        expect(quickAckToken).to.be.at.least(2 ** 31)
      }
    })

    it("the first salt is the xor of both nonces' beginnings", () => {
      const newNonce = fromHex(`ff00000000000080${'00'.repeat(24)}`)
      const serverNonce = fromHex(`0f00000000000000${'11'.repeat(8)}`)
      expect(crypto.firstSalt(newNonce, serverNonce)).to.equal(-(2n ** 63n) + 0xf0n)
    })

    it('an auth key has 256 bytes', () => {
      expectError(() => crypto.authKey(new Uint8Array(255)), 'UsageError', /expected 256 bytes, got 255/)
    })
  })
}
