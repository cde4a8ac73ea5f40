import { expect } from 'chai'
import { Observable, Subject } from 'rxjs'
import type { FiredEvent } from '../../../lib/core/machine.ts'
import type { Clock } from '../../../lib/runtime/rx/clock.ts'
import { machine } from '../../../lib/runtime/rx/machine.ts'
import { marbles } from '../../support/marbles.ts'
import { type Event, emit, ignore, letters, order, random, table } from './table-machine.ts'

describe('runtime/rx machine: timers', () => {
  it(
    'fire at their time',
    marbles(({ hot, clock, expectObservable }) => {
      const create = table({
        a: (_, now) => [{ _: 'timer', key: 'later', at: now + 5 }],
        later: (event) => [emit(String((event as FiredEvent).late))],
      })
      expectObservable(hot('-a', letters).pipe(machine(create, ignore, { clock, random })), '^---------!').toBe(
        '------0',
      )
    }),
  )

  it(
    'of the same key replace each other',
    marbles(({ hot, clock, expectObservable }) => {
      const create = table({
        a: (_, now) => [{ _: 'timer', key: 'later', at: now + 5 }],
        later: () => [emit('x')],
      })
      expectObservable(hot('a--a', letters).pipe(machine(create, ignore, { clock, random })), '^-----------!').toBe(
        '--------x',
      )
    }),
  )

  it(
    'set to an earlier time replace the later one, and forgotten ones may be set again',
    marbles(({ hot, clock, expectObservable }) => {
      const create = table({
        a: (_, now) => [{ _: 'timer', key: 'later', at: now + 9 }],
        b: (_, now) => [{ _: 'timer', key: 'later', at: now + 2 }],
        c: (_, now) => [
          { _: 'untimer', key: 'later' },
          { _: 'timer', key: 'later', at: now + 8 },
        ],
        later: () => [emit('x')],
      })
      const run = (source: string) => hot(source, letters).pipe(machine(create, ignore, { clock, random }))
      expectObservable(run('a--b'), '^-------------!').toBe('-----x')
      expectObservable(run('a--c'), '^-------------!').toBe('-----------x')
    }),
  )

  it(
    'that are put off again and again are one timer of the platform, and none when the machine ends',
    marbles(({ hot, clock, expectObservable, finally: later }) => {
      const create = table({
        a: (_, now) => [{ _: 'timer', key: 'later', at: now + 5 }],
        later: (event) => [emit(String((event as FiredEvent).late))],
      })
      const ends: string[] = []
      let open = 0
      const counting: Clock = {
        ...clock,
        after: (delay) =>
          new Observable((subscriber) => {
            open++
            ends.push(`${clock.elapsed()} for ${delay}`)
            subscriber.add(() => open--)
            subscriber.add(clock.after(delay).subscribe(subscriber))
          }),
      }
      const source = hot('a-aaa---------a-', letters)
      expectObservable(source.pipe(machine(create, ignore, { clock: counting, random })), '^--------------!').toBe(
        '---------0',
      )
      later(() => {
        expect(ends).to.deep.equal(['0 for 5', '5 for 4', '14 for 5'])
        expect(open).to.equal(0)
      })
    }),
  )

  it(
    'are forgotten by untimer, and one that is not set may be forgotten too',
    marbles(({ hot, clock, expectObservable }) => {
      const create = table({
        a: (_, now) => [{ _: 'timer', key: 'later', at: now + 5 }],
        b: () => [{ _: 'untimer', key: 'later' }, { _: 'untimer', key: 'never set' }, emit('b')],
        later: () => [emit('x')],
      })
      expectObservable(hot('a--b', letters).pipe(machine(create, ignore, { clock, random })), '^---------!').toBe(
        '---b',
      )
    }),
  )

  it(
    'of a time that is past or now fire after the work in hand, not within it',
    marbles(({ hot, clock, note, expectNotes, expectObservable }) => {
      const create = table({
        a: (_, now) => [{ _: 'timer', key: 'at once', at: now - 3 }, order('first')],
        'at once': (event) => [order(`second, ${(event as FiredEvent).late} ms late`)],
      })
      const source = hot('-a---', letters)
      expectObservable(source.pipe(machine(create, (effect) => note(effect.what), { clock, random })), '^----!').toBe(
        '',
      )
      expectNotes(['1 first', '1 second, 3 ms late'])
    }),
  )

  it(
    'are cleared when unsubscribed',
    marbles(({ hot, clock, expectObservable, note, expectNotes }) => {
      const create = table({ a: (_, now) => [{ _: 'timer', key: 'later', at: now + 5 }], later: () => [order('x')] })
      const watched: Clock = {
        ...clock,
        after: (delay) =>
          new Observable((subscriber) => {
            const timer = clock.after(delay).subscribe(subscriber)
            return () => {
              if (!subscriber.closed) note('never')
              note('cleared')
              timer.unsubscribe()
            }
          }),
      }
      const source = hot('a', letters)
      expectObservable(source.pipe(machine(create, ignore, { clock: watched, random })), '^--!').toBe('')
      expectNotes(['3 cleared'])
    }),
  )

  it(
    'longer than the platform can time are timed in parts',
    marbles(({ hot, clock, expectObservable, note, expectNotes }) => {
      const days = 30 * 86_400_000
      const delays: number[] = []
      const watched: Clock = {
        ...clock,
        after: (delay) => {
          delays.push(delay)
          return clock.after(delay)
        },
      }
      const create = table({
        a: (_, now) => [{ _: 'timer', key: 'later', at: now + days }],
        later: () => [order('x')],
      })
      expectObservable(
        hot('a', letters).pipe(machine(create, (effect) => note(effect.what), { clock: watched, random })),
        `^ ${days + 1}ms !`,
      ).toBe('')
      expectNotes([`${days} x`])
    }),
  )

  it('tell how late they are', () => {
    let elapsed = 0
    const pulse = new Subject<void>()
    const slow: Clock = { now: () => 0, elapsed: () => elapsed, after: () => pulse }
    const create = table({
      a: () => [{ _: 'timer', key: 'later', at: 10 }],
      later: (event) => [emit(String((event as FiredEvent).late))],
    })
    const source = new Subject<Event>()
    const seen: string[] = []
    const running = source
      .pipe(machine(create, ignore, { clock: slow, random }))
      .subscribe({ next: (value) => seen.push(value), error: expect.fail })
    source.next({ _: 'a' })
    elapsed = 60_010
    pulse.next()
    running.unsubscribe()
    expect(seen).to.deep.equal(['60000'])
  })
})
