import { expect } from 'chai'
import { timer } from 'rxjs'
import type { SessionTrace } from '../../../lib/core/trace.ts'
import { type Watch, watch } from '../../../lib/runtime/session/watch.ts'
import { marbles } from '../../support/marbles.ts'

const call = (step: 'sent' | 'answered', id = 1): SessionTrace => ({ _: 'call', step, call: id })

describe('runtime/session/watch', () => {
  it(
    'asks for traces from the first observer to the last',
    marbles(({ clock, note, expectNotes, expectObservable }) => {
      const watched = watch({ clock, observe: (on) => note(on ? 'on' : 'off'), open: () => [] })
      expectObservable(watched.trace$, '-^----!').toBe('-')
      expectObservable(watched.trace$, '---^-----!').toBe('-')
      expectObservable(watched.trace$, '------------^-!').toBe('-')
      expectNotes(['1 on', '9 off', '12 on', '14 off'])
    }),
  )

  it(
    'adds the name of the method, and at the end how long it took',
    marbles(({ clock, expectObservable }) => {
      const watched: Watch = watch({ clock, observe: () => {}, open: () => [[7, 'test.early']] })
      const at = (frame: number, work: () => void) => timer(frame).subscribe({ next: work, error: expect.fail })
      at(1, () => watched.begin(1, 'test.echo'))
      at(3, () => watched.tell(call('sent')))
      at(5, () => watched.tell(call('answered')))
      at(6, () => watched.tell(call('answered', 7)))
      at(7, () => watched.tell(call('answered', 8)))
      at(8, () => watched.tell({ _: 'ping', rtt: 1 }))
      at(9, () => watched.close())
      const method = 'test.echo'
      expectObservable(watched.trace$).toBe('---s-abcp|', {
        s: { ...call('sent'), method },
        a: { ...call('answered'), method, took: 4 },
        b: { ...call('answered', 7), method: 'test.early' },
        c: call('answered', 8),
        p: { _: 'ping', rtt: 1 },
      })
    }),
  )

  it(
    'notes nothing while nobody watches, and asks for nothing when it is over',
    marbles(({ clock, note, expectNotes, expectObservable, finally: last }) => {
      let looks = 0
      const counted = { ...clock, elapsed: () => looks++ }
      const watched = watch({ clock: counted, observe: (on) => note(on ? 'on' : 'off'), open: () => [] })
      watched.begin(1, 'test.echo')
      watched.tell(call('answered'))
      watched.close()
      expectObservable(watched.trace$).toBe('|')
      expectNotes([])
      last(() => expect(looks).to.equal(0))
    }),
  )
})
