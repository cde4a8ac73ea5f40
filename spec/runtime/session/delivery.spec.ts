import { expect } from 'chai'
import { Subscriber } from 'rxjs'
import type { Delivery, Request } from '../../../lib/core/invoker.ts'
import { tellReceived, wishing } from '../../../lib/runtime/session/delivery.ts'

const asked = (delivery?: Delivery, method = 'x'): Request<unknown> => ({
  method,
  params: {},
  write: () => 0,
  read: () => undefined,
  delivery,
})

describe('runtime/session delivery', () => {
  it('reads from a request how it is to travel', () => {
    const wishes = wishing(({ method }) => method === 'reads')
    expect(wishes(asked(), 1)).to.deep.equal({ repeatable: false })
    expect(wishes(asked(undefined, 'reads'), 2)).to.deep.equal({ repeatable: true })
    expect(wishes(asked({ onReceived: () => {} }), 3)).to.deep.equal({ repeatable: false, quickAck: true })
  })

  it('names the call before each in its row, and none for the first', () => {
    const wishes = wishing(() => false)
    const [one, two] = [{}, {}]
    const predecessor = (order: object, id: number) => wishes(asked({ order }), id).after
    expect([
      predecessor(one, 1),
      predecessor(two, 2),
      predecessor(one, 3),
      predecessor(one, 4),
      predecessor(two, 6),
    ]).to.deep.equal([0, 0, 1, 3, 2])
    expect(wishing(() => false)(asked({ order: one }), 9).after, 'rows are the session’s own').to.equal(0)
  })

  it('makes what the caller’s function throws the error of the call', () => {
    const errors: unknown[] = []
    const caller = new Subscriber<unknown>({
      next: () => {},
      error: (error: unknown) => errors.push(error),
      complete: () => {},
    })
    tellReceived(asked(), caller)
    expect(errors).to.deep.equal([])
    const oops = new Error('oops')
    const onReceived = () => {
      throw oops
    }
    tellReceived(asked({ onReceived }), caller)
    expect(errors).to.deep.equal([oops])
  })
})
