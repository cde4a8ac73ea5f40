import { expect } from 'chai'
import { of } from 'rxjs'
import { callOptions, within } from '../../../lib/runtime/rpc/within.ts'
import { answering, request } from './calls.ts'

describe('runtime/rpc/within', () => {
  it('puts options on every call, and leaves the client as it is', () => {
    const tg = { ...answering([of('x')]), name: 'mine' }
    const quick = within(tg, { timeout: 5, dc: 4 })
    expect(quick.name).to.equal('mine')
    quick.invoke(request('a')).subscribe({ error: expect.fail })
    tg.invoke(request('b')).subscribe({ error: expect.fail })
    expect(tg.seen.map(callOptions)).to.deep.equal([{ timeout: 5, dc: 4 }, {}])
  })

  it('lets the nearest to the call decide', () => {
    const tg = answering([of('x')])
    const outer = within(within(tg, { timeout: 5, floodWait: 1 }), { timeout: 9 })
    outer.invoke(request('a')).subscribe({ error: expect.fail })
    expect(callOptions(tg.seen[0]!)).to.deep.equal({ timeout: 9, floodWait: 1 })
  })

  it('hears once a call when the server has it, however often it is sent', () => {
    const told: string[] = []
    const tg = answering([of('x')])
    const call = within(tg, { onReceived: () => told.push('received'), timeout: 5 }).invoke(request('a'))
    call.subscribe({ error: expect.fail })
    call.subscribe({ error: expect.fail })
    const [first, second] = tg.seen.map(({ delivery }) => delivery!)
    first!.onReceived!()
    first!.onReceived!()
    expect(told).to.have.length(1)
    second!.onReceived!()
    expect(told).to.have.length(2)
    expect(callOptions(tg.seen[0]!)).to.deep.equal({ timeout: 5 })
  })
})
