import type { Beginning } from './choices.ts'
import { type MessageCipher, PACKET_HEADER } from './message-cipher.ts'

/**
 * A cipher that does the first messages in a way that is ready at once, and all others in one that costs time to make:
 * `then` is asked for it when a message is too long for the first way, or comes when that has had its share.
 */
export function beginningMessages(
  first: MessageCipher,
  then: () => MessageCipher,
  { upTo, bytes, each }: Beginning,
): MessageCipher {
  let left = bytes
  const way = (length: number): MessageCipher => (left > 0 && length <= upTo ? first : then())
  const count = (length: number): void => {
    if (left > 0) left -= each + length
  }
  return {
    // Nothing comes between a place and its sealing, so both are of one way.
    place: (length) => way(length).place(length),
    seal(key, from, place, length) {
      const chosen = way(length)
      count(length)
      return chosen.seal(key, from, place, length)
    },
    open(key, from, packet, reuse) {
      const length = packet.length - PACKET_HEADER
      const chosen = way(length)
      count(length)
      return chosen.open(key, from, packet, reuse)
    },
  }
}
