import { expect } from 'chai'
import { throwError } from 'rxjs'
import { RpcError } from '../../../lib/core/errors.ts'
import { chain } from '../../../lib/runtime/rpc/chain.ts'
import { floodWait } from '../../../lib/runtime/rpc/flood-wait.ts'
import { within } from '../../../lib/runtime/rpc/within.ts'
import { marbles } from '../../support/marbles.ts'
import { answering, request } from './calls.ts'

const flood = (text: string) => new RpcError(420, text, 'messages.sendMessage')

describe('runtime/rpc/flood-wait', () => {
  it(
    'waits as long as it is told to, and repeats',
    marbles(({ cold, clock, expectObservable, expectSubscriptions }) => {
      const refused = cold('-#', {}, flood('FLOOD_WAIT_3'))
      const answered = cold('-a|')
      const tg = chain([floodWait({ clock })], answering([refused, answered]))
      expectObservable(tg.invoke(request('messages.sendMessage'))).toBe('- 3s - a|')
      expectSubscriptions(refused.subscriptions).toBe('^!')
      expectSubscriptions(answered.subscriptions).toBe('- 3s ^-!')
    }),
  )

  it(
    'waits a second where it is told none',
    marbles(({ cold, clock, expectObservable }) => {
      const tg = chain([floodWait({ clock })], answering([cold('#', {}, flood('FLOOD_WAIT_0')), cold('a|')]))
      expectObservable(tg.invoke(request('messages.sendMessage'))).toBe('1s a|')
    }),
  )

  it(
    'gives longer waits to the caller at once',
    marbles(({ cold, clock, expectObservable }) => {
      const error = flood('FLOOD_WAIT_61')
      const tg = chain([floodWait({ clock })], answering([cold('-#', {}, error)]))
      expectObservable(tg.invoke(request('messages.sendMessage'))).toBe('-#', {}, error)
    }),
  )

  it(
    'asks the call how long it would wait',
    marbles(({ cold, clock, expectObservable }) => {
      const error = flood('FLOOD_WAIT_5')
      const tg = chain([floodWait({ clock, limit: 100 })], answering([cold('-#', {}, error)]))
      expectObservable(within(tg, { floodWait: 4 }).invoke(request('messages.sendMessage'))).toBe('-#', {}, error)
    }),
  )

  it(
    'sends nothing when the caller leaves meanwhile',
    marbles(({ cold, clock, expectObservable, expectSubscriptions }) => {
      const answered = cold('-a|')
      const tg = chain([floodWait({ clock })], answering([cold('-#', {}, flood('FLOOD_WAIT_3')), answered]))
      expectObservable(tg.invoke(request('messages.sendMessage')), '^ 1s !').toBe('-')
      expectSubscriptions(answered.subscriptions).toBe([])
    }),
  )

  it(
    'loses patience after five waits',
    marbles(({ clock, expectObservable, finally: later }) => {
      const error = flood('FLOOD_WAIT_1')
      const last = answering([throwError(() => error)])
      expectObservable(chain([floodWait({ clock })], last).invoke(request('messages.sendMessage'))).toBe(
        '5s #',
        {},
        error,
      )
      later(() => expect(last.seen.length).to.equal(6))
    }),
  )

  it(
    'has nothing to do with other errors',
    marbles(({ cold, clock, expectObservable }) => {
      for (const error of [
        flood('FROZEN_METHOD_INVALID'),
        flood('FLOOD_WAIT'),
        flood('2FA_CONFIRM_WAIT_5'),
        new Error('x'),
      ]) {
        const tg = chain([floodWait({ clock })], answering([cold('-#', {}, error)]))
        expectObservable(tg.invoke(request('messages.sendMessage'))).toBe('-#', {}, error)
      }
    }),
  )
})
