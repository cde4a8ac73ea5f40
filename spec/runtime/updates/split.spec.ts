import { expect } from 'chai'
import { map } from 'rxjs'
import { writeUpdates } from '../../../lib/api/codec.ts'
import type { Updates } from '../../../lib/api/types.ts'
import { encode } from '../../../lib/core/tl/writer.ts'
import type { Piece } from '../../../lib/runtime/updates/piece.ts'
import { split, splitUpdates } from '../../../lib/runtime/updates/split.ts'
import { marbles } from '../../support/marbles.ts'
import { news, person, typing } from './samples.ts'

const options = { self: () => 9, knows: () => true }
const container: Updates = {
  _: 'updates',
  updates: [news(101), typing],
  users: [person(7)],
  chats: [],
  date: 1000,
  seq: 6,
}
const short = { id: 5, message: 'hi', pts: 101, ptsCount: 1, date: 1000 }

/** What of a piece matters here. */
function brief(piece: Piece): unknown {
  if (piece._ === 'lost') return piece.why
  const { placed, users, date, seq } = piece
  return [placed.map(({ update, box, pts }) => `${update?._} ${box} ${pts}`), users.length, date, seq]
}

describe('runtime/updates/split', () => {
  const cases: readonly (readonly [what: string, updates: Updates, expected: unknown, knows?: boolean])[] = [
    ['a container in its pieces', container, [['updateNewMessage common 101', 'updateUserTyping none 0'], 1, 1000, 6]],
    [
      'a combined one alike',
      { ...container, _: 'updatesCombined', seqStart: 5, seq: 6 },
      [['updateNewMessage common 101', 'updateUserTyping none 0'], 1, 1000, 6],
    ],
    ['a single update', { _: 'updateShort', update: typing, date: 1000 }, [['updateUserTyping none 0'], 0, 1000, 0]],
    [
      'a short private message as a full one',
      { _: 'updateShortMessage', userId: 7, ...short },
      [['updateNewMessage common 101'], 0, 1000, 0],
    ],
    [
      'a short message of a group as a full one',
      { _: 'updateShortChatMessage', fromId: 7, chatId: 3, ...short },
      [['updateNewMessage common 101'], 0, 1000, 0],
    ],
    [
      'a short message of someone unknown as something missed',
      { _: 'updateShortMessage', userId: 7, ...short },
      'a short update of someone unknown',
      false,
    ],
    ['too much as something missed', { _: 'updatesTooLong' }, 'the server says that it is too much'],
    [
      'a confirmation without a call as something missed',
      { _: 'updateShortSentMessage', id: 1, pts: 1, ptsCount: 1, date: 1 },
      'an answer that came as a push',
    ],
  ]
  for (const [what, updates, expected, knows = true] of cases)
    it(`sees ${what}`, () => {
      expect(brief(splitUpdates(updates, { self: () => 9, knows: () => knows }))).to.deep.equal(expected)
    })

  it(
    'decodes, and goes on after what it can not decode',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const bytes = encode(container, writeUpdates)
      const source = hot('-a-b-a-', { a: bytes, b: bytes.subarray(0, 20) })
      expectObservable(source.pipe(split(options), map(brief)), '^-----!').toBe('-a-b-a-', {
        a: brief(splitUpdates(container, options)),
        b: 'undecodable updates: the data ends too early at updates.updates[0].updateNewMessage.message.message',
      })
      expectSubscriptions(source.subscriptions).toBe('^-----!')
    }),
  )
})
