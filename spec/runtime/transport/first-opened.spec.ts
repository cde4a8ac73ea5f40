import { expect } from 'chai'
import { defer, NEVER, of } from 'rxjs'
import { TransportError } from '../../../lib/core/errors.ts'
import { firstOpened } from '../../../lib/runtime/transport/first-opened.ts'
import { marbles } from '../../support/marbles.ts'

const failed = (message: string) => new TransportError(message, 'unsent')

describe('runtime/transport firstOpened', () => {
  it(
    'begins all at once without a stagger, keeps the first, and leaves the others',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const a = cold('-----a---')
      const b = cold('---b--c--|')
      expectObservable(firstOpened([a, b])).toBe('---b--c--|')
      expectSubscriptions(a.subscriptions).toBe('^--!')
      expectSubscriptions(b.subscriptions).toBe('^--------!')
    }),
  )

  it(
    'begins the next after the delay, and no more once one has opened',
    marbles(({ cold, clock, expectObservable, expectSubscriptions }) => {
      const a = cold('-----------')
      const b = cold('   ----b---')
      const c = cold('         c-')
      expectObservable(firstOpened([a, b, c], { clock, delay: 5 })).toBe('---------b---')
      expectSubscriptions(a.subscriptions).toBe('^--------!')
      expectSubscriptions(b.subscriptions).toBe('-----^---')
      expectSubscriptions(c.subscriptions).toBe([])
    }),
  )

  it(
    'has the first win though later ones have begun',
    marbles(({ cold, clock, expectObservable, expectSubscriptions }) => {
      const a = cold('--------a--|')
      const b = cold('   ---------')
      expectObservable(firstOpened([a, b], { clock, delay: 5 })).toBe('--------a--|')
      expectSubscriptions(b.subscriptions).toBe('-----^--!')
    }),
  )

  it(
    'does not wait when one fails, and gives the next its own time',
    marbles(({ cold, clock, expectObservable, expectSubscriptions }) => {
      const a = cold('--#', undefined, failed('a'))
      const b = cold('  ---------')
      const c = cold('       -c-')
      expectObservable(firstOpened([a, b, c], { clock, delay: 5 })).toBe('--------c-')
      expectSubscriptions(a.subscriptions).toBe('^-!')
      expectSubscriptions(b.subscriptions).toBe('--^-----!')
      expectSubscriptions(c.subscriptions).toBe('-------^--')
    }),
  )

  it(
    'hurries only once for one that fails after the next has begun',
    marbles(({ cold, clock, expectObservable, expectSubscriptions }) => {
      const a = cold('-------#', undefined, failed('a'))
      const b = cold('-----------')
      const c = cold('-c')
      expectObservable(firstOpened([a, b, c], { clock, delay: 5 })).toBe('-----------c')
      expectSubscriptions(b.subscriptions).toBe('-----^-----!')
      expectSubscriptions(c.subscriptions).toBe('----------^')
    }),
  )

  it(
    'fails when all have failed, with all that they said once',
    marbles(({ cold, clock, expectObservable }) => {
      const sources = () => [
        cold('-#', undefined, failed('one')),
        cold('---#', undefined, failed('two')),
        cold('-#', undefined, failed('one')),
        cold('-|'),
      ]
      const told = failed('one; two; the connection ended before it was open')
      expectObservable(firstOpened(sources(), { clock, delay: 50 })).toBe('------#', undefined, told)
      const together = failed('one; the connection ended before it was open; two')
      expectObservable(firstOpened(sources())).toBe('---#', undefined, together)
    }),
  )

  it(
    'tells four failures, and how many there are more',
    marbles(({ cold, clock, expectObservable }) => {
      const sources = Array.from({ length: 7 }, (_, index) => cold<string>('#', undefined, failed(`n${index}`)))
      const told = failed('n0; n1; n2; n3; and 3 more')
      expectObservable(firstOpened(sources, { clock, delay: 50 })).toBe('#', undefined, told)
    }),
  )

  it(
    'passes on what the winner fails with later, and what the only one fails with',
    marbles(({ cold, clock, expectObservable }) => {
      expectObservable(firstOpened([cold('-a-#'), cold('--b')])).toBe('-a-#')
      expectObservable(firstOpened([cold('--'), cold('a-#')], { clock, delay: 3 })).toBe('---a-#')
      expectObservable(firstOpened([cold('-#')], { clock, delay: 3 })).toBe('-#')
    }),
  )

  it(
    'leaves all when left, and begins no more',
    marbles(({ cold, clock, expectObservable, expectSubscriptions }) => {
      const [a, b, c] = [cold('------'), cold('------'), cold('-----')]
      expectObservable(firstOpened([a, b, c], { clock, delay: 3 }), '^---!').toBe('-----')
      expectSubscriptions(a.subscriptions).toBe('^---!')
      expectSubscriptions(b.subscriptions).toBe('---^!')
      expectSubscriptions(c.subscriptions).toBe([])
    }),
  )

  it(
    'is a new race for each subscription',
    marbles(({ cold, hot, clock, expectObservable }) => {
      const winner = firstOpened([cold('-#', undefined, failed('a')), cold('-b')], { clock, delay: 3 })
      expectObservable(winner).toBe('--b')
      expectObservable(winner, '----^').toBe('------b')
      expectObservable(firstOpened([hot('a'), hot('b')]), '-^').toBe('-')
    }),
  )

  it(
    'fails with no source at all',
    marbles(({ expectObservable }) => {
      expectObservable(firstOpened([])).toBe('#', undefined, failed('expected an address to connect to, got none'))
    }),
  )

  it('takes the first that opens at once, and never begins the others', () => {
    const clock = { now: () => 0, elapsed: () => 0, after: () => NEVER }
    for (const stagger of [undefined, { clock, delay: 5 }]) {
      const begun: number[] = []
      const opening = (name: number) =>
        defer(() => {
          begun.push(name)
          return of(name)
        })
      const got: number[] = []
      firstOpened([opening(1), opening(2)], stagger).subscribe({ next: (name) => got.push(name), error: expect.fail })
      expect(begun).to.deep.equal([1])
      expect(got).to.deep.equal([1])
    }
  })
})
