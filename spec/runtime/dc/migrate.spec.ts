import { expect } from 'chai'
import { concat, defer, EMPTY, NEVER, of, throwError } from 'rxjs'
import { RpcError } from '../../../lib/core/errors.ts'
import { migrate } from '../../../lib/runtime/dc/migrate.ts'
import { chain } from '../../../lib/runtime/rpc/chain.ts'
import { marbles } from '../../support/marbles.ts'
import { answering, request } from '../rpc/calls.ts'

const elsewhere = (text: string) => new RpcError(303, text, 'auth.sendCode')

describe('runtime/dc/migrate', () => {
  it(
    'moves, and repeats the call there',
    marbles(({ cold, expectObservable, expectSubscriptions, finally: later }) => {
      const here = cold('-#', {}, elsewhere('PHONE_MIGRATE_4'))
      const moving = cold('--m|')
      const there = cold('-a|')
      const moves: number[] = []
      const move = (dc: number) =>
        concat(
          defer(() => (moves.push(dc) > 0 ? EMPTY : NEVER)),
          moving,
        )
      const interceptor = migrate({ move, isSignedIn: () => false })
      expectObservable(chain([interceptor], answering([here, there])).invoke(request('auth.sendCode'))).toBe('----a|')
      expectSubscriptions(here.subscriptions).toBe('^!')
      expectSubscriptions(moving.subscriptions).toBe('-^-!')
      expectSubscriptions(there.subscriptions).toBe('---^-!')
      later(() => expect(moves).to.deep.equal([4]))
    }),
  )

  it('stops after five hops', () => {
    const last = answering([throwError(() => elsewhere('NETWORK_MIGRATE_2'))])
    const errors: unknown[] = []
    chain([migrate({ move: () => of(1), isSignedIn: () => false })], last)
      .invoke(request('auth.sendCode'))
      .subscribe({ error: (error) => errors.push(error.text) })
    expect(errors).to.deep.equal(['NETWORK_MIGRATE_2'])
    expect(last.seen.length).to.equal(6)
  })

  const cases: readonly (readonly [text: string, isSignedIn: boolean, isFollowed: boolean])[] = [
    ['PHONE_MIGRATE_4', false, true],
    ['NETWORK_MIGRATE_4', false, true],
    ['USER_MIGRATE_4', false, true],
    ['USER_MIGRATE_4', true, true],
    ['PHONE_MIGRATE_4', true, false],
    ['NETWORK_MIGRATE_4', true, false],
    ['FILE_MIGRATE_4', false, false],
    ['STATS_MIGRATE_4', true, false],
  ]
  for (const [text, isSignedIn, isFollowed] of cases)
    it(`${isFollowed ? 'follows' : 'leaves'} ${text} when signed ${isSignedIn ? 'in' : 'out'}`, () => {
      const moves: number[] = []
      const interceptor = migrate({ move: (dc) => of(moves.push(dc)), isSignedIn: () => isSignedIn })
      const log: unknown[] = []
      chain([interceptor], answering([throwError(() => elsewhere(text)), of('a')]))
        .invoke(request('x'))
        .subscribe({ next: (answer) => log.push(answer), error: (error) => log.push(error.text) })
      expect([log, moves]).to.deep.equal(isFollowed ? [['a'], [4]] : [[text], []])
    })
})
