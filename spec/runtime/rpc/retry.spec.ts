import { expect } from 'chai'
import { throwError } from 'rxjs'
import { RpcError, TransportError } from '../../../lib/core/errors.ts'
import { chain } from '../../../lib/runtime/rpc/chain.ts'
import { retry } from '../../../lib/runtime/rpc/retry.ts'
import { marbles } from '../../support/marbles.ts'
import { answering, request } from './calls.ts'

const unsent = new TransportError('not sent', 'unsent')
const cut = new TransportError('cut', 'unknown')
const internal = (text = 'RPC_CALL_FAIL', code = 500) => new RpcError(code, text, 'x')

describe('runtime/rpc/retry', () => {
  it(
    'repeats what was surely not sent',
    marbles(({ cold, clock, expectObservable, expectSubscriptions }) => {
      const failed = cold('-#', {}, unsent)
      const answered = cold('-a|')
      const tg = chain([retry({ clock })], answering([failed, answered]))
      expectObservable(tg.invoke(request('messages.deleteMessages'))).toBe('- 1s - a|')
      expectSubscriptions(failed.subscriptions).toBe('^!')
      expectSubscriptions(answered.subscriptions).toBe('- 1s ^-!')
    }),
  )

  it(
    'waits twice as long each time, four times',
    marbles(({ clock, expectObservable, finally: later }) => {
      const last = answering([throwError(() => unsent)])
      expectObservable(chain([retry({ clock })], last).invoke(request('x'))).toBe('15s #', {}, unsent)
      later(() => expect(last.seen.length).to.equal(5))
    }),
  )

  it(
    'says of what may have run in an attempt before that nobody knows, also when the last was not sent',
    marbles(({ clock, cold, expectObservable }) => {
      const attempts = [cut, unsent, unsent, unsent, unsent].map((error) => cold('#', {}, error))
      const told = new TransportError('not sent; an attempt before it may have run', 'unknown', { cause: unsent })
      const call = request('users.getUsers')
      expectObservable(chain([retry({ clock })], answering(attempts)).invoke(call)).toBe('15s #', {}, told)
    }),
  )

  const cases: readonly (readonly [
    what: string,
    method: string,
    params: unknown,
    error: Error,
    isRepeated: boolean,
  ])[] = [
    ['a fault of the server, for a method that reads', 'messages.getHistory', {}, internal(), true],
    ['a timeout of the server, for a method that reads', 'users.getUsers', {}, internal('Timeout', -503), true],
    ['a fault of the server, with a random id', 'messages.sendMessage', { randomId: 1n }, internal(), true],
    ['a login that is to begin again', 'auth.sendCode', {}, internal('AUTH_RESTART_2'), true],
    [
      'a busy worker, for a method that acts',
      'messages.deleteMessages',
      {},
      internal('WORKER_BUSY_TOO_LONG_RETRY'),
      true,
    ],
    ['a key not known everywhere', 'messages.deleteMessages', {}, internal('AUTH_KEY_UNSYNCHRONIZED'), true],
    ['a fault by its name alone', 'messages.getHistory', {}, internal('Timedout', 400), true],
    ['a fault of an unknown code', 'messages.getHistory', {}, internal('NEW', 599), true],
    [
      'a message that was sent already',
      'messages.sendMessage',
      { randomId: 1n },
      internal('RANDOM_ID_DUPLICATE'),
      false,
    ],
    ['a fault that would be the same', 'messages.getHistory', {}, internal('UNKNOWN_METHOD'), false],
    ['a part of a file', 'upload.saveFilePart', {}, internal(), true],
    ['a fault of the server, for a method that acts', 'messages.deleteMessages', {}, internal(), false],
    ['a timeout of a bot', 'messages.getBotCallbackAnswer', {}, internal('Timeout', -503), false],
    ['an unknown outcome, for a method that reads', 'messages.getHistory', {}, cut, true],
    ['an unknown outcome, with a random id', 'messages.sendMessage', { randomId: 1n }, cut, true],
    ['an unknown outcome, for a method that acts', 'messages.deleteMessages', {}, cut, false],
    ['a refusal', 'messages.getHistory', {}, internal('PEER_ID_INVALID', 400), false],
    ['an error of another kind', 'messages.getHistory', {}, new Error('x'), false],
  ]
  for (const [what, method, params, error, isRepeated] of cases) {
    it(
      `${isRepeated ? 'repeats after' : 'gives the caller'} ${what}`,
      marbles(({ cold, clock, expectObservable }) => {
        const tg = chain([retry({ clock })], answering([cold('-#', {}, error), cold('-a|')]))
        const result = expectObservable(tg.invoke(request(method, params)))
        if (isRepeated) result.toBe('- 1s - a|')
        else result.toBe('-#', {}, error)
      }),
    )
  }

  it(
    'sends nothing when the caller leaves meanwhile',
    marbles(({ cold, clock, expectObservable, expectSubscriptions }) => {
      const answered = cold('-a|')
      const tg = chain([retry({ clock })], answering([cold('-#', {}, unsent), answered]))
      expectObservable(tg.invoke(request('x')), '^---!').toBe('-')
      expectSubscriptions(answered.subscriptions).toBe([])
    }),
  )
})
