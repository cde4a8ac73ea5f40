import { expect } from 'chai'
import { noticed } from '../../../lib/runtime/rx/noticed.ts'
import { marbles } from '../../support/marbles.ts'

describe('runtime/rx noticed', () => {
  it(
    'looks at every value, and passes it on',
    marbles(({ cold, expectObservable, expectSubscriptions, finally: later }) => {
      const seen: string[] = []
      const source = cold('-a-b|')
      expectObservable(source.pipe(noticed((value) => seen.push(value)))).toBe('-a-b|')
      expectSubscriptions(source.subscriptions).toBe('^---!')
      later(() => expect(seen).to.deep.equal(['a', 'b']))
    }),
  )

  it(
    'errors with the source, and with what the look throws',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const broken = new Error('no look')
      const source = cold('-a-b|')
      const thrower = () => {
        throw broken
      }
      expectObservable(source.pipe(noticed(thrower))).toBe('-#', {}, broken)
      expectSubscriptions(source.subscriptions).toBe('^!')
      expectObservable(cold('-#').pipe(noticed(() => undefined))).toBe('-#')
    }),
  )
})
