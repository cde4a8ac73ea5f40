import { expect } from 'chai'
import { map, of, tap } from 'rxjs'
import type { Interceptor } from '../../../lib/core/invoker.ts'
import { chain } from '../../../lib/runtime/rpc/chain.ts'
import { marbles } from '../../support/marbles.ts'
import { answering, request } from './calls.ts'

describe('runtime/rpc/chain', () => {
  it('has the first interceptor outermost', () => {
    const log: string[] = []
    const named =
      (name: string): Interceptor =>
      (each, next) => {
        log.push(`${name} in`)
        return next.invoke(each).pipe(tap(() => log.push(`${name} out`)))
      }
    const tg = chain([named('a'), named('b')], answering([of('x')]))
    tg.invoke(request('help.getConfig')).subscribe({ error: expect.fail })
    expect(log).to.deep.equal(['a in', 'b in', 'b out', 'a out'])
  })

  it('is the final handler where nothing is put around it', () => {
    const last = answering([of('x')])
    expect(chain([], last)).to.equal(last)
  })

  it(
    'subscribes and unsubscribes through all of it',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const call = cold('---a|')
      const through: Interceptor = (each, next) => next.invoke(each).pipe(map((answer) => answer))
      const tg = chain([through, through], answering([call]))
      expectObservable(tg.invoke(request('help.getConfig')), '-^-!').toBe('----')
      expectSubscriptions(call.subscriptions).toBe('-^-!')
    }),
  )

  it(
    'lets an interceptor answer by itself, or call several times',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const call = cold('-a|')
      const cached: Interceptor = (each, next) => (each.method === 'a' ? (of('kept') as never) : next.invoke(each))
      const tg = chain([cached], answering([call]))
      expectObservable(tg.invoke(request('a'))).toBe('(k|)', { k: 'kept' })
      expectObservable(tg.invoke(request('b'))).toBe('-a|')
      expectSubscriptions(call.subscriptions).toBe('^-!')
    }),
  )
})
