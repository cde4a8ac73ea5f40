import { expect } from 'chai'
import { dialogs } from '../../../lib/local-dc/world/dialogs.ts'
import { type HistoryQuery, history } from '../../../lib/local-dc/world/history.ts'
import { remove } from '../../../lib/local-dc/world/remove.ts'
import { send } from '../../../lib/local-dc/world/send.ts'
import type { FakeEnv } from '../../support/machine.ts'
import { town } from './ops.ts'

const ALL: HistoryQuery = { offsetId: 0, offsetDate: 0, addOffset: 0, limit: 100, maxId: 0, minId: 0 }

describe('history', () => {
  const { world, env, people } = town(2)
  const [ann, bob] = people as [(typeof people)[0], (typeof people)[0]]
  for (let at = 0; at < 10; at++) {
    send(world, env, ann, bob, { content: { text: `${at}` } })
    ;(env as FakeEnv).now += 1000
  }
  const start = ann.box.messages.get(1)!.date
  const rows: readonly (readonly [string, Partial<HistoryQuery>, readonly number[]])[] = [
    ['newest first', { limit: 3 }, [10, 9, 8]],
    ['after the offset, exclusive', { offsetId: 8, limit: 3 }, [7, 6, 5]],
    ['from an offset that is gone', { offsetId: 99, limit: 2 }, [10, 9]],
    ['shifted to the older ones', { offsetId: 8, addOffset: 2, limit: 2 }, [5, 4]],
    ['shifted to the newer ones', { offsetId: 5, addOffset: -2, limit: 4 }, [6, 5, 4, 3]],
    ['shifted over the top', { offsetId: 10, addOffset: -5, limit: 6 }, [10, 9]],
    ['from a date', { offsetDate: start + 3, limit: 2 }, [3, 2]],
    ['below max_id and above min_id', { maxId: 6, minId: 3 }, [5, 4]],
    ['to the end', { offsetId: 3 }, [2, 1]],
    ['past the end', { offsetId: 1 }, []],
    ['none at all', { limit: 0 }, []],
  ]
  for (const [what, query, ids] of rows)
    it(`goes ${what}`, () => {
      const found = history(ann.box, bob.id, { ...ALL, ...query })
      expect(found.copies.map(({ id }) => id)).to.deep.equal(ids)
      expect(found.count).to.equal(10)
    })

  it('gives a hundred at most', () => {
    for (let at = 0; at < 100; at++) send(world, env, bob, bob, { content: { text: `${at}` } })
    expect(history(bob.box, bob.id, { ...ALL, limit: 1000 }).copies).to.have.length(100)
  })
})

describe('dialogs', () => {
  const { world, env, people } = town(5)
  const [ann, ...others] = people as [(typeof people)[0], ...(typeof people)[0][]]
  for (const other of others) {
    send(world, env, ann, other, { content: { text: 'hi' } })
    ;(env as FakeEnv).now += 1000
  }
  const peers = (query = { offsetDate: 0, offsetId: 0, limit: 100 }) =>
    dialogs(ann.box, query).dialogs.map(({ peer }) => others.findIndex(({ id }) => id === peer))

  it('come by the date of their newest message, page by page', () => {
    expect(peers()).to.deep.equal([3, 2, 1, 0])
    const last = ann.box.messages.get(3)!
    expect(peers({ offsetDate: 0, offsetId: 0, limit: 2 })).to.deep.equal([3, 2])
    expect(peers({ offsetDate: last.date, offsetId: last.id, limit: 2 })).to.deep.equal([1, 0])
    expect(dialogs(ann.box, { offsetDate: last.date, offsetId: last.id, limit: 1 }).count).to.equal(4)
  })

  it('lose those without a message', () => {
    remove(world, env, ann, [4], false)
    expect(peers()).to.deep.equal([2, 1, 0])
  })
})
