import { expect } from 'chai'
import fc from 'fast-check'
import {
  catchError,
  concat,
  defer,
  type MonoTypeOperatorFunction,
  NEVER,
  type Observable,
  of,
  retry,
  tap,
  throwError,
  timer,
} from 'rxjs'
import { again } from '../../../lib/runtime/rx/again.ts'
import { cold } from '../../../lib/runtime/rx/cold.ts'
import { noticed } from '../../../lib/runtime/rx/noticed.ts'
import { apart } from '../../../lib/runtime/rx/relay.ts'
import { rescued } from '../../../lib/runtime/rx/rescued.ts'
import { marbles } from '../../support/marbles.ts'

interface Operators {
  again(delay: Parameters<typeof again>[0]): MonoTypeOperatorFunction<number>
  rescued(rescue: Parameters<typeof rescued<number>>[0]): MonoTypeOperatorFunction<number>
  noticed(look: (value: number) => void): MonoTypeOperatorFunction<number>
}

const ours: Operators = { again, rescued, noticed }
const theirs: Operators = { again: (delay) => retry({ delay }), rescued: catchError, noticed: tap }

/** One operator around what is inside. */
type Around =
  | { readonly _: 'again'; readonly times: number; readonly wait: number; readonly end: 'error' | 'other' | 'throw' }
  | { readonly _: 'rescued'; readonly by: 'value' | 'error' | 'throw' | 'itself' }
  | { readonly _: 'noticed'; readonly throwsAt: number }
  /** Passes the subscriber on, as it is. */
  | { readonly _: 'defer' }

const around: fc.Arbitrary<Around> = fc.oneof(
  fc.record({
    _: fc.constant('again' as const),
    times: fc.nat(2),
    wait: fc.nat(2),
    end: fc.constantFrom('error' as const, 'other' as const, 'throw' as const),
  }),
  fc.record({
    _: fc.constant('rescued' as const),
    by: fc.constantFrom('value' as const, 'error' as const, 'throw' as const, 'itself' as const),
  }),
  fc.record({ _: fc.constant('noticed' as const), throwsAt: fc.integer({ min: 1, max: 9 }) }),
  fc.constant({ _: 'defer' as const }),
)

/** What each subscription to the source does: that many values, then an error or the end, after a wait or at once. */
const run = fc.record({ values: fc.nat(2), fails: fc.boolean(), wait: fc.nat(2) })

/** All that happens, with its time, by these operators. */
function history(
  { again, rescued, noticed }: Operators,
  layers: readonly Around[],
  runs: readonly { readonly values: number; readonly fails: boolean; readonly wait: number }[],
  leaveAt: number,
): readonly string[] {
  const log: string[] = []
  marbles(({ clock }) => {
    const say = (what: string): void => {
      log.push(`${clock.elapsed()} ${what}`)
    }
    let subscriptions = 0
    const source = defer(() => {
      const { values, fails, wait } = runs[Math.min(subscriptions++, runs.length - 1)]!
      say(`subscribed ${subscriptions}`)
      const all = Array.from({ length: values }, (_, at) => subscriptions * 10 + at)
      const end = fails ? throwError(() => new Error(`run ${subscriptions}`)) : of()
      return wait === 0
        ? concat(of(...all), end)
        : concat(
            timer(wait).pipe(() => of(...all)),
            timer(wait).pipe(() => end),
          )
    })
    const wrapped = (inside: Observable<number>, layer: Around, at: number): Observable<number> => {
      switch (layer._) {
        case 'again':
          return inside.pipe(
            again((error, count) => {
              say(`again ${at} ${(error as Error).message} ${count}`)
              if (count <= layer.times) return layer.wait === 0 ? of(0) : timer(layer.wait)
              if (layer.end === 'throw') throw new Error(`thrown ${at}`)
              return throwError(() => (layer.end === 'error' ? error : new Error(`other ${at}`)))
            }),
          )
        case 'rescued':
          return inside.pipe(
            rescued((error) => {
              say(`rescued ${at} ${(error as Error).message}`)
              if (layer.by === 'throw') throw new Error(`thrown ${at}`)
              if (layer.by === 'itself' && subscriptions < 6) return inside
              return layer.by === 'value' ? of(at) : throwError(() => new Error(`rescue ${at}`))
            }),
          )
        case 'noticed': {
          let seen = 0
          return inside.pipe(
            noticed((value) => {
              say(`noticed ${at} ${value}`)
              if (++seen === layer.throwsAt) throw new Error(`look ${at}`)
            }),
          )
        }
        case 'defer':
          return defer(() => inside)
      }
    }
    const whole = layers.reduce(wrapped, source)
    const subscription = whole.subscribe({
      next: (value) => say(`value ${value}`),
      error: (error) => say(`error ${(error as Error).message}`),
      complete: () => say('complete'),
    })
    timer(leaveAt).subscribe(() => subscription.unsubscribe())
  })()
  return log
}

describe('runtime/rx relay', () => {
  it('does with any operators in a row what those of RxJS do', () => {
    fc.assert(
      fc.property(
        fc.array(around, { minLength: 1, maxLength: 5 }),
        fc.array(run, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 30 }),
        (layers, runs, leaveAt) => {
          expect(history(ours, layers, runs, leaveAt)).to.deep.equal(history(theirs, layers, runs, leaveAt))
        },
      ),
      { numRuns: 300 },
    )
  })

  it(
    'is kept apart where one subscriber is given to several sources',
    marbles(({ cold: made, expectObservable }) => {
      const both = cold<string>((subscriber) => {
        made('-#')
          .pipe(rescued(() => of('x')))
          .subscribe(subscriber)
        NEVER.pipe(rescued(() => of('y'))).subscribe(subscriber)
      })
      expectObservable(
        both.pipe(
          apart(),
          noticed(() => undefined),
        ),
      ).toBe('-(x|)')
    }),
  )
})
