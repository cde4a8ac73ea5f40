import { expect } from 'chai'
import { EMPTY, NEVER, of } from 'rxjs'
import type { ClientTrace, SessionTrace, TraceEvent } from '../../lib/core/trace.ts'
import { type LogLevel, type LogSink, logTo } from '../../lib/telegram/log-to.ts'
import type { Fault } from '../../lib/telegram/telegram.ts'
import { traceLine } from '../../lib/telegram/trace-line.ts'
import { marbles } from '../support/marbles.ts'

/** A log with `this` in it, as loggers have. */
class Book implements LogSink {
  readonly lines: string[] = []
  debug(line: string): void {
    this.lines.push(`debug ${line}`)
  }
  info(line: string): void {
    this.lines.push(`info ${line}`)
  }
  warn(line: string): void {
    this.lines.push(`warn ${line}`)
  }
  error(line: string): void {
    this.lines.push(`error ${line}`)
  }
}

const on = (event: SessionTrace): TraceEvent => ({ at: 0, dc: 1, lane: 'main', ...event })
const by = (event: ClientTrace): TraceEvent => ({ at: 0, ...event })
const ping = on({ _: 'ping', rtt: 3 })
const wait = by({ _: 'wait', method: 'a.b', why: 'FLOOD_WAIT', seconds: 3 })
const fault: Fault = { at: 'session', error: new TypeError('x') }

describe('telegram/log-to', () => {
  it(
    'writes as long as it is subscribed, and completes with the client',
    marbles(({ hot, expectObservable, expectSubscriptions, finally: last }) => {
      const trace$ = hot('p-w---p|', { p: ping, w: wait })
      const faults$ = hot('--f-f--|', { f: fault })
      const book = new Book()
      expectObservable(logTo({ trace$, faults$ }, book, { level: 'debug' }), '-^-----').toBe('-------|')
      expectSubscriptions(trace$.subscriptions).toBe('-^-----!')
      expectSubscriptions(faults$.subscriptions).toBe('-^-----!')
      last(() =>
        expect(book.lines).to.deep.equal([
          'warn a.b waits 3 s: FLOOD_WAIT',
          'error session: TypeError: x',
          'error session: TypeError: x',
          'debug dc 1 main: ping answered in 3 ms',
        ]),
      )
    }),
  )

  it(
    'leaves the client when it is unsubscribed, and errors with what the sink throws',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const trace$ = hot('-w-w-', { w: wait })
      const broken = new Book()
      broken.warn = () => {
        throw new Error('the disk is full')
      }
      const none = { trace$, faults$: NEVER }
      expectObservable(logTo(none, new Book()), '^-!').toBe('-')
      expectObservable(logTo(none, broken), '--^--').toBe('---#', undefined, new Error('the disk is full'))
      expectSubscriptions(trace$.subscriptions).toBe(['^-!', '--^!'])
    }),
  )

  it(
    'does not observe the trace for a log of errors alone',
    marbles(({ hot, expectObservable, expectSubscriptions, finally: last }) => {
      const trace$ = hot('-w-|', { w: wait })
      const book = new Book()
      expectObservable(logTo({ trace$, faults$: hot('-f-|', { f: fault }) }, book, { level: 'error' })).toBe('---|')
      expectSubscriptions(trace$.subscriptions).toBe([])
      last(() => expect(book.lines).to.deep.equal(['error session: TypeError: x']))
    }),
  )

  const call = (step: 'sent' | 'answered' | 'refused' | 'failed') => on({ _: 'call', step, call: 1 })
  const levels: readonly (readonly [TraceEvent, LogLevel])[] = [
    [on({ _: 'link', link: 1, state: 'open' }), 'info'],
    [on({ _: 'link', link: 1, state: 'closed' }), 'info'],
    [on({ _: 'link', link: 1, state: 'closed', reason: 'reset' }), 'warn'],
    [call('sent'), 'debug'],
    [call('answered'), 'debug'],
    [call('refused'), 'info'],
    [call('failed'), 'warn'],
    [on({ _: 'key', what: 'made', temporary: false }), 'info'],
    [on({ _: 'key', what: 'lost', temporary: false }), 'warn'],
    [on({ _: 'salt', what: 'rotated', known: 2 }), 'debug'],
    [on({ _: 'clock', offset: 1 }), 'debug'],
    [ping, 'debug'],
    [wait, 'warn'],
    [by({ _: 'wait', method: 'a.b', why: 'pace', seconds: 0.1 }), 'debug'],
    [by({ _: 'retry', method: 'a.b', error: '500', seconds: 1 }), 'warn'],
    [by({ _: 'box', box: 'common', what: 'gap', waiting: 1 }), 'warn'],
    [by({ _: 'box', box: 'common', what: 'difference', waiting: 0 }), 'info'],
  ]
  const ranks: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']
  for (const [event, level] of levels)
    it(`takes ${traceLine(event)} for ${level}`, () => {
      for (const least of ranks) {
        const book = new Book()
        logTo({ trace$: of(event), faults$: EMPTY }, book, { level: least }).subscribe({ error: expect.fail })
        const isWritten = ranks.indexOf(level) >= ranks.indexOf(least)
        expect(book.lines).to.deep.equal(isWritten ? [`${level} ${traceLine(event)}`] : [])
      }
    })
})
