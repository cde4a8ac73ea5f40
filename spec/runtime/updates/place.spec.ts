import { expect } from 'chai'
import type { Update } from '../../../lib/api/types.ts'
import { place } from '../../../lib/runtime/updates/place.ts'
import { message, news, typing, vote } from './samples.ts'

const inChannel = { ...message(1), peerId: { _: 'peerChannel', channelId: 7 } } as const
const participant = {
  userId: 1,
  actorId: 1,
  date: 1,
  prevParticipant: undefined,
  newParticipant: undefined,
  invite: undefined,
}

describe('runtime/updates/place', () => {
  const cases: readonly (readonly [update: Update, box: string, pts: number, count: number])[] = [
    [news(101, 1), 'common', 101, 1],
    [{ _: 'updateDeleteMessages', messages: [1, 2], pts: 105, ptsCount: 2 }, 'common', 105, 2],
    [{ _: 'updateFolderPeers', folderPeers: [], pts: 3, ptsCount: 1 }, 'common', 3, 1],
    [
      { _: 'updateReadHistoryOutbox', peer: { _: 'peerUser', userId: 7 }, maxId: 1, pts: 4, ptsCount: 1 },
      'common',
      4,
      1,
    ],
    [{ _: 'updateNewChannelMessage', message: inChannel, pts: 51, ptsCount: 1 }, 'channel:7', 51, 1],
    [{ _: 'updateEditChannelMessage', message: inChannel, pts: 52, ptsCount: 1 }, 'channel:7', 52, 1],
    [{ _: 'updateDeleteChannelMessages', channelId: 7, messages: [1], pts: 53, ptsCount: 1 }, 'channel:7', 53, 1],
    [{ _: 'updateReadChannelInbox', channelId: 7, maxId: 1, stillUnreadCount: 0, pts: 55 }, 'channel:7', 55, 0],
    [{ _: 'updateChannelTooLong', channelId: 7, pts: 60 }, 'none', 0, 0],
    [{ _: 'updateChannelTooLong', channelId: 7 }, 'none', 0, 0],
    [{ _: 'updateChannelParticipant', channelId: 7, ...participant, qts: 11 }, 'qts', 11, 1],
    [vote(12), 'qts', 12, 1],
    [vote(0), 'none', 0, 0],
    [typing, 'none', 0, 0],
    [{ _: 'updateMessageID', id: 1, randomId: 5n }, 'none', 0, 0],
    [{ _: 'updatePtsChanged' }, 'none', 0, 0],
  ]
  for (const [update, box, pts, count] of cases)
    it(`puts ${update._} at ${pts} of ${box}`, () => {
      expect(place(update)).to.deep.equal({ update, box, pts, count })
    })
})
