import { expect } from 'chai'
import { merge, of } from 'rxjs'
import { TransportError, UsageError } from '../../../lib/core/errors.ts'
import type { Invoker, Request } from '../../../lib/core/invoker.ts'
import { chain } from '../../../lib/runtime/rpc/chain.ts'
import { MOST_PACED, type Pace, pace } from '../../../lib/runtime/rpc/pace.ts'
import type { Clock } from '../../../lib/runtime/rx/clock.ts'
import { marbles } from '../../support/marbles.ts'
import { request } from './calls.ts'

const user = (userId: number) => ({ _: 'inputPeerUser', userId, accessHash: 1n })
const to = (userId: number, method = 'messages.sendMessage') => request(method, { peer: user(userId) })

/** Answers at once with the chat that was sent to. */
const prompt: Invoker = {
  invoke: <Result>({ params }: Request<Result>) => {
    const { peer, toPeer } = params as { peer?: { userId: number }; toPeer?: { userId: number } }
    return of(String((toPeer ?? peer)?.userId ?? '-') as Result)
  },
}
const paced = (options: Pace, clock: Clock) => chain([pace(options)({ clock })], prompt)

describe('runtime/rpc/pace', () => {
  it(
    'spreads what goes to one chat',
    marbles(({ clock, expectObservable }) => {
      const tg = paced({ perChat: 1 }, clock)
      expectObservable(merge(...[1, 1, 1].map((id) => tg.invoke(to(id))))).toBe('1 999ms 1 999ms (1|)')
    }),
  )

  it(
    'spreads what goes to all chats, each in its order, and none waits for one that waits longer',
    marbles(({ clock, expectObservable }) => {
      const tg = paced({ perSecond: 10, perChat: 1 }, clock)
      const calls = [1, 1, 2, 1, 3].map((id) => tg.invoke(to(id)))
      // 1 at 0, 2 at 100, 3 at 200; 1 again at 1000 and 2000.
      expectObservable(merge(...calls)).toBe('1 99ms 2 99ms 3 799ms 1 999ms (1|)')
    }),
  )

  it(
    'takes a rate of less than one in a second',
    marbles(({ clock, expectObservable }) => {
      const tg = paced({ perChat: 1 / 3 }, clock)
      expectObservable(merge(tg.invoke(to(1)), tg.invoke(to(1)))).toBe('1 2999ms (1|)')
    }),
  )

  it(
    'lets a call leave at once when the pause is over',
    marbles(({ clock, expectObservable }) => {
      const tg = paced({ perSecond: 1 }, clock)
      expectObservable(tg.invoke(to(1))).toBe('(1|)')
      expectObservable(tg.invoke(to(2)), '400ms ^').toBe('1s (2|)')
      expectObservable(tg.invoke(to(3)), '5s ^').toBe('5s (3|)')
    }),
  )

  it(
    'is about chats of all kinds, and forwards by where they go',
    marbles(({ clock, expectObservable }) => {
      const peers = [
        { peer: { _: 'inputPeerSelf' } },
        { peer: { _: 'inputPeerChat', chatId: 1n } },
        { peer: { _: 'inputPeerChannel', channelId: 1n } },
        { peer: user(7) },
      ]
      const tg = paced({ perChat: 1 }, clock)
      for (const params of peers) {
        const calls = [0, 1].map(() => tg.invoke(request('messages.sendMedia', params)))
        const value = 'userId' in params.peer ? '7' : '-'
        expectObservable(merge(...calls)).toBe('a 999ms (a|)', { a: value })
      }
      const forward = (id: number) =>
        tg.invoke(request('messages.forwardMessages', { fromPeer: user(1), toPeer: user(id) }))
      expectObservable(merge(forward(20), forward(21))).toBe('(ab|)', { a: '20', b: '21' })
    }),
  )

  it(
    'lets calls that send nothing pass',
    marbles(({ clock, expectObservable }) => {
      const tg = paced({ perSecond: 1, perChat: 1 }, clock)
      const calls = ['messages.getHistory', 'messages.readHistory', 'contacts.block'].map((name) =>
        tg.invoke(to(4, name)),
      )
      expectObservable(merge(...calls, tg.invoke(request('messages.sendScheduledMessages')))).toBe('(aaab|)', {
        a: '4',
        b: '-',
      })
    }),
  )

  it(
    'gives the turn of a call that is cancelled to the next one',
    marbles(({ clock, expectObservable, expectSubscriptions, cold }) => {
      const answer = cold('(a|)')
      const tg = chain([pace({ perChat: 1 })({ clock })], { invoke: () => answer as never })
      expectObservable(tg.invoke(to(1))).toBe('(a|)')
      expectObservable(tg.invoke(to(1)), '^ 499ms !').toBe('')
      expectObservable(tg.invoke(to(1)), '500ms ^').toBe('1s (a|)')
      expectSubscriptions(answer.subscriptions).toBe(['(^!)', '1s (^!)'])
    }),
  )

  it(
    'refuses clearly when too many wait',
    marbles(({ clock, finally: later }) => {
      const tg = paced({ perSecond: 1000 }, clock)
      const errors: unknown[] = []
      let answers = 0
      for (let n = 0; n < MOST_PACED + 3; n++)
        tg.invoke(to(n)).subscribe({
          next: () => {
            answers++
          },
          error: (error: unknown) => errors.push(error),
        })
      later(() => {
        expect(answers).to.equal(MOST_PACED + 1)
        expect(errors).to.have.length(2)
        expect(errors[0]).to.be.instanceOf(TransportError).with.property('outcome', 'unsent')
        expect(errors[0])
          .to.have.property('message')
          .that.matches(/^1000 messages wait for their turn/)
      })
    }),
  )

  it('refuses what is no rate, and names it', () => {
    expect(() => pace({ perChat: 0 })).to.throw(
      UsageError,
      'pace.perChat: expected messages a second, above 0 and up to 1000, got 0',
    )
    expect(() => pace({ perSecond: 'x' as never })).to.throw(UsageError, /^pace\.perSecond: .*, got a string$/)
    expect(() => pace({ perSecond: 1001 })).to.throw(UsageError, 'got 1001')
  })

  it(
    'remembers no chat for ever',
    marbles(({ clock, expectObservable }) => {
      const tg = paced({ perChat: 1 }, clock)
      const many = Array.from({ length: 3_000 }, (_, id) => tg.invoke(to(id)))
      let count = 0
      for (const each of many)
        each.subscribe({
          next: () => {
            count++
          },
          error: expect.fail,
        })
      expect(count).to.equal(3_000)
      expectObservable(tg.invoke(to(5))).toBe('1s (a|)', { a: '5' })
    }),
  )
})
