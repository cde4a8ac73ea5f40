import { expect } from 'chai'
import { concat, NEVER, type Observable, of } from 'rxjs'
import type { Invoker } from '../../../lib/core/invoker.ts'
import { type LaneKind, pool } from '../../../lib/runtime/dc/pool.ts'
import { marbles } from '../../support/marbles.ts'
import { request } from '../rpc/calls.ts'

/** A lane that gives every call the same answer. */
const answering = (answer: Observable<unknown>): Invoker => ({
  invoke: <Result>() => answer as Observable<Result>,
})

describe('runtime/dc/pool', () => {
  it(
    'opens a lane with its first call, keeps it for a while after the last',
    marbles(({ cold, clock, expectObservable, expectSubscriptions }) => {
      const lane = cold('o', { o: answering(cold('--(a|)')) })
      const lanes = pool(() => lane, { clock, linger: 10 })
      expectObservable(lanes.invoke(request('x'), 2, 'main'), '-^').toBe('---(a|)')
      expectObservable(lanes.invoke(request('x'), 2, 'main'), '-----^').toBe('-------(a|)')
      expectSubscriptions(lane.subscriptions).toBe('-^---------------!')
    }),
  )

  it(
    'opens it again after that',
    marbles(({ cold, clock, expectObservable, expectSubscriptions }) => {
      const lane = cold('o', { o: answering(cold('(a|)')) })
      const lanes = pool(() => lane, { clock, linger: 3 })
      expectObservable(lanes.invoke(request('x'), 2, 'main'), '^').toBe('(a|)')
      expectObservable(lanes.invoke(request('x'), 2, 'main'), '------^').toBe('------(a|)')
      expectSubscriptions(lane.subscriptions).toBe(['^--!', '------^--!'])
    }),
  )

  it(
    'has one for each data centre and purpose',
    marbles(({ clock, expectObservable, finally: later }) => {
      const opened: string[] = []
      const connect = (dc: number, kind: LaneKind) => {
        opened.push(`${dc} ${kind}`)
        return concat(of(answering(of('a'))), NEVER)
      }
      const lanes = pool(connect, { clock })
      for (const [dc, kind] of [
        [2, 'main'],
        [2, 'side'],
        [4, 'side'],
        [2, 'main'],
      ] as const)
        expectObservable(lanes.invoke(request('x'), dc, kind)).toBe('(a|)')
      later(() => expect(opened).to.deep.equal(['2 main', '2 side', '4 side']))
    }),
  )

  it(
    'holds the lane open while a call lives, and cancels the call with its caller',
    marbles(({ cold, clock, expectObservable, expectSubscriptions }) => {
      const call = cold('-')
      const lane = cold('o', { o: answering(call) })
      const lanes = pool(() => lane, { clock, linger: 2 })
      expectObservable(lanes.invoke(request('x'), 2, 'main'), '-^--------!').toBe('-')
      expectSubscriptions(call.subscriptions).toBe('-^--------!')
      expectSubscriptions(lane.subscriptions).toBe('-^----------!')
    }),
  )

  it(
    'ends calls with their lane, and opens another for the next',
    marbles(({ cold, clock, expectObservable, expectSubscriptions }) => {
      const broken = cold('o--#', { o: answering(NEVER) })
      const sound = cold('o', { o: answering(cold('-(a|)')) })
      const each = [broken, sound]
      const lanes = pool(() => each.shift()!, { clock, linger: 2 })
      expectObservable(lanes.invoke(request('x'), 2, 'main')).toBe('---#')
      expectObservable(lanes.invoke(request('x'), 2, 'main'), '-----^').toBe('------(a|)')
      expectSubscriptions(broken.subscriptions).toBe('^--!')
      expectSubscriptions(sound.subscriptions).toBe('-----^--!')
    }),
  )

  it(
    'gives the caller the error of opening',
    marbles(({ clock, expectObservable }) => {
      const error = new Error('no such place')
      const lanes = pool<Invoker>(
        () => {
          throw error
        },
        { clock },
      )
      expectObservable(lanes.invoke(request('x'), 9, 'side')).toBe('#', {}, error)
    }),
  )
})
