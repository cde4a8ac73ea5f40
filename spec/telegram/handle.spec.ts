import { expect } from 'chai'
import { defer, EMPTY, of, throwError } from 'rxjs'
import { ClosedError } from '../../lib/core/errors.ts'
import type { Clock } from '../../lib/runtime/rx/clock.ts'
import { handle } from '../../lib/telegram/handle.ts'
import type { Fault, Telegram } from '../../lib/telegram/telegram.ts'
import { marbles, seededRandom } from '../support/marbles.ts'

/** As much of a client as `handle` needs. */
function telegram(clock: Clock): Telegram & { readonly faults: Fault[] } {
  const faults: Fault[] = []
  const context = { clock, random: seededRandom(), fault: (fault: Fault) => faults.push(fault) }
  return { faults, context } as unknown as Telegram & { readonly faults: Fault[] }
}
const chat = (userId: number, text: string) => ({ peerId: { _: 'peerUser', userId } as const, text })
const a = chat(1, 'a')
const b = chat(1, 'b')
const c = chat(2, 'c')

describe('telegram/handle', () => {
  it(
    'works on messages of one chat one after the other, of several side by side',
    marbles(({ hot, cold, clock, expectObservable, expectSubscriptions }) => {
      const works = { a: cold('---a|'), b: cold('---b|'), c: cold('---c|') }
      const source = hot('-abc---|', { a, b, c })
      const result = source.pipe(handle(telegram(clock), ({ text }) => works[text as 'a']))
      expectObservable(result).toBe('----a-c-b|')
      expectSubscriptions(works.a.subscriptions).toBe('-^---!')
      expectSubscriptions(works.b.subscriptions).toBe('-----^---!')
      expectSubscriptions(works.c.subscriptions).toBe('---^---!')
      expectSubscriptions(source.subscriptions).toBe('^------!')
    }),
  )

  it(
    'cancels its work when it is left',
    marbles(({ hot, cold, clock, expectObservable, expectSubscriptions }) => {
      const [first, second] = [cold('-----x|'), cold('x|')]
      const source = hot('-ab', { a, b })
      const result = source.pipe(handle(telegram(clock), ({ text }) => (text === 'a' ? first : second)))
      expectObservable(result, '^---!').toBe('-----')
      expectSubscriptions(first.subscriptions).toBe('-^--!')
      expectSubscriptions(second.subscriptions).toBe([])
    }),
  )

  it(
    'makes faults of failures, and goes on',
    marbles(({ hot, cold, clock, expectObservable, finally: later }) => {
      const tg = telegram(clock)
      const failing = cold('-#', {}, new Error('late'))
      const source = hot('-a-b-c-|', { a, b, c })
      const result = source.pipe(
        handle(tg, ({ text }) => {
          if (text === 'a') throw new Error('at once')
          return text === 'b' ? failing : of(text)
        }),
      )
      expectObservable(result).toBe('-----c-|')
      later(() => {
        const messages = tg.faults.map(({ at, error }) => `${at}: ${(error as Error).message}`)
        expect(messages).to.deep.equal(['handle: at once', 'handle: late'])
      })
    }),
  )

  it(
    'subscribes again to what failed, if asked to, without another project',
    marbles(({ hot, cold, clock, expectObservable, expectSubscriptions, finally: later }) => {
      const tg = telegram(clock)
      let projects = 0
      const work = cold('-#')
      const result = hot('a|', { a }).pipe(handle(tg, () => defer(() => work), { retry: 2, by: () => ++projects }))
      expectObservable(result).toBe('1s - 2s --|')
      expectSubscriptions(work.subscriptions).toBe(['^!', '- 1s ^!', '- 1s - 2s ^!'])
      later(() => expect([projects, tg.faults.length]).to.deep.equal([1, 1]))
    }),
  )

  it(
    'does not subscribe again to what a closed client refused',
    marbles(({ hot, cold, clock, expectObservable, expectSubscriptions }) => {
      const work = cold('-#', {}, new ClosedError('the client is closed'))
      expectObservable(hot('a|', { a }).pipe(handle(telegram(clock), () => work, { retry: 2 }))).toBe('-|')
      expectSubscriptions(work.subscriptions).toBe(['^!'])
    }),
  )

  it(
    'is bounded: what has no room is a fault',
    marbles(({ hot, cold, clock, expectObservable, finally: later }) => {
      const tg = telegram(clock)
      const source = hot('(abc)|', { a: 1, b: 2, c: 3 })
      const result = source.pipe(handle(tg, (n) => cold('--n|', { n }), { concurrency: 1, queue: 1 }))
      expectObservable(result).toBe('--x--y|', { x: 1, y: 2 })
      later(() =>
        expect(tg.faults.map(({ error }) => (error as Error).message)).to.deep.equal([
          'a value was not handled: 1 others wait already',
        ]),
      )
    }),
  )

  it(
    'takes a key that can not be told for one of its own',
    marbles(({ hot, clock, expectObservable, finally: later }) => {
      const tg = telegram(clock)
      const by = () => {
        throw new Error('no key')
      }
      expectObservable(hot('-a|').pipe(handle(tg, of, { by }))).toBe('-a|')
      later(() => expect(tg.faults).to.have.length(1))
    }),
  )

  it(
    'errors with its source, and only then',
    marbles(({ hot, clock, expectObservable }) => {
      expectObservable(hot('-a-#', { a }).pipe(handle(telegram(clock), () => EMPTY))).toBe('---#')
      expectObservable(hot('-a-|', { a }).pipe(handle(telegram(clock), () => throwError(() => 1)))).toBe('---|')
    }),
  )
})
