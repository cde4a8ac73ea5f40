import { expect } from 'chai'
import { expectTypeOf } from 'expect-type'
import type { Peer } from '../../../lib/api/types.ts'
import { UsageError } from '../../../lib/core/errors.ts'
import { asPeerId, type PeerId, peerId, peerOfId } from '../../../lib/telegram/peers/peer-id.ts'

const cases: readonly (readonly [Peer, number])[] = [
  [{ _: 'peerUser', userId: 777000 }, 777000],
  [{ _: 'peerUser', userId: 2 ** 40 }, 2 ** 40],
  [{ _: 'peerChat', chatId: 5 }, -5],
  [{ _: 'peerChannel', channelId: 1234567890 }, -1001234567890],
  [{ _: 'peerChannel', channelId: 2 ** 40 }, -1000000000000 - 2 ** 40],
]

describe('telegram/peers/peer-id', () => {
  for (const [peer, id] of cases)
    it(`marks ${peer._} as ${id}, and back`, () => {
      expect(peerId(peer)).to.equal(id)
      expect(peerOfId(asPeerId(id))).to.deep.equal(peer)
    })

  it('refuses what is no id', () => {
    for (const id of [0, 1.5, Number.NaN, 2 ** 60]) expect(() => asPeerId(id)).to.throw(UsageError, `got ${id}`)
  })

  it('does not take a bare id for a marked one', () => {
    expectTypeOf<number>().not.toExtend<PeerId>()
    expectTypeOf<PeerId>().toExtend<number>()
  })
})
