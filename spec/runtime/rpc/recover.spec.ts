import { expect } from 'chai'
import { expectTypeOf } from 'expect-type'
import { NEVER, type Observable, of, throwError } from 'rxjs'
import { RpcError } from '../../../lib/core/errors.ts'
import { type Attempt, attempt, type NamedRpcError } from '../../../lib/runtime/rpc/attempt.ts'
import { recover } from '../../../lib/runtime/rpc/recover.ts'
import { marbles } from '../../support/marbles.ts'

const unknown = new RpcError(400, 'USERNAME_NOT_OCCUPIED', 'contacts.resolveUsername')

describe('runtime/rpc/recover', () => {
  it(
    'goes on with the recovery of the named error',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const call = cold('-#', {}, unknown)
      const other = cold('-b|')
      expectObservable(call.pipe(recover({ USERNAME_NOT_OCCUPIED: () => other }))).toBe('--b|')
      expectSubscriptions(call.subscriptions).toBe('^!')
      expectSubscriptions(other.subscriptions).toBe('-^-!')
    }),
  )

  it(
    'lets all other errors pass',
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-#', {}, unknown).pipe(recover({ FLOOD_WAIT: () => of(1) }))).toBe('-#', {}, unknown)
      const plain = new Error('x')
      expectObservable(cold('-#', {}, plain).pipe(recover({ FLOOD_WAIT: () => of(1) }))).toBe('-#', {}, plain)
    }),
  )

  it('knows the names of errors, and what comes out', () => {
    const call = NEVER as Observable<string>
    expectTypeOf(call.pipe(recover({ FLOOD_WAIT: () => of(5) }))).toEqualTypeOf<Observable<string | number>>()
    // @ts-expect-error: no method gives an error of that name
    call.pipe(recover({ FLOOD_WAITT: () => of(5) }))
    // @ts-expect-error: also beside one that exists
    call.pipe(recover({ FLOOD_WAIT: () => of(5), PEER_FLOD: () => of(5) }))
    // @ts-expect-error: a recovery is a source
    call.pipe(recover({ PEER_FLOOD: () => 5 }))
    const misspelt = { USERNAME_NOT_OCUPIED: () => of(5) }
    // @ts-expect-error: also where the names were written down elsewhere
    call.pipe(recover(misspelt))
    expectTypeOf(
      call.pipe(recover({ PEER_FLOOD: (error) => of(error.value), FLOOD_WAIT: () => of(true) })),
    ).toEqualTypeOf<Observable<string | number | boolean | undefined>>()
  })
})

describe('runtime/rpc/attempt', () => {
  it(
    'makes values of answers and of refusals',
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-a|').pipe(attempt())).toBe('-a|', { a: { ok: true, value: 'a' } })
      expectObservable(cold('-#', {}, unknown).pipe(attempt())).toBe('-(e|)', { e: { ok: false, error: unknown } })
    }),
  )

  it('leaves other errors errors', () => {
    const errors: unknown[] = []
    throwError(() => new Error('x'))
      .pipe(attempt())
      .subscribe({ next: () => expect.fail(), error: (error: Error) => errors.push(error.message) })
    expect(errors).to.deep.equal(['x'])
  })

  it('is told apart by `ok`, and knows the names of errors', () => {
    expectTypeOf<Extract<Attempt<string>, { ok: true }>['value']>().toEqualTypeOf<string>()
    const nameOf = (ended: Attempt<string>): string => {
      if (ended.ok) return ended.value
      // @ts-expect-error: no method gives an error of that name
      if (ended.error.type === 'FLOOD_WAITT') return 'misspelt'
      return ended.error.type === 'FLOOD_WAIT' ? 'flood' : 'another'
    }
    expect(nameOf({ ok: false, error: new RpcError(420, 'FLOOD_WAIT_5', 'x') as NamedRpcError })).to.equal('flood')
    switch ('' as NamedRpcError['type']) {
      case 'SESSION_PASSWORD_NEEDED':
        break
      // @ts-expect-error: nor this one
      case 'SESSION_PASWORD_NEEDED':
        break
    }
  })
})
