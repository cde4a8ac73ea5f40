import type { Observable } from 'rxjs'
import { follow } from '../../../lib/runtime/rx/follow.ts'
import { machine } from '../../../lib/runtime/rx/machine.ts'
import { marbles, seededRandom } from '../../support/marbles.ts'

type Event =
  | { readonly _: 'go' }
  | { readonly _: 'got'; readonly value: string }
  | { readonly _: 'done' }
  | { readonly _: 'failed' }
type Effect = { readonly _: 'emit'; readonly value: string } | { readonly _: 'work' }

/** A machine that orders `work` and emits the names of what comes of it. */
const working = (work: Observable<string>, clock: Parameters<typeof machine>[2]['clock']) =>
  machine<Event, Effect>(
    () => ({
      step: (event) =>
        event._ === 'go' ? [{ _: 'work' }] : [{ _: 'emit', value: event._ === 'got' ? event.value : event._ }],
    }),
    (_, tools) =>
      void follow(tools, work, {
        next: (value): Event | undefined => (value === 'x' ? undefined : { _: 'got', value }),
        complete: (): Event => ({ _: 'done' }),
        error: (): Event => ({ _: 'failed' }),
      }),
    { clock, random: seededRandom() },
  )
const go: Event = { _: 'go' }

describe('runtime/rx/follow', () => {
  it(
    'makes events of what a source gives, and of its end',
    marbles(({ hot, cold, clock, expectObservable, expectSubscriptions }) => {
      const work = cold('-ax-b|')
      const result = hot('--g', { g: go }).pipe(working(work, clock))
      expectObservable(result, '^--------!').toBe('---a--bd', { a: 'a', b: 'b', d: 'done' })
      expectSubscriptions(work.subscriptions).toBe('--^----!')
    }),
  )

  it(
    'makes an event of its error',
    marbles(({ hot, cold, clock, expectObservable }) => {
      expectObservable(hot('g', { g: go }).pipe(working(cold('-#'), clock)), '^--!').toBe('-f', { f: 'failed' })
    }),
  )

  it(
    'ends it with the machine',
    marbles(({ hot, cold, clock, expectObservable, expectSubscriptions }) => {
      const work = cold('----a')
      expectObservable(hot('-g', { g: go }).pipe(working(work, clock)), '^--!').toBe('-')
      expectSubscriptions(work.subscriptions).toBe('-^-!')
    }),
  )
})
