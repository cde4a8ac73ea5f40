import { expect } from 'chai'
import { EMPTY, NEVER, Observable, of, range, Subject } from 'rxjs'
import { systemClock } from '../../../lib/runtime/rx/clock.ts'
import { type EmitEffect, machine, type Stepper } from '../../../lib/runtime/rx/machine.ts'
import { marbles } from '../../support/marbles.ts'
import { type Effect, type Event, emit, ignore, letters, order, random, table } from './table-machine.ts'

describe('runtime/rx machine', () => {
  it(
    'steps once for each event and emits what the machine orders',
    marbles(({ hot, clock, expectObservable, expectSubscriptions }) => {
      const source = hot('-a-b--c-|', letters)
      const create = table({ a: () => [emit('x'), emit('y')], b: () => [], c: () => [emit('z')] })
      expectObservable(source.pipe(machine(create, ignore, { clock, random }))).toBe('-(xy)-z-|')
      expectSubscriptions(source.subscriptions).toBe('^-------!')
    }),
  )

  it(
    'unsubscribes from its source with its subscriber',
    marbles(({ hot, clock, expectObservable, expectSubscriptions }) => {
      const source = hot('-a-a-a-a-', letters)
      const create = table({ a: () => [emit('x')] })
      expectObservable(source.pipe(machine(create, ignore, { clock, random })), '^---!').toBe('-x-x')
      expectSubscriptions(source.subscriptions).toBe('^---!')
    }),
  )

  it(
    'makes a new machine for each subscription',
    marbles(({ cold, clock, expectObservable }) => {
      const create = (): Stepper<Event, Effect> => {
        let count = 0
        return { step: () => [emit(String(++count))] }
      }
      const counted = cold('a-a-|', letters).pipe(machine(create, ignore, { clock, random }))
      expectObservable(counted).toBe('1-2-|')
      expectObservable(counted, '---^').toBe('---1-2-|')
    }),
  )

  it(
    'gives the orders of the beginning before the first event, even of a source that is synchronous',
    marbles(({ clock, expectObservable }) => {
      const create = table({ a: () => [emit('x')] }, [emit('0')])
      expectObservable(of({ _: 'a' }).pipe(machine(create, ignore, { clock, random }))).toBe('(0x|)')
    }),
  )

  it(
    'passes on the error of its source, after what is in hand',
    marbles(({ cold, clock, expectObservable }) => {
      const create = table({ a: () => [emit('x')] })
      expectObservable(cold('(a#)', letters).pipe(machine(create, ignore, { clock, random }))).toBe('(x#)')
    }),
  )

  describe('the mailbox', () => {
    it(
      'handles an event that comes within an event afterwards',
      marbles(({ hot, clock, note, expectNotes, expectObservable }) => {
        const create = table({ a: () => [order('a1'), order('dispatch'), order('a2')], b: () => [order('b')] })
        expectObservable(
          hot('-a-', letters).pipe(
            machine(
              create,
              (effect, { dispatch }) => {
                note(effect.what)
                if (effect.what === 'dispatch') dispatch({ _: 'b' })
              },
              { clock, random },
            ),
          ),
          '^--!',
        ).toBe('')
        expectNotes(['1 a1', '1 dispatch', '1 a2', '1 b'])
      }),
    )

    it('handles an event that a subscriber sends back afterwards', () => {
      const source = new Subject<Event>()
      const create = table({ a: () => [emit('a1'), emit('a2')], b: () => [emit('b')] })
      const seen: string[] = []
      const running = source.pipe(machine(create, ignore, { clock: systemClock, random })).subscribe({
        next: (value) => {
          seen.push(value)
          if (value === 'a1') source.next({ _: 'b' })
        },
        error: expect.fail,
      })
      source.next({ _: 'a' })
      running.unsubscribe()
      expect(seen).to.deep.equal(['a1', 'a2', 'b'])
    })

    it('handles events that begin dispatches before those of a synchronous source', () => {
      const create = table({ a: () => [emit('a')], b: () => [emit('b')] }, [order('dispatch')])
      const seen: string[] = []
      of({ _: 'a' })
        .pipe(machine(create, (_, { dispatch }) => dispatch({ _: 'b' }), { clock: systemClock, random }))
        .subscribe({ next: (value) => seen.push(value), error: expect.fail })
      // The source was there first: order is the order of arrival.
      expect(seen).to.deep.equal(['a', 'b'])
    })

    it('stands 10,000 events, each sent from within the one before', () => {
      const create = (): Stepper<Event, Effect> => {
        let count = 0
        return { step: () => (++count < 10_000 ? [order('again')] : [emit(String(count))]) }
      }
      const seen: string[] = []
      of({ _: 'a' })
        .pipe(machine(create, (_, { dispatch }) => dispatch({ _: 'a' }), { clock: systemClock, random }))
        .subscribe({ next: (value) => seen.push(value), error: expect.fail })
      expect(seen).to.deep.equal(['10000'])
    })

    it('stands 100,000 events at once and keeps their order', () => {
      const create = (): Stepper<{ _: string; n: number }, EmitEffect<number>> => ({
        step: ({ n }) => [{ _: 'emit', value: n }],
      })
      let sum = 0
      let last = -1
      new Observable<{ _: string; n: number }>((subscriber) => {
        range(0, 100_000).subscribe((n) => subscriber.next({ _: 'a', n }))
        subscriber.complete()
      })
        .pipe(machine(create, ignore, { clock: systemClock, random }))
        .subscribe({
          next: (n) => {
            expect(n).to.equal(last + 1)
            last = n
            sum++
          },
          error: expect.fail,
        })
      expect(sum).to.equal(100_000)
    })

    it('errors when the machine feeds itself without end', () => {
      const create = (): Stepper<Event, Effect> => ({ step: () => [order('twice')] })
      let caught: Error | undefined
      of({ _: 'a' })
        .pipe(
          machine(
            create,
            (_, { dispatch }) => {
              dispatch({ _: 'a' })
              dispatch({ _: 'a' })
            },
            { clock: systemClock, random },
          ),
        )
        .subscribe({ error: (error: Error) => (caught = error) })
      expect(caught?.message).to.equal('a machine must not feed itself without end, but did with a')
    })

    it('takes nothing after the end', () => {
      let send: (event: Event) => void = ignore
      const steps: string[] = []
      const create = (): Stepper<Event, Effect> => ({
        step: (event) => {
          steps.push(event._)
          return event._ === 'a' ? [order('keep'), order('end'), order('late')] : []
        },
      })
      const performed: string[] = []
      of({ _: 'a' }, { _: 'b' })
        .pipe(
          machine(
            create,
            (effect, tools) => {
              performed.push(effect.what)
              if (effect.what === 'keep') send = tools.dispatch
              if (effect.what === 'end') tools.complete()
            },
            { clock: systemClock, random },
          ),
        )
        .subscribe({ error: expect.fail })
      send({ _: 'c' })
      expect(steps).to.deep.equal(['a'])
      expect(performed).to.deep.equal(['keep', 'end'])
    })
  })

  describe('perform', () => {
    it(
      'comes before all timers of the same step, which keep their order',
      marbles(({ hot, clock, expectObservable, finally: last }) => {
        const done: string[] = []
        const noted = {
          ...clock,
          after(delay: number) {
            done.push(`timer ${delay}`)
            return clock.after(delay)
          },
        }
        const at = (key: string, delay: number, now: number): Effect => ({ _: 'timer', key, at: now + delay })
        const create = table({
          a: (_, now) => [at('x', 3, now), order('work'), { _: 'untimer', key: 'x' }, at('y', 2, now), emit('e')],
          x: () => [emit('x')],
          y: () => [emit('y')],
        })
        const machined = hot('a----|', letters).pipe(
          machine(create, (effect) => void done.push(effect.what), { clock: noted, random }),
        )
        expectObservable(machined).toBe('e-y--|')
        last(() => expect(done).to.deep.equal(['work', 'timer 3', 'timer 2']))
      }),
    )

    it(
      'gets what is neither a timer nor a value, and may emit and end',
      marbles(({ hot, clock, expectObservable, expectSubscriptions }) => {
        const create = table({ a: () => [order('x')], b: () => [order('end')] })
        const source = hot('-a-b-', letters)
        expectObservable(
          source.pipe(
            machine(create, (effect, tools) => (effect.what === 'end' ? tools.complete() : tools.emit(effect.what)), {
              clock,
              random,
            }),
          ),
        ).toBe('-x-|')
        expectSubscriptions(source.subscriptions).toBe('^--!')
      }),
    )

    it(
      'may own work, which ends with the machine',
      marbles(({ hot, cold, clock, expectObservable, expectSubscriptions }) => {
        const create = table({ a: () => [order('work')] })
        const source = hot('-a-----', letters)
        const work = cold('--d-----')
        expectObservable(
          source.pipe(
            machine(
              create,
              (_, { own, dispatch }) =>
                void own(work.subscribe({ next: () => dispatch({ _: 'd' }), error: expect.fail })),
              { clock, random },
            ),
          ),
          '^-----!',
        ).toBe('')
        expectSubscriptions(work.subscriptions).toBe('-^----!')
      }),
    )

    it(
      'may end owned work sooner',
      marbles(({ hot, cold, clock, expectObservable, expectSubscriptions }) => {
        const create = table({ a: () => [order('work')], b: () => [order('stop')] })
        const source = hot('-a-b---', letters)
        const work = cold('--------')
        let handle: { unsubscribe(): void } | undefined
        expectObservable(
          source.pipe(
            machine(
              create,
              (effect, { own }) => {
                if (effect.what === 'work') handle = own(work.subscribe({ error: expect.fail }))
                else handle?.unsubscribe()
              },
              { clock, random },
            ),
          ),
          '^-----!',
        ).toBe('')
        expectSubscriptions(work.subscriptions).toBe('-^-!')
      }),
    )
  })

  describe('a machine that throws', () => {
    const bug = () => {
      throw new Error('bug')
    }
    const errorOf = (source: Observable<unknown>) => {
      let caught: unknown
      source.subscribe({ error: (error: unknown) => (caught = error) })
      return caught as Error
    }
    const ambient = { clock: systemClock, random }

    it('errors the stream and names the event', () => {
      const error = errorOf(of({ _: 'a' }).pipe(machine(table({ a: bug }), ignore, ambient)))
      expect(error.message).to.equal('a machine must not throw, but did at event a: bug')
      expect((error.cause as Error).message).to.equal('bug')
    })

    it('so does a throw in perform', () => {
      const error = errorOf(of({ _: 'a' }).pipe(machine(table({ a: () => [order('x')] }), bug, ambient)))
      expect(error.message).to.equal('a machine must not throw, but did at event a: bug')
    })

    it('so does a throw in its making, and then the source is left alone', () => {
      let subscribed = false
      const source = new Observable<Event>(() => {
        subscribed = true
      })
      expect(errorOf(source.pipe(machine(bug, ignore, ambient))).message).to.contain('at its making: bug')
      expect(subscribed).to.equal(false)
    })

    it('so does a throw in the first orders', () => {
      const create = table({}, [order('x')])
      expect(errorOf(NEVER.pipe(machine(create, bug, ambient))).message).to.contain('at its first orders: bug')
    })

    it('leaves other subscriptions alone', () => {
      const create = (): Stepper<Event, Effect> => {
        let count = 0
        return { step: (event) => (event._ === 'b' && ++count === 1 ? bug() : [emit(event._)]) }
      }
      const piped = (source: Observable<Event>) => source.pipe(machine(create, ignore, ambient))
      expect(errorOf(piped(of({ _: 'b' }))).message).to.contain('bug')
      expect(errorOf(piped(of({ _: 'a' })))).to.equal(undefined)
      expect(errorOf(piped(EMPTY))).to.equal(undefined)
    })
  })
})
