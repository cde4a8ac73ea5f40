import type {
  Channel,
  Message,
  MessageMedia,
  MessagesMessagesConstructor,
  MessagesSendMessageParams,
  User,
} from './layer-227/types.ts'

// What a client gets when it opens a busy group: 100 messages with the usual share of replies, formatting, photos and
// reactions, 45 people, 4 groups; about 30 KB, a third of the texts not in Latin letters. The same in every run. All
// literals of a constructor have the same keys: what is measured is the codec, not the shapes of a test's objects.

/** Numbers that look random and are not. */
function generator(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return Math.floor((state / 0x80000000) * below)
  }
}

const draw = generator(7)
const long = (): bigint => (BigInt(draw(2 ** 31)) << 32n) ^ (BigInt(draw(2 ** 31)) << 1n)
const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => draw(256))

function words(length: number): string {
  const first = draw(10) < 3 ? 0x430 : 97
  let text = ''
  while (text.length < length) text += `${text === '' ? '' : ' '}${word(first)}`
  return text
}

function word(first: number): string {
  return Array.from({ length: 3 + draw(7) }, () => String.fromCharCode(first + draw(26))).join('')
}

function photo(at: number): MessageMedia {
  return {
    _: 'messageMediaPhoto',
    photo: {
      _: 'photo',
      id: long(),
      accessHash: long(),
      fileReference: bytes(29),
      date: 1_700_000_000 + at,
      sizes: [
        { _: 'photoStrippedSize', type: 'i', bytes: bytes(40) },
        { _: 'photoSize', type: 'm', w: 320, h: 240, size: 20_000 },
        { _: 'photoSizeProgressive', type: 'y', w: 1280, h: 960, sizes: [1_000, 2_000, 3_000, 4_000, 5_000] },
      ],
      dcId: 2,
    },
  }
}

function message(at: number): Message {
  return {
    _: 'message',
    out: draw(10) < 3,
    id: 1_000 + at,
    fromId: { _: 'peerUser', userId: 1_000_000 + draw(45) },
    peerId: { _: 'peerChannel', channelId: 1_234_567_890 },
    replyTo: at % 3 === 0 ? { _: 'messageReplyHeader', replyToMsgId: 900 + at } : undefined,
    date: 1_700_000_000 + at,
    message: words(5 + draw(120)),
    media: at % 4 === 0 ? photo(at) : undefined,
    entities:
      at % 2 === 0
        ? undefined
        : [
            { _: 'messageEntityBold', offset: 0, length: 3 },
            { _: 'messageEntityUrl', offset: 4, length: 5 },
          ],
    views: 10,
    forwards: 1,
    reactions:
      at % 2 === 0
        ? undefined
        : {
            _: 'messageReactions',
            canSeeList: true,
            results: [
              { _: 'reactionCount', reaction: { _: 'reactionEmoji', emoticon: '👍' }, count: 5 },
              { _: 'reactionCount', reaction: { _: 'reactionEmoji', emoticon: '❤' }, count: 2 },
            ],
          },
  }
}

function user(at: number): User {
  return {
    _: 'user',
    contact: draw(10) < 3,
    premium: draw(10) < 2,
    id: 1_000_000 + at,
    accessHash: long(),
    firstName: words(4),
    lastName: draw(10) < 6 ? words(4) : undefined,
    username: draw(10) < 6 ? `user_${at}` : undefined,
    photo: { _: 'userProfilePhoto', photoId: long(), strippedThumb: bytes(36), dcId: 4 },
    status: { _: 'userStatusOffline', wasOnline: 1_700_000_000 },
  }
}

function channel(at: number): Channel {
  return {
    _: 'channel',
    megagroup: true,
    id: 1_234_567_890 + at,
    accessHash: long(),
    title: words(20),
    username: `channel_${at}`,
    photo: { _: 'chatPhoto', photoId: long(), strippedThumb: bytes(36), dcId: 2 },
    date: 1_600_000_000,
    participantsCount: 5_000,
  }
}

export function samplePage(): MessagesMessagesConstructor {
  return {
    _: 'messages.messages',
    messages: Array.from({ length: 100 }, (_, at) => message(at)),
    topics: [],
    chats: Array.from({ length: 4 }, (_, at) => channel(at)),
    users: Array.from({ length: 45 }, (_, at) => user(at)),
  }
}

export function sampleCall(): MessagesSendMessageParams {
  return {
    peer: { _: 'inputPeerUser', userId: 5_000_000_001, accessHash: 8_799_999_999_999_999_999n },
    message: 'hello there, how are you today',
    randomId: 0x1234_5678_9abc_def0n,
  }
}
