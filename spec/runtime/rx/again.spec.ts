import { expect } from 'chai'
import { EMPTY, of, throwError } from 'rxjs'
import { again } from '../../../lib/runtime/rx/again.ts'
import { marbles } from '../../support/marbles.ts'

describe('runtime/rx again', () => {
  it(
    'repeats after the delay, as often as it is told to',
    marbles(({ cold, expectObservable, expectSubscriptions, finally: later }) => {
      const source = cold('-a-#')
      const delay = cold('--d-d')
      const counts: number[] = []
      const repeated = source.pipe(
        again((error, count) => {
          counts.push(count)
          return count < 3 ? delay : throwError(() => error)
        }),
      )
      expectObservable(repeated).toBe('-a----a----a-#')
      expectSubscriptions(source.subscriptions).toBe(['^--!', '-----^--!', '----------^--!'])
      expectSubscriptions(delay.subscriptions).toBe(['---^-!', '--------^-!'])
      later(() => expect(counts).to.deep.equal([1, 2, 3]))
    }),
  )

  it(
    'costs what succeeds nothing, and passes its end on',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a-b|')
      expectObservable(source.pipe(again(() => EMPTY))).toBe('-a-b|')
      expectSubscriptions(source.subscriptions).toBe('^---!')
    }),
  )

  it(
    'ends as its delay ends',
    marbles(({ cold, expectObservable }) => {
      const broken = new Error('another')
      expectObservable(cold('-#').pipe(again(() => cold('-|')))).toBe('--|')
      expectObservable(cold('-#').pipe(again(() => cold('-#', {}, broken)))).toBe('--#', {}, broken)
      const thrower = () => {
        throw broken
      }
      expectObservable(cold('-#').pipe(again(thrower))).toBe('-#', {}, broken)
    }),
  )

  it(
    'leaves whichever runs when it is left',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-#')
      const delay = cold('---d')
      expectObservable(source.pipe(again(() => delay)), '^-!').toBe('')
      expectObservable(source.pipe(again(() => delay)), '^!').toBe('')
      expectSubscriptions(delay.subscriptions).toBe('-^!')
    }),
  )

  it('repeats what fails at once', () => {
    const got: unknown[] = []
    let runs = 0
    throwError(() => ++runs)
      .pipe(again((_error, count) => (count < 4 ? of(undefined) : of())))
      .subscribe({ error: (error) => got.push(error), complete: () => got.push('complete') })
    expect(got).to.deep.equal(['complete'])
    expect(runs).to.equal(4)
  })
})
