import { TransportError } from '../../../lib/core/errors.ts'
import { connecting } from '../../../lib/runtime/transport/connecting.ts'
import { marbles } from '../../support/marbles.ts'

const late = new TransportError('could not connect to here: no answer in 0.005 s', 'unsent')

describe('runtime/transport connecting', () => {
  it(
    'gives up when nothing came in time',
    marbles(({ hot, clock, expectObservable, expectSubscriptions }) => {
      const source = hot('------a--')
      expectObservable(connecting(source, { to: 'here', timeout: 5, clock })).toBe('-----#', undefined, late)
      expectSubscriptions(source.subscriptions).toBe('^----!')
    }),
  )

  it(
    'has all the time after the first value',
    marbles(({ hot, clock, expectObservable, expectSubscriptions }) => {
      const source = hot('----a-----b--|')
      expectObservable(connecting(source, { to: 'here', timeout: 5, clock })).toBe('----a-----b--|')
      expectSubscriptions(source.subscriptions).toBe('^------------!')
    }),
  )

  it(
    'passes an early error on, and leaves its source when left',
    marbles(({ hot, clock, expectObservable, expectSubscriptions }) => {
      expectObservable(connecting(hot('--#'), { to: 'here', timeout: 5, clock })).toBe('--#')
      const source = hot('------')
      expectObservable(connecting(source, { to: 'here', timeout: 5, clock }), '^--!').toBe('----')
      expectSubscriptions(source.subscriptions).toBe('^--!')
    }),
  )
})
