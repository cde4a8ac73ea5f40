import { expect } from 'chai'
import { of, throwError } from 'rxjs'
import { RpcError, TransportError } from '../../../lib/core/errors.ts'
import { chain } from '../../../lib/runtime/rpc/chain.ts'
import { floodWait } from '../../../lib/runtime/rpc/flood-wait.ts'
import { inDoubt } from '../../../lib/runtime/rpc/in-doubt.ts'
import { marbles } from '../../support/marbles.ts'
import { answering, request } from './calls.ts'

const unsent = new TransportError('not sent', 'unsent', { code: -404 })

describe('runtime/rpc/in-doubt', () => {
  it('turns unsent into unknown, and leaves everything else', () => {
    const told = inDoubt(unsent)
    expect(told).to.be.instanceOf(TransportError)
    expect(told).to.include({ outcome: 'unknown', code: -404, cause: unsent })
    for (const error of [new TransportError('cut', 'unknown'), new RpcError(400, 'OOPS', 'x'), 'text'])
      expect(inDoubt(error)).to.equal(error)
  })

  it(
    'is asked by floodWait about a call that was refused before',
    marbles(({ clock, expectObservable }) => {
      const flood = new RpcError(420, 'FLOOD_WAIT_3', 'x')
      const last = answering([throwError(() => flood), throwError(() => unsent), of(1)])
      const cause = { cause: unsent, code: -404 }
      const told = new TransportError('not sent; an attempt before it may have run', 'unknown', cause)
      expectObservable(chain([floodWait({ clock })], last).invoke(request('x'))).toBe('3s #', {}, told)
    }),
  )
})
