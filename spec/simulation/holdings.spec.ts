import { expect } from 'chai'
import { MessageIds } from '../../lib/core/protocol/message-id.ts'
import { Calls } from '../../lib/core/protocol/session-calls.ts'
import { Holdings } from './holdings.ts'

describe('what is held', () => {
  it('is known by the file that made it, while it is watched', () => {
    const holdings = new Holdings()
    const leave = holdings.watch()
    const calls = new Calls()
    void new MessageIds()
    leave()
    expect([...holdings.held(/./)]).to.deep.equal([])
    calls.add(1, new Uint8Array(4))
    expect([...holdings.held(/session-calls/)]).to.deep.equal([['lib/core/protocol/session-calls.ts', 2]])
    expect([...holdings.held(/message-id/)]).to.deep.equal([])
    calls.end(1)
    expect([...holdings.held(/./)]).to.deep.equal([])
  })

  it('is not counted when nobody watches, and Maps are what they were', () => {
    const holdings = new Holdings()
    const { Map: PlainMap } = globalThis
    holdings.watch()()
    expect(globalThis.Map).to.equal(PlainMap)
    new Calls().add(1, new Uint8Array(4))
    expect([...holdings.held(/./)]).to.deep.equal([])
  })
})
