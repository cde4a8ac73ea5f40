import { expect } from 'chai'
import { of } from 'rxjs'
import { chain } from '../../../lib/runtime/rpc/chain.ts'
import { feedUpdates } from '../../../lib/runtime/rpc/feed-updates.ts'
import { answering, request } from './calls.ts'

const user = { _: 'user', id: 1 }
const updates = { _: 'updates', updates: [], users: [user], chats: [], date: 1, seq: 0 }

describe('runtime/rpc/feed-updates', () => {
  const cases: readonly (readonly [what: string, answer: unknown, found: readonly unknown[]])[] = [
    [
      'updates, with users and chats',
      updates,
      [
        ['peers', [user], []],
        ['updates', 'updates'],
      ],
    ],
    ['short confirmations', { _: 'updateShortSentMessage', id: 1 }, [['updates', 'updateShortSentMessage']]],
    ['updates inside another answer', { _: 'messages.invitedUsers', updates }, [['updates', 'updates']]],
    ['moves of a box', { _: 'messages.affectedMessages', pts: 5, ptsCount: 2 }, [['moved', 5, 2]]],
    ['users of a bare vector', [user], [['peers', [user], []]]],
    ['users of any answer', { _: 'contacts.contacts', users: [user] }, [['peers', [user], []]]],
    ['nothing in differences, which have their own way', { _: 'updates.difference', users: [user], chats: [] }, []],
    ['nothing in vectors of other things', [5], []],
    ['nothing in plain values', true, []],
  ]
  for (const [what, answer, found] of cases) {
    it(`finds ${what}`, () => {
      const log: unknown[] = []
      const sink = feedUpdates({
        updates: (each) => log.push(['updates', each._]),
        moved: (pts, ptsCount) => log.push(['moved', pts, ptsCount]),
        peers: (users, chats) => log.push(['peers', users, chats]),
      })
      const answers: unknown[] = []
      chain([sink], answering([of(answer)]))
        .invoke(request('x'))
        .subscribe({ next: (each) => answers.push(each), error: expect.fail })
      expect(log).to.deep.equal(found)
      expect(answers).to.deep.equal([answer])
    })
  }
})
