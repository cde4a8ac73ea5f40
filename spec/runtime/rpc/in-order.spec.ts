import { expect } from 'chai'
import { of } from 'rxjs'
import { inOrder } from '../../../lib/runtime/rpc/in-order.ts'
import { within } from '../../../lib/runtime/rpc/within.ts'
import { answering, request } from './calls.ts'

describe('runtime/rpc/in-order', () => {
  it('puts all calls into one row, and each of its own into another', () => {
    const tg = { ...answering([of('x')]), name: 'mine' }
    const [one, two] = [inOrder(tg), inOrder(tg)]
    expect(one.name).to.equal('mine')
    for (const each of [one, one, two, tg]) each.invoke(request('a')).subscribe({ error: expect.fail })
    const [a, b, c, d] = tg.seen.map(({ delivery }) => delivery?.order)
    expect(a).to.be.an('object').and.to.equal(b)
    expect(c).to.be.an('object').and.not.to.equal(a)
    expect(d).to.equal(undefined)
  })

  it('lets the nearest to the call decide, and keeps other wishes', () => {
    const tg = answering([of('x')])
    const inner = inOrder(tg)
    const onReceived = () => {}
    inOrder(within(inner, { onReceived })).invoke(request('a')).subscribe({ error: expect.fail })
    inner.invoke(request('a')).subscribe({ error: expect.fail })
    const [first, second] = tg.seen.map(({ delivery }) => delivery!)
    expect(first!.order).to.be.an('object').and.not.to.equal(second!.order)
    expect(first!.onReceived).to.be.a('function')
  })
})
