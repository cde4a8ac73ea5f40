import { expect } from 'chai'
import { Inbox } from '../../../lib/core/protocol/session-inbox.ts'

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => BigInt(from + at))
const taken = (inbox: Inbox, ids: readonly bigint[]) => new Set(ids.map((id) => inbox.take(id)))

describe('core/protocol session inbox', () => {
  it('knows what came, and takes it once', () => {
    const inbox = new Inbox()
    expect(inbox.take(5n)).to.equal('new')
    expect(inbox.take(5n)).to.equal('repeated')
    // In no order: an older one may come later.
    expect(inbox.take(3n)).to.equal('new')
    expect(inbox.has(3n)).to.equal(true)
    expect(inbox.has(4n)).to.equal(false)
  })

  it('knows the last 1,000', () => {
    const inbox = new Inbox()
    expect(taken(inbox, range(1, 1001))).to.deep.equal(new Set(['new']))
    expect(inbox.take(1n)).to.equal('repeated')
    expect(inbox.take(1001n)).to.equal('new')
    expect(inbox.has(1n)).to.equal(false)
    expect(inbox.has(2n)).to.equal(true)
    // The first one that was forgotten, and whatever is as old.
    expect(inbox.take(1n)).to.equal('too old')
    expect(inbox.take(0n)).to.equal('too old')
    expect(inbox.take(2n)).to.equal('repeated')
  })

  it('forgets in the order of coming, round after round', () => {
    const inbox = new Inbox()
    taken(inbox, range(1, 1001))
    expect(taken(inbox, range(1001, 3501))).to.deep.equal(new Set(['new']))
    expect(range(1, 3501).filter((id) => inbox.has(id))).to.deep.equal(range(2501, 3501))
  })

  it('does not take something for new again because something older was forgotten after it', () => {
    const inbox = new Inbox()
    // 500 comes first, 1 second: forgetting 1 must not lower what is too old.
    inbox.take(500n)
    inbox.take(1n)
    taken(inbox, range(1000, 1998))
    inbox.take(2000n)
    expect(inbox.take(500n)).to.equal('too old')
    inbox.take(2001n)
    expect(inbox.take(500n)).to.equal('too old')
    expect(inbox.take(501n)).to.equal('new')
  })

  it('says what it knows of each message, as the server may ask', () => {
    const inbox = new Inbox()
    expect([...inbox.states([1n])]).to.deep.equal([3])
    inbox.take(20n)
    inbox.take(10n)
    expect([...inbox.states([5n, 10n, 15n, 20n, 21n])]).to.deep.equal([2, 4, 2, 4, 3])
    taken(inbox, range(1000, 2000))
    expect([...inbox.states([20n, 10n, 9n, 21n, 999n, 1000n, 1999n, 2000n])]).to.deep.equal([1, 1, 1, 2, 2, 4, 4, 3])
  })

  it('takes ids after 2038, which are negative, and the lowest but one', () => {
    const inbox = new Inbox()
    expect(inbox.take(-(2n ** 63n) + 1n)).to.equal('new')
    expect(inbox.take(-1n)).to.equal('new')
    expect([...inbox.states([0n, -2n])]).to.deep.equal([3, 2])
  })
})
