import { expect } from 'chai'
import fc from 'fast-check'
import { Passing } from '../../lib/core/passing.ts'

describe('core/passing', () => {
  it('is a map, in the order in which its values came', () => {
    const orders = fc.array(
      fc.oneof(
        fc.record({ _: fc.constant('set' as const), key: fc.nat(5), value: fc.nat() }),
        fc.record({ _: fc.constant('take' as const), key: fc.nat(5) }),
        fc.record({ _: fc.constant('clear' as const) }),
      ),
    )
    fc.assert(
      fc.property(orders, (all) => {
        const ours = new Passing<number, number>()
        const theirs = new Map<number, number>()
        for (const order of all) {
          if (order._ === 'set') {
            ours.set(order.key, order.value)
            theirs.set(order.key, order.value)
          } else if (order._ === 'take') {
            expect(ours.take(order.key)).to.equal(theirs.get(order.key))
            theirs.delete(order.key)
          } else {
            ours.clear()
            theirs.clear()
          }
          expect([...ours.keys()]).to.deep.equal([...theirs.keys()])
          expect([...ours.values()]).to.deep.equal([...theirs.values()])
          expect(ours.size).to.equal(theirs.size)
          for (let key = 0; key <= 5; key++) expect(ours.get(key)).to.equal(theirs.get(key))
        }
      }),
    )
  })

  it('lets go of values while it is looked through', () => {
    const passing = new Passing<number, string>()
    for (const [index, value] of ['a', 'b', 'c'].entries()) passing.set(index, value)
    const seen: string[] = []
    for (const value of passing.values()) {
      seen.push(value)
      passing.take(1)
    }
    expect(seen).to.deep.equal(['a', 'c'])
  })
})
