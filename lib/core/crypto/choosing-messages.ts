import { type Choices, chosen, type MessageWay } from './choices.ts'
import { type MessageCipher, PACKET_HEADER } from './message-cipher.ts'

/** A cipher that does each message in the way that is chosen for its length. */
export function choosingMessages(
  { seal, open }: Pick<Choices, 'seal' | 'open'>,
  ways: Readonly<Partial<Record<MessageWay, MessageCipher>>>,
): MessageCipher {
  return {
    place: (length) => ways[chosen(seal, length)]!.place(length),
    seal: (key, from, place, length) => ways[chosen(seal, length)]!.seal(key, from, place, length),
    open: (key, from, packet, reuse) =>
      ways[chosen(open, packet.length - PACKET_HEADER)]!.open(key, from, packet, reuse),
  }
}
