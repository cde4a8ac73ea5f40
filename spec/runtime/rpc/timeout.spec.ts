import { expect } from 'chai'
import { of } from 'rxjs'
import { TimeoutError } from '../../../lib/core/errors.ts'
import type { Invoker } from '../../../lib/core/invoker.ts'
import { chain } from '../../../lib/runtime/rpc/chain.ts'
import { timeout } from '../../../lib/runtime/rpc/timeout.ts'
import { within } from '../../../lib/runtime/rpc/within.ts'
import { marbles } from '../../support/marbles.ts'
import { answering, request } from './calls.ts'

const late = new TimeoutError('help.getConfig: expected an answer within 5 ms, none came')

describe('runtime/rpc/timeout', () => {
  it(
    'cancels a call without an answer in time',
    marbles(({ cold, clock, expectObservable, expectSubscriptions }) => {
      const call = cold('-------a|')
      const tg = chain([timeout({ clock })], answering([call]))
      expectObservable(within(tg, { timeout: 5 }).invoke(request('help.getConfig'))).toBe('-----#', {}, late)
      expectSubscriptions(call.subscriptions).toBe('^----!')
    }),
  )

  it(
    'lets a call in time pass, and its timer go',
    marbles(({ cold, clock, expectObservable, expectSubscriptions }) => {
      const timer = cold<void>('-----(t|)')
      const tg = chain([timeout({ clock: { ...clock, after: () => timer } })], answering([cold('---a|')]))
      expectObservable(within(tg, { timeout: 5 }).invoke(request('help.getConfig'))).toBe('---a|')
      expectSubscriptions(timer.subscriptions).toBe('^---!')
    }),
  )

  it('leaves calls alone that asked for nothing', () => {
    const clock = { now: () => 0, elapsed: () => 0, after: () => expect.fail('a timer') }
    const answer = of('a')
    const last: Invoker = { invoke: () => answer as never }
    expect(chain([timeout({ clock })], last).invoke(request('x'))).to.equal(answer)
  })
})
