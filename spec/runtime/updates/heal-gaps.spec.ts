import { map, type Observable } from 'rxjs'
import type { UpdatesDifference, UpdatesState } from '../../../lib/api/types.ts'
import { type HealGapsOptions, healGaps } from '../../../lib/runtime/updates/heal-gaps.ts'
import type { Healed, Piece } from '../../../lib/runtime/updates/piece.ts'
import { marbles, seededRandom } from '../../support/marbles.ts'
import { brief, difference, message, news, pieces, state } from './samples.ts'

const from = { pts: 100, qts: 10, seq: 5, date: 1000 }
const say = map(({ updates, box }: Healed) => `${updates.map(brief).join(' ')}@${box?.pts}`)
const random = seededRandom()

/** Gives the n-th question the n-th answer. */
function answering(...answers: readonly Observable<UpdatesDifference | UpdatesState>[]): HealGapsOptions['difference'] {
  let asked = 0
  return () => answers[asked++]!
}

describe('runtime/updates/heal-gaps', () => {
  it(
    'asks what was missed, then passes what comes',
    marbles(({ hot, cold, clock, expectObservable, expectSubscriptions }) => {
      const question = cold<UpdatesDifference>('--d|', { d: difference(101, { newMessages: [message(101)] }) })
      const source = hot<Piece>('----a--b--', { a: pieces([news(102)]), b: pieces([news(103)]) })
      const result = source.pipe(healGaps({ from, difference: answering(question), clock, random }), say)
      expectObservable(result, '^--------!').toBe('--d-a--b--', { d: 'n101@101', a: 'n102@102', b: 'n103@103' })
      expectSubscriptions(question.subscriptions).toBe('^--!')
      expectSubscriptions(source.subscriptions).toBe('^--------!')
    }),
  )

  it(
    'heals a gap with the difference, half a second later',
    marbles(({ hot, cold, clock, expectObservable, expectSubscriptions }) => {
      const first = cold<UpdatesDifference>('(d|)', { d: difference(100) })
      const second = cold<UpdatesDifference>('--d|', {
        d: difference(102, { newMessages: [message(101), message(102)] }),
      })
      const source = hot<Piece>('-b--', { b: pieces([news(102)]) })
      const result = source.pipe(healGaps({ from, difference: answering(first, second), clock, random }), say)
      expectObservable(result, '^ 600ms !').toBe('e 502ms d', { e: '@100', d: 'n101 n102@102' })
      expectSubscriptions(second.subscriptions).toBe('- 500ms ^--!')
    }),
  )

  it(
    'needs no question when the gap closes by itself',
    marbles(({ hot, cold, clock, expectObservable, expectSubscriptions }) => {
      const first = cold<UpdatesDifference>('(d|)', { d: difference(100) })
      const second = cold<UpdatesDifference>('--d|')
      const source = hot<Piece>('-b 100ms a', { b: pieces([news(102)]), a: pieces([news(101)]) })
      const result = source.pipe(healGaps({ from, difference: answering(first, second), clock, random }), say)
      expectObservable(result, '^ 900ms !').toBe('e 101ms (ab)', { e: '@100', a: 'n101@101', b: 'n102@102' })
      expectSubscriptions(second.subscriptions).toBe([])
    }),
  )

  it(
    'asks again after a failure, and tells of it',
    marbles(({ hot, cold, clock, note, expectNotes, expectObservable, expectSubscriptions }) => {
      const failing = cold<UpdatesState>('-#', {}, new Error('cut'))
      const answered = cold<UpdatesState>('-s|', { s: state(7) })
      const options: HealGapsOptions = {
        from: undefined,
        difference: answering(failing, answered),
        clock,
        random,
        syncing: (isSyncing) => note(isSyncing ? 'behind' : 'level'),
        fault: (error) => note(error instanceof Error ? error.message : ''),
      }
      expectObservable(hot<Piece>('-').pipe(healGaps(options), say), '^ 2s !').toBe('1002ms s', { s: '@7' })
      expectSubscriptions(failing.subscriptions).toBe('^!')
      expectSubscriptions(answered.subscriptions).toBe('1001ms ^-!')
      expectNotes(['0 behind', '1 cut', '1002 level'])
    }),
  )

  it(
    'cancels the question when nobody listens any more',
    marbles(({ hot, cold, clock, expectObservable, expectSubscriptions }) => {
      const question = cold<UpdatesDifference>('-----d|')
      const result = hot<Piece>('-').pipe(healGaps({ from, difference: answering(question), clock, random }), say)
      expectObservable(result, '^-!').toBe('-')
      expectSubscriptions(question.subscriptions).toBe('^-!')
    }),
  )

  it(
    'errors with its source alone',
    marbles(({ hot, cold, clock, expectObservable }) => {
      const question = cold<UpdatesDifference>('-----d|')
      const result = hot<Piece>('-#').pipe(healGaps({ from, difference: answering(question), clock, random }), say)
      expectObservable(result).toBe('-#')
    }),
  )
})
