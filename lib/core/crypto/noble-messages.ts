/** Whole messages step by step, by a hash and a cipher that are given: slow, simple, and what all else is checked by. */
import { concat, equalBytes } from '../bytes.ts'
import { withRoom } from '../room.ts'
import type { IgeBlocks } from './aes-blocks.ts'
import { directionOffset, type MessageCipher, PACKET_HEADER, packetPlace, tokenOf } from './message-cipher.ts'

type Sha256 = (parts: readonly Uint8Array[]) => Uint8Array

/** See MessageCipher. */
export function nobleMessages(sha256: Sha256, ige: IgeBlocks): MessageCipher {
  const aesOf = (key: Uint8Array, messageKey: Uint8Array, x: number) => {
    const a = sha256([messageKey, key.subarray(x, x + 36)])
    const b = sha256([key.subarray(40 + x, 76 + x), messageKey])
    return {
      key: concat(a.subarray(0, 8), b.subarray(8, 24), a.subarray(24, 32)),
      iv: concat(b.subarray(0, 8), a.subarray(8, 24), b.subarray(24, 32)),
    }
  }
  return {
    place: (length) => packetPlace(withRoom(PACKET_HEADER + length)),
    seal({ id, bytes: key }, from, { bytes: packet, view, at }, length) {
      const x = directionOffset(from)
      const plaintext = packet.subarray(at, at + length)
      view.setBigInt64(0, id, true)
      const messageKey = packet.subarray(8, PACKET_HEADER)
      messageKey.set(sha256([key.subarray(88 + x, 120 + x), plaintext]).subarray(8, 24))
      const aes = aesOf(key, messageKey, x)
      plaintext.set(ige.encrypt(plaintext, aes.key, aes.iv))
      return packet
    },
    open({ bytes: key }, from, packet, reuse) {
      const x = directionOffset(from)
      const messageKey = packet.subarray(8, PACKET_HEADER)
      const ciphertext = packet.subarray(PACKET_HEADER)
      const aes = aesOf(key, messageKey, x)
      const fresh = ige.decrypt(ciphertext, aes.key, aes.iv)
      if (reuse) ciphertext.set(fresh)
      const plaintext = reuse ? ciphertext : fresh
      const large = sha256([key.subarray(88 + x, 120 + x), plaintext])
      return equalBytes(large.subarray(8, 24), messageKey) ? { plaintext, quickAckToken: tokenOf(large) } : undefined
    },
  }
}
