import type { MessagesMessages, MessagesSendMessageParams } from '../lib/api/types.ts'

type Messages = Extract<MessagesMessages, { _: 'messages.messages' }>

const texts = [
  'See you at eight, the usual place.',
  'ok',
  'Встретимся в восемь на том же месте, я закажу столик у окна и возьму настольную игру.',
  'https://example.org/a/rather/long/address?with=parameters&and=more#fragment',
  'Great 🎉🎉🎉 see you then',
  'A paragraph of plain text that is about as long as people write when they explain something at some length, with a few commas, and a full stop at the end.',
]

/**
 * A page of a chat: 100 messages with what messages have (replies, entities, photos), 45 users, 4 groups. Every
 * constructor in it has the same id in all the layers that the contenders speak, so the bytes must be equal.
 */
export function samplePage(): Messages {
  const messages = Array.from({ length: 100 }, (_, i) => sampleMessage(i))
  const users = Array.from({ length: 45 }, (_, i) => sampleUser(i))
  const chats = Array.from({ length: 4 }, (_, i) => ({
    _: 'chat' as const,
    id: 4_000 + i,
    title: `Group number ${i}`,
    photo: { _: 'chatPhotoEmpty' as const },
    participantsCount: 12 + i,
    date: 1_700_000_000 + i,
    version: 3,
  }))
  return { _: 'messages.messages', messages, topics: [], chats, users }
}

function sampleMessage(i: number): Messages['messages'][number] {
  const message = texts[i % texts.length]!
  return {
    _: 'message',
    id: 10_000 + i,
    out: i % 3 === 0,
    fromId: { _: 'peerUser', userId: 5_000_000_000 + (i % 45) },
    peerId: { _: 'peerChat', chatId: 4_000 + (i % 4) },
    date: 1_700_000_000 + i * 60,
    message,
    ...(i % 4 === 0 && { replyTo: { _: 'messageReplyHeader' as const, replyToMsgId: 9_999 + i } }),
    ...(i % 5 === 0 && {
      entities: [
        { _: 'messageEntityBold' as const, offset: 0, length: 2 },
        { _: 'messageEntityTextUrl' as const, offset: 0, length: 2, url: 'https://example.org/' },
      ],
    }),
    ...(i % 7 === 0 && { media: samplePhoto(i) }),
    ...(i % 6 === 0 && { editDate: 1_700_000_100 + i * 60 }),
  }
}

function samplePhoto(i: number) {
  return {
    _: 'messageMediaPhoto' as const,
    photo: {
      _: 'photo' as const,
      id: 5_300_000_000_000_000_000n + BigInt(i),
      accessHash: -7_700_000_000_000_000_000n + BigInt(i),
      fileReference: Uint8Array.from({ length: 24 }, (_, at) => at * 7 + i),
      date: 1_700_000_000 + i,
      sizes: [
        { _: 'photoStrippedSize' as const, type: 'i', bytes: Uint8Array.from({ length: 90 }, (_, at) => at + i) },
        { _: 'photoSize' as const, type: 'm', w: 320, h: 240, size: 20_000 + i },
        { _: 'photoSize' as const, type: 'x', w: 800, h: 600, size: 90_000 + i },
      ],
      dcId: 2,
    },
  }
}

function sampleUser(i: number): Messages['users'][number] {
  return {
    _: 'user',
    id: 5_000_000_000 + i,
    accessHash: 8_800_000_000_000_000_000n - BigInt(i),
    firstName: i % 3 === 0 ? 'Анна' : 'Benjamin',
    lastName: i % 2 === 0 ? 'Иванова' : 'Franklin-Smythe',
    username: `some_user_${i}`,
    contact: i % 2 === 0,
    photo: {
      _: 'userProfilePhoto',
      photoId: 6_600_000_000_000_000_000n + BigInt(i),
      strippedThumb: Uint8Array.from({ length: 80 }, (_, at) => at * 3 + i),
      dcId: 4,
    },
    status: i % 2 === 0 ? { _: 'userStatusOnline', expires: 1_700_000_300 + i } : { _: 'userStatusRecently' },
  }
}

export function sampleCall(): MessagesSendMessageParams {
  return {
    peer: { _: 'inputPeerUser', userId: 5_000_000_001, accessHash: 8_799_999_999_999_999_999n },
    message: texts[0]!,
    randomId: 0x1234_5678_9abc_def0n,
  }
}
