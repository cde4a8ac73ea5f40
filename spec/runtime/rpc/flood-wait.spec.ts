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

  for (const [text, pause] of [
    ['FLOOD_PREMIUM_WAIT_2', '2s'],
    ['SLOWMODE_WAIT_30', '30s'],
    ['FLOOD_TEST_PHONE_WAIT_5', '5s'],
  ] as const)
    it(
      `waits for ${text} as well`,
      marbles(({ cold, clock, expectObservable }) => {
        const tg = chain([floodWait({ clock })], answering([cold('#', {}, flood(text)), cold('(a|)')]))
        expectObservable(tg.invoke(request('messages.sendMessage'))).toBe(`${pause} (a|)`)
      }),
    )

  it(
    'never sits out days and dates, however patient the caller is',
    marbles(({ cold, clock, expectObservable }) => {
      for (const text of ['TAKEOUT_INIT_DELAY_86400', 'PREMIUM_SUB_ACTIVE_UNTIL_1900000000', 'SESSION_TOO_FRESH_9']) {
        const tg = chain(
          [floodWait({ clock, limit: Number.POSITIVE_INFINITY })],
          answering([cold('#', {}, flood(text))]),
        )
        expectObservable(tg.invoke(request('x'))).toBe('#', {}, flood(text))
      }
    }),
  )

  describe('remembers the method', () => {
    it(
      'and holds its other calls back until the time is over',
      marbles(({ cold, clock, expectObservable, expectSubscriptions }) => {
        const refused = cold('#', {}, flood('FLOOD_WAIT_5'))
        const answered = cold('(a|)')
        const tg = chain([floodWait({ clock })], answering([refused, answered]))
        expectObservable(tg.invoke(request('x'))).toBe('5s (a|)')
        expectObservable(tg.invoke(request('x')), '2s ^').toBe('5s (a|)')
        expectObservable(tg.invoke(request('x')), '9s ^').toBe('9s (a|)')
        expectSubscriptions(refused.subscriptions).toBe('(^!)')
        expectSubscriptions(answered.subscriptions).toBe(['5s (^!)', '5s (^!)', '9s (^!)'])
      }),
    )

    it(
      'and not others, nor what is about one chat or one phone',
      marbles(({ cold, clock, expectObservable }) => {
        const tg = chain([floodWait({ clock })], answering([cold('#', {}, flood('FLOOD_WAIT_5')), cold('(a|)')]))
        expectObservable(tg.invoke(request('x'))).toBe('5s (a|)')
        expectObservable(tg.invoke(request('y')), '1s ^').toBe('1s (a|)')
        const slow = chain([floodWait({ clock })], answering([cold('#', {}, flood('SLOWMODE_WAIT_5')), cold('(a|)')]))
        expectObservable(slow.invoke(request('x'))).toBe('5s (a|)')
        expectObservable(slow.invoke(request('x')), '1s ^').toBe('1s (a|)')
        const login = chain([floodWait({ clock })], answering([cold('#', {}, flood('FLOOD_WAIT_5')), cold('(a|)')]))
        expectObservable(login.invoke(request('auth.sendCode'))).toBe('5s (a|)')
        expectObservable(login.invoke(request('auth.sendCode')), '1s ^').toBe('1s (a|)')
      }),
    )

    it(
      'and tells those who would not wait so long what is left, without asking the server',
      marbles(({ cold, clock, expectObservable, expectSubscriptions }) => {
        const refused = cold('#', {}, flood('FLOOD_WAIT_100'))
        const answered = cold('(a|)')
        const tg = chain([floodWait({ clock })], answering([refused, answered]))
        expectObservable(tg.invoke(request('x'))).toBe('#', {}, flood('FLOOD_WAIT_100'))
        expectObservable(tg.invoke(request('x')), '30s ^').toBe('30s #', {}, new RpcError(420, 'FLOOD_WAIT_70', 'x'))
        expectObservable(within(tg, { floodWait: 0 }).invoke(request('x')), '60s ^').toBe(
          '60s #',
          {},
          new RpcError(420, 'FLOOD_WAIT_40', 'x'),
        )
        expectObservable(tg.invoke(request('x')), '50s ^').toBe('100s (a|)')
        expectSubscriptions(answered.subscriptions).toBe('100s (^!)')
      }),
    )

    it(
      'and holds back again when it was told to wait longer meanwhile',
      marbles(({ cold, clock, expectObservable }) => {
        const errors = ['FLOOD_WAIT_2', 'FLOOD_WAIT_3'].map((text) => throwError(() => flood(text)))
        const tg = chain([floodWait({ clock })], answering([...errors, cold('(a|)')]))
        // The first asks again after 2 s and is told 3 s more, before the second, which waits for it, gets to ask.
        expectObservable(tg.invoke(request('x'))).toBe('5s (a|)')
        expectObservable(tg.invoke(request('x')), '1s ^').toBe('5s (a|)')
      }),
    )

    it(
      'and forgets the oldest of too many',
      marbles(({ clock, expectObservable, cold }) => {
        const answers = Array.from({ length: 257 }, () => cold('#', {}, flood('FLOOD_WAIT_70')))
        const tg = chain([floodWait({ clock })], answering([...answers, cold('(a|)')]))
        for (let n = 0; n < 257; n++) tg.invoke(request(`x${n}`)).subscribe({ error: () => {} })
        expectObservable(tg.invoke(request('x0'))).toBe('(a|)')
        expectObservable(tg.invoke(request('x1'))).toBe('#', {}, new RpcError(420, 'FLOOD_WAIT_70', 'x1'))
      }),
    )

    it(
      'and lets a held call go when its caller leaves',
      marbles(({ cold, clock, expectObservable, expectSubscriptions }) => {
        const answered = cold('(a|)')
        const tg = chain([floodWait({ clock })], answering([cold('#', {}, flood('FLOOD_WAIT_5')), answered]))
        expectObservable(tg.invoke(request('x')), '^ 1s !').toBe('')
        expectObservable(tg.invoke(request('x')), '2s ^ 1s !').toBe('')
        expectSubscriptions(answered.subscriptions).toBe([])
      }),
    )
  })
})
