import { expect } from 'chai'
import { bytesFromInt64, concat, fromHex, hex, int64FromBytes } from '../../../lib/core/bytes.ts'
import type { AuthKey } from '../../../lib/core/crypto/message-key.ts'
import type { TempKeyBinding } from '../../../lib/core/protocol/bind-temp-key.ts'
import { expectError, faces } from '../crypto/faces.ts'
import { scripted, vectors } from './vectors.ts'

interface BindIn {
  readonly perm_auth_key: string
  readonly request_msg_id: string
  readonly nonce: string
  readonly temp_auth_key_id: string
  readonly perm_auth_key_id: string
  readonly temp_session_id: string
  readonly expires_at: number
  readonly random_int128: string
  readonly padding: string
}

const bindings = vectors<BindIn, { encrypted_message: string }>('bind-temp-key', 'bind')

function bindingOf(given: BindIn): TempKeyBinding {
  return {
    messageId: BigInt(given.request_msg_id),
    nonce: BigInt(given.nonce),
    tempAuthKeyId: int64FromBytes(fromHex(given.temp_auth_key_id)),
    permAuthKeyId: int64FromBytes(fromHex(given.perm_auth_key_id)),
    tempSessionId: BigInt(given.temp_session_id),
    expiresAt: given.expires_at,
  }
}

for (const { name: face, crypto } of faces) {
  describe(`the binding of a temporary key (${face})`, () => {
    for (const { name, in: given, out } of bindings)
      it(`is built and opened: ${name}`, () => {
        const key = crypto.authKey(fromHex(given.perm_auth_key))
        const random = scripted(fromHex(given.random_int128), fromHex(given.padding))
        const message = crypto.bindTempAuthKeyMessage({ ...bindingOf(given), key, random })
        expect(hex(message)).to.equal(out.encrypted_message)
        expect(crypto.openTempKeyBinding(message, key)).to.deep.equal(bindingOf(given))
      })

    const { in: given, out } = bindings[0]!
    const key = crypto.authKey(fromHex(given.perm_auth_key))
    const message = fromHex(out.encrypted_message)
    const refused = (bytes: Uint8Array, other: AuthKey = key) => {
      expectError(
        () => {
          const result = crypto.openTempKeyBinding(bytes, other)
          if (result instanceof Error) throw result
        },
        'ProtocolError',
        /^encrypted_message: expected a binding sealed with the permanent key, got another$/,
      )
    }

    it('does not open after a change anywhere but in the last random bytes', () => {
      for (let at = 0; at < message.length - 16; at++) {
        const spoilt = Uint8Array.from(message)
        spoilt[at]! ^= 1
        refused(spoilt)
      }
    })

    it('does not open with another key, or of another length', () => {
      const other = Uint8Array.from(key.bytes)
      other[0]! ^= 1
      refused(message, crypto.authKey(other))
      refused(message, { id: key.id, bytes: other })
      refused(message.subarray(0, 88))
      refused(concat(message, new Uint8Array(16)))
      refused(new Uint8Array(0))
    })

    it('does not open when it is about something else, though sealed with the key', () => {
      const plaintext = (length: number, id: number, permAuthKeyId: bigint, given?: Uint8Array) => {
        const bytes = new Uint8Array(80)
        const view = new DataView(bytes.buffer)
        view.setInt32(28, length, true)
        view.setInt32(32, id, true)
        bytes.set(bytesFromInt64(permAuthKeyId), 52)
        const messageKey = given ?? crypto.messageKeyV1(bytes.subarray(0, 72))
        const aes = crypto.messageAesKeyV1(key.bytes, messageKey, 'client')
        return concat(bytesFromInt64(key.id), messageKey, crypto.igeEncrypt(bytes, aes.key, aes.iv))
      }
      expect(crypto.openTempKeyBinding(plaintext(40, 0x75a3f765, key.id), key)).not.to.be.an('error')
      // All of it is right but the msg_key, under which it was encrypted.
      refused(plaintext(40, 0x75a3f765, key.id, new Uint8Array(16).fill(1)))
      refused(plaintext(44, 0x75a3f765, key.id))
      refused(plaintext(40, 0x75a3f764, key.id))
      refused(plaintext(40, 0x75a3f765, key.id + 1n))
    })
  })
}
