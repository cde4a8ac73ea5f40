import { expect } from 'chai'
import { merge, NEVER, of, switchMap, takeUntil, tap, timer } from 'rxjs'
import { getNearestDc } from '../../lib/api/help.ts'
import { createTraces } from '../../lib/client/traces.ts'
import type { SessionTrace, TraceEvent } from '../../lib/core/trace.ts'
import { refuse } from '../../lib/local-dc/refuse.ts'
import { pace } from '../../lib/runtime/rpc/pace.ts'
import { within } from '../../lib/runtime/rpc/within.ts'
import { newMessages } from '../../lib/telegram/messages/new-messages.ts'
import { sendText } from '../../lib/telegram/messages/send-text.ts'
import { marbles, VIRTUAL_BEGIN } from '../support/marbles.ts'
import { ANN, beside, check, failing, flow, person, steps } from '../telegram/flow.ts'

const nearest = { _: 'nearestDc', country: '', thisDc: 1, nearestDc: 1 } as const

/** The events of one kind. */
function of$<Kind extends TraceEvent['_']>(events: readonly TraceEvent[], kind: Kind) {
  return events.filter((event): event is Extract<TraceEvent, { _: Kind }> => event._ === kind)
}

/** The steps of the calls of one method. */
function stepsOf(events: readonly TraceEvent[], method: string): readonly string[] {
  return of$(events, 'call').flatMap((event) => (event.method === method ? [event.step] : []))
}

describe('client/traces', () => {
  it(
    'watches its sessions only while it is watched itself',
    marbles(({ cold: source, clock, expectSubscriptions, expectObservable }) => {
      const traces = createTraces(clock)
      const ping: SessionTrace = { _: 'ping', rtt: 3 }
      const session = { trace$: source<SessionTrace>('p', { p: ping }) }
      expectObservable(traces.from(session, 2, 'main'), '^--------!').toBe('-')
      const told = { p: { _: 'ping', rtt: 3, dc: 2, lane: 'main', at: VIRTUAL_BEGIN + 2 } }
      expectObservable(traces.trace$, '--^--!').toBe('--p', told)
      expectObservable(traces.trace$, '---^---!').toBe('-')
      expectSubscriptions(session.trace$.subscriptions).toBe('--^----!')
    }),
  )

  it(
    'makes nothing for nobody',
    marbles(({ clock }) => {
      let looks = 0
      const counted = { ...clock, now: () => looks++ }
      const traces = createTraces(counted)
      const tell = () => traces.tell({ _: 'wait', method: 'x', why: 'FLOOD_WAIT', seconds: 1 })
      tell()
      expect([traces.observed, looks]).to.deep.equal([false, 0])
      const seen = beside(traces.trace$)
      tell()
      seen.run.unsubscribe()
      tell()
      expect([traces.observed, looks, seen.values.length]).to.deep.equal([false, 1, 1])
    }),
  )

  it(
    'completes when it is closed, and is complete after',
    marbles(({ clock, expectObservable }) => {
      const traces = createTraces(clock)
      timer(2).subscribe({ next: () => traces.close(), error: expect.fail })
      expectObservable(traces.trace$).toBe('--|')
      expectObservable(traces.trace$, '---^').toBe('---|')
    }),
  )
})

describe('the trace of a client', () => {
  it(
    'tells the way of a call, with its name, its place and its time',
    flow(
      ({ client, clock }) => {
        const tg = client()
        const seen = beside(tg.trace$)
        return steps(
          getNearestDc(tg),
          clock.after(100),
          check(() => {
            expect(stepsOf(seen.values, 'help.getNearestDc')).to.deep.equal(['queued', 'sent', 'acked', 'answered'])
            const calls = of$(seen.values, 'call')
            expect(calls.every(({ dc, lane }) => dc === 1 && lane === 'main')).to.equal(true)
            const took = calls.find(({ step }) => step === 'answered')!.took!
            expect(took).to.be.within(50, 70)
            expect(seen.values.every(({ at }) => at >= VIRTUAL_BEGIN)).to.equal(true)
            expect(of$(seen.values, 'link')[0]).to.include({ link: 1, state: 'open' })
          }),
        )
      },
      { methods: { 'help.getNearestDc': () => timer(50).pipe(switchMap(() => of(nearest))) } },
    ),
  )

  it(
    'names also the calls that were under way before it was watched, and those that end without an answer',
    flow(
      ({ client, clock }) => {
        const tg = client()
        const early = beside(getNearestDc(tg))
        let seen: { readonly values: TraceEvent[] } = { values: [] }
        return steps(
          clock.after(100),
          check(() => {
            seen = beside(tg.trace$)
            early.run.unsubscribe()
          }),
          getNearestDc(tg).pipe(takeUntil(clock.after(10))),
          check(() => {
            const ends = of$(seen.values, 'call').filter(({ step }) => step === 'dropped')
            expect(ends.map(({ method, took }) => [method, took])).to.deep.equal([
              ['help.getNearestDc', undefined],
              ['help.getNearestDc', 10],
            ])
            expect(of$(seen.values, 'link').map(({ state }) => state)).to.deep.equal(['open'])
          }),
        )
      },
      { methods: { 'help.getNearestDc': () => NEVER } },
    ),
  )

  it('tells of waits, repeats and refusals', () => {
    const answers = ['420 FLOOD_WAIT_3', '500 INTERNAL', 'ok', '400 INPUT_FETCH_ERROR']
    return flow(
      ({ client }) => {
        const tg = client()
        const seen = beside(tg.trace$)
        return steps(
          getNearestDc(tg),
          failing(getNearestDc(tg), /INPUT_FETCH_ERROR/),
          check(() => {
            const method = 'help.getNearestDc'
            const at = of$(seen.values, 'wait')[0]?.at
            expect(of$(seen.values, 'wait')).to.deep.equal([{ _: 'wait', method, why: 'FLOOD_WAIT', seconds: 3, at }])
            expect(of$(seen.values, 'retry').map((event) => [event.method, event.error, event.seconds])).to.deep.equal([
              [method, '500 INTERNAL', 1],
            ])
            const refusals = of$(seen.values, 'call').filter(({ step }) => step === 'refused')
            expect(refusals.map(({ error }) => error)).to.deep.equal([
              '420 FLOOD_WAIT_3',
              '500 INTERNAL',
              '400 INPUT_FETCH_ERROR',
            ])
          }),
        )
      },
      {
        methods: {
          'help.getNearestDc': () => {
            const next = answers.shift()!
            if (next === 'ok') return nearest
            const [code, text] = next.split(' ')
            return refuse(Number(code), text!)
          },
        },
      },
    )()
  })

  it(
    'tells of every lane, and of links that are lost and opened again',
    flow(({ client, clock, cut }) => {
      const tg = client()
      const seen = beside(tg.trace$)
      return steps(
        getNearestDc(tg),
        getNearestDc(within(tg, { priority: 'low' })),
        check(() => {
          expect(new Set(of$(seen.values, 'link').map(({ lane }) => lane))).to.deep.equal(new Set(['main', 'side']))
          seen.values.length = 0
          cut()
        }),
        clock.after(5_000),
        check(() => {
          const main = of$(seen.values, 'link').filter(({ lane }) => lane === 'main')
          expect(main.map(({ link, state }) => `${link} ${state}`)).to.deep.equal(['1 closed', '2 opening', '2 open'])
          expect(main[0]).to.include({ reason: 'TransportError: the link was cut' })
          expect(main[0]!.retryIn).to.be.greaterThan(0)
          expect(of$(seen.values, 'ping')).to.not.deep.equal([])
        }),
      )
    }),
  )

  it(
    'tells of the updates’ box: that it asks, and that nothing is missing',
    flow(({ client, clock }) => {
      const ann = client()
      const seen = beside(ann.trace$)
      beside(newMessages(ann))
      return steps(
        person(ann, ANN),
        clock.after(1_000),
        check(() =>
          expect(of$(seen.values, 'box').map(({ box, what }) => `${box} ${what}`)).to.deep.equal([
            'common difference',
            'common healed',
          ]),
        ),
      )
    }),
  )

  it(
    'tells of keys, permanent and temporary',
    flow(
      ({ client }) => {
        const tg = client({ pfs: true })
        const seen = beside(tg.trace$)
        return steps(
          getNearestDc(tg),
          getNearestDc(within(tg, { dc: 2 })),
          check(() => {
            const there = of$(seen.values, 'key').filter(({ dc }) => dc === 2)
            expect(there.map(({ what, temporary }) => `${what} ${temporary}`)).to.include.members([
              'made true',
              'bound true',
            ])
            expect(of$(seen.values, 'link').filter(({ dc }) => dc === 2)[0]).to.include({ state: 'opening' })
          }),
        )
      },
      { dcs: 2 },
    ),
  )

  it(
    'tells of calls that wait for their turn',
    flow(({ client }) => {
      const tg = client({ pace: pace({ perChat: 2 }) })
      const seen = beside(tg.trace$)
      return steps(
        person(tg, ANN),
        merge(sendText(tg, 'me', 'one'), sendText(tg, 'me', 'two')),
        check(() => {
          const waits = of$(seen.values, 'wait').map(({ method, why, seconds }) => [method, why, seconds])
          expect(waits).to.deep.equal([['messages.sendMessage', 'pace', 0.5]])
        }),
      )
    }),
  )

  it(
    'tells the end, then completes',
    flow(({ client, clock }) => {
      const tg = client()
      const seen = beside(tg.trace$.pipe(tap({ complete: () => last.push('complete') })))
      const last: string[] = []
      return steps(
        getNearestDc(tg),
        clock.after(10),
        check(() => {
          tg.close()
        }),
        clock.after(10),
        check(() => {
          expect(last).to.deep.equal(['complete'])
          expect(seen.values.at(-1)).to.include({ _: 'link', state: 'closed' })
          const after = beside(tg.trace$)
          expect([after.values, after.run.closed]).to.deep.equal([[], true])
        }),
      )
    }),
  )
})
