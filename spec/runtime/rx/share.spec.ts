import { latest, lingering, replayed, started } from '../../../lib/runtime/rx/share.ts'
import { marbles } from '../../support/marbles.ts'

describe('runtime/rx share', () => {
  describe('replayed', () => {
    it(
      'runs once and keeps its value after completion',
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold('---a|')
        const shared = source.pipe(replayed())
        expectObservable(shared).toBe('---a|')
        expectObservable(shared, '-^').toBe('---a|')
        expectObservable(shared, '------^').toBe('------(a|)')
        expectSubscriptions(source.subscriptions).toBe('^---!')
      }),
    )

    it(
      'ends with the last to leave, and starts again',
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold('---a|')
        const shared = source.pipe(replayed())
        expectObservable(shared, '^-!').toBe('')
        expectObservable(shared, '----^').toBe('-------a|')
        expectSubscriptions(source.subscriptions).toBe(['^-!', '----^---!'])
      }),
    )

    it(
      'starts again after an error',
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold('--#')
        const shared = source.pipe(replayed())
        expectObservable(shared).toBe('--#')
        expectObservable(shared, '----^').toBe('------#')
        expectSubscriptions(source.subscriptions).toBe(['^-!', '----^-!'])
      }),
    )
  })

  describe('started', () => {
    it(
      'runs at once, watched or not',
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold('---a|')
        const run = source.pipe(started())
        expectObservable(run, '-^!').toBe('')
        expectObservable(run, '------^').toBe('------(a|)')
        expectSubscriptions(source.subscriptions).toBe('^---!')
      }),
    )

    it(
      'keeps an error for whoever asks later, and breaks nothing when nobody does',
      marbles(({ cold, expectObservable }) => {
        cold('-#').pipe(started())
        expectObservable(cold('-#').pipe(started()), '---^').toBe('---#')
      }),
    )
  })

  describe('lingering', () => {
    it(
      'stays open for a while, for those who come back',
      marbles(({ cold, clock, expectObservable, expectSubscriptions }) => {
        const source = cold('-a-----------')
        const shared = source.pipe(lingering(5, clock))
        expectObservable(shared, '^--!').toBe('-a')
        expectObservable(shared, '-----^-!').toBe('-----a')
        expectSubscriptions(source.subscriptions).toBe('^-----------!')
      }),
    )

    it(
      'opens anew for those who come too late',
      marbles(({ cold, clock, expectObservable, expectSubscriptions }) => {
        const source = cold('-a-----------')
        const shared = source.pipe(lingering(2, clock))
        expectObservable(shared, '^--!').toBe('-a')
        expectObservable(shared, '--------^-!').toBe('---------a')
        expectSubscriptions(source.subscriptions).toBe(['^----!', '--------^---!'])
      }),
    )

    it(
      'opens anew after completion and after an error, and leaves no timer then',
      marbles(({ cold, clock, note, expectNotes, expectObservable, expectSubscriptions }) => {
        const ended = cold('-a|')
        const broken = cold('-a#')
        const timed = {
          ...clock,
          after(delay: number) {
            note(`timer of ${delay}`)
            return clock.after(delay)
          },
        }
        const sharedEnd = ended.pipe(lingering(50, timed))
        const sharedError = broken.pipe(lingering(50, timed))
        expectNotes([])
        expectObservable(sharedEnd).toBe('-a|')
        expectObservable(sharedEnd, '----^').toBe('-----a|')
        expectObservable(sharedError).toBe('-a#')
        expectObservable(sharedError, '----^').toBe('-----a#')
        expectSubscriptions(ended.subscriptions).toBe(['^-!', '----^-!'])
        expectSubscriptions(broken.subscriptions).toBe(['^-!', '----^-!'])
      }),
    )
  })

  describe('latest', () => {
    it(
      'gives the newest value at once, and never a stale one',
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold('a---b---c--')
        const shared = source.pipe(latest())
        expectObservable(shared, '^--------!').toBe('a---b---c')
        expectObservable(shared, '------^--!').toBe('------b-c')
        expectObservable(shared, '------------^-!').toBe('------------a')
        expectSubscriptions(source.subscriptions).toBe(['^--------!', '------------^-!'])
      }),
    )

    it(
      'starts again after completion',
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold('a-|')
        const shared = source.pipe(latest())
        expectObservable(shared).toBe('a-|')
        expectObservable(shared, '----^').toBe('----a-|')
        expectSubscriptions(source.subscriptions).toBe(['^-!', '----^-!'])
      }),
    )
  })
})
