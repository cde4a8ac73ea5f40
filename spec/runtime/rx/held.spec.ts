import { NEVER, of } from 'rxjs'
import { held } from '../../../lib/runtime/rx/held.ts'
import { marbles } from '../../support/marbles.ts'

describe('runtime/rx held', () => {
  it(
    'opens with the first use, and closes with the last',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('--R')
      const { use } = held(source)
      expectObservable(use(() => cold('-a|'))).toBe('---a|')
      expectObservable(
        use(() => cold('---b|')),
        '---^',
      ).toBe('------b|')
      expectObservable(
        use(() => of('c')),
        '---------^',
      ).toBe('-----------(c|)')
      expectSubscriptions(source.subscriptions).toBe(['^------!', '---------^-!'])
    }),
  )

  it(
    'errors every use with the resource, and opens anew for the next',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-R-#')
      const { use } = held(source)
      expectObservable(use(() => NEVER)).toBe('---#')
      expectObservable(
        use(() => NEVER),
        '--^',
      ).toBe('---#')
      expectObservable(
        use(() => of('a')),
        '-----^',
      ).toBe('------(a|)')
      expectSubscriptions(source.subscriptions).toBe(['^--!', '-----^!'])
    }),
  )

  it(
    'ends those who wait with a resource that never opens, and leaves the others alone when it completes',
    marbles(({ cold, expectObservable }) => {
      expectObservable(held(cold('-|')).use(() => of('a'))).toBe('-|')
      expectObservable(held(cold('-(R|)')).use(() => cold('--a|'))).toBe('---a|')
      expectObservable(held(cold('#')).use(() => of('a'))).toBe('#')
    }),
  )

  it(
    'forgets whoever leaves before it is open',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('---R')
      const inner = cold('a|')
      const { use } = held(source)
      expectObservable(
        use(() => inner),
        '^-!',
      ).toBe('')
      expectSubscriptions(source.subscriptions).toBe('^-!')
      expectSubscriptions(inner.subscriptions).toBe([])
    }),
  )
})
