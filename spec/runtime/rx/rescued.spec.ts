import { rescued } from '../../../lib/runtime/rx/rescued.ts'
import { marbles } from '../../support/marbles.ts'

describe('runtime/rx rescued', () => {
  it(
    'goes on with what comes in the place of an error',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a-#')
      const instead = cold('-b|')
      expectObservable(source.pipe(rescued(() => instead))).toBe('-a--b|')
      expectSubscriptions(source.subscriptions).toBe('^--!')
      expectSubscriptions(instead.subscriptions).toBe('---^-!')
    }),
  )

  it(
    'leaves alone what ends well',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const instead = cold('b|')
      expectObservable(cold('-a-|').pipe(rescued(() => instead))).toBe('-a-|')
      expectSubscriptions(instead.subscriptions).toBe([])
    }),
  )

  it(
    'errors as the rescue does',
    marbles(({ cold, expectObservable }) => {
      const broken = new Error('another')
      expectObservable(cold('-#').pipe(rescued(() => cold('-#', {}, broken)))).toBe('--#', {}, broken)
      const thrower = () => {
        throw broken
      }
      expectObservable(cold('-#').pipe(rescued(thrower))).toBe('-#', {}, broken)
    }),
  )

  it(
    'leaves whichever runs when it is left',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-#')
      const instead = cold('---b')
      expectObservable(source.pipe(rescued(() => instead)), '^-!').toBe('')
      expectSubscriptions(instead.subscriptions).toBe('-^!')
    }),
  )
})
