import { expect } from 'chai'
import { createIntent } from '../../../lib/telegram/messages/intent.ts'
import { seededRandom } from '../../support/marbles.ts'

describe('telegram/messages/intent', () => {
  it('keeps its id until it succeeds, then means another message', () => {
    const intent = createIntent(seededRandom(1), 'x', undefined)
    const first = intent.id(1)
    expect(intent.id(1)).to.equal(first)
    intent.done()
    expect(intent.id(1)).to.not.equal(first)
  })

  it('draws nothing before its first attempt', () => {
    createIntent(() => expect.fail('drawn'), 'x', undefined)
  })

  it('with a key has the same id for ever', () => {
    const make = () => createIntent(() => expect.fail('drawn'), 'sendText @a', 'k')
    const intent = make()
    const id = intent.id(1)
    intent.done()
    expect(intent.id(1)).to.equal(id)
    expect(make().id(1)).to.equal(id)
    expect(id).to.equal(BigInt.asIntN(64, id))
  })

  it('has another one for another account, source or key', () => {
    const id = (account: number, source: string, key: string) => createIntent(seededRandom(1), source, key).id(account)
    const ids = [id(1, 'a', 'k'), id(2, 'a', 'k'), id(1, 'b', 'k'), id(1, 'a', 'l'), id(1, 'a"', 'k'), id(1, 'a', '"k')]
    expect(new Set(ids).size).to.equal(ids.length)
  })
})
