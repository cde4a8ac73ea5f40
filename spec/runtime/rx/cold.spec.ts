import { interval, map, take } from 'rxjs'
import { cold } from '../../../lib/runtime/rx/cold.ts'
import { marbles } from '../../support/marbles.ts'

describe('runtime/rx cold', () => {
  it(
    'runs its producer once for each subscription, and its teardown once',
    marbles(({ expectObservable, note, expectNotes }) => {
      const source = cold<string>((subscriber) => {
        note('run')
        subscriber.add(() => note('teardown'))
        return interval(2)
          .pipe(
            take(3),
            map((n) => 'abc'[n]!),
          )
          .subscribe(subscriber)
      })
      expectObservable(source, '^----!').toBe('--a-b')
      expectObservable(source, '---^').toBe('-----a-b-(c|)')
      expectNotes(['0 run', '3 run', '5 teardown', '9 teardown'])
    }),
  )

  it(
    'errors when its producer throws',
    marbles(({ expectObservable }) => {
      const bug = new Error('bug')
      const source = cold(() => {
        throw bug
      })
      expectObservable(source).toBe('#', {}, bug)
    }),
  )
})
