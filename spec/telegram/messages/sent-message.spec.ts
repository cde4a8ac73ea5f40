import { expect } from 'chai'
import type { Message, MessagesSendMessageParams, Update, Updates } from '../../../lib/api/types.ts'
import { sentMessage } from '../../../lib/telegram/messages/sent-message.ts'

const request: MessagesSendMessageParams = {
  peer: { _: 'inputPeerUser', userId: 7, accessHash: 1n },
  message: 'hi',
  randomId: 5n,
}
const message = (id: number): Message => ({
  _: 'message',
  id,
  peerId: { _: 'peerUser', userId: 7 },
  date: 1,
  message: 'hi',
})
const news = (id: number): Update => ({ _: 'updateNewMessage', message: message(id), pts: 1, ptsCount: 1 })
const id = (of: number, randomId: bigint): Update => ({ _: 'updateMessageID', id: of, randomId })
const updates = (...all: readonly Update[]): Updates => ({
  _: 'updates',
  updates: all,
  users: [],
  chats: [],
  date: 1,
  seq: 0,
})
const service: Message = {
  _: 'messageService',
  id: 3,
  peerId: { _: 'peerUser', userId: 7 },
  date: 1,
  action: { _: 'messageActionEmpty' },
}

describe('telegram/messages/sent-message', () => {
  const cases: readonly (readonly [what: string, answer: Updates, expected: number | undefined])[] = [
    ['by its random id', updates(id(2, 5n), news(1), news(2)), 2],
    ['where no id says which', updates(news(1)), 1],
    ['in a channel', updates(id(4, 5n), { _: 'updateNewChannelMessage', message: message(4), pts: 1, ptsCount: 1 }), 4],
    ['for later', updates(id(4, 5n), { _: 'updateNewScheduledMessage', message: message(4) }), 4],
    ['in short', { _: 'updateShortSentMessage', out: true, id: 6, pts: 1, ptsCount: 1, date: 1 }, 6],
    ['not among the ids of others', updates(id(2, 9n), id(7, 5n), news(1)), undefined],
    [
      'not among service messages',
      updates({ _: 'updateNewMessage', message: service, pts: 1, ptsCount: 1 }),
      undefined,
    ],
    ['not in what says nothing', { _: 'updatesTooLong' }, undefined],
  ]
  for (const [what, answer, expected] of cases)
    it(`is found ${what}`, () => {
      expect(sentMessage(answer, request, 9)?.id).to.equal(expected)
    })
})
