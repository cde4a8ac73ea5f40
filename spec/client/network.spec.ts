import { expect } from 'chai'
import { concat, defer, filter, map, type Observable, Subject, switchMap, take, tap, timer } from 'rxjs'
import { getNearestDc } from '../../lib/api/help.ts'
import { createNetwork } from '../../lib/client/network.ts'
import type { Client } from '../../lib/client.ts'
import type { Connect, Link } from '../../lib/runtime/transport/link.ts'
import { marbles } from '../support/marbles.ts'
import { ANN, beside, check, flow, person, type Stage, steps } from '../telegram/flow.ts'

const values = { n: 'online', f: 'offline', c: 'changed' } as const

describe('client network', () => {
  it(
    'hands hints on; whoever comes while there is no network hears that first',
    marbles(({ hot, expectObservable }) => {
      const network = createNetwork()
      hot('--f--c--n').subscribe({
        next: (letter) => network.tell(values[letter as keyof typeof values]),
        error: expect.fail,
      })
      timer(10).subscribe({ next: () => network.close(), error: expect.fail })
      expectObservable(network.changes$, '^').toBe('--f--c--n-|', values)
      expectObservable(network.changes$, '---^').toBe('---f-c--n-|', values)
      expectObservable(network.changes$, '------^').toBe('--------n-|', values)
    }),
  )
})

/** Links that can fall silent, without a word to either end. */
function silencing(stage: Stage): { readonly connect: Connect; silence(): void } {
  const links = new Set<{ isSilent: boolean }>()
  const muted = (link: Link): Link => {
    const state = { isSilent: false }
    links.add(state)
    return {
      ...link,
      incoming$: link.incoming$.pipe(filter(() => !state.isSilent)),
      send: (packet) => void (state.isSilent || link.send(packet)),
    }
  }
  return {
    connect: (endpoint) => stage.dc.connect(endpoint).pipe(map(muted)),
    silence: () => {
      for (const state of links) state.isSilent = true
    },
  }
}

const reached = (tg: Client, state: string): Observable<unknown> =>
  tg.state$.pipe(
    filter(({ _ }) => _ === state),
    take(1),
  )

describe('client: hints about the network', () => {
  it(
    'offline makes it wait without trying, and online makes it connect at once',
    flow((stage) => {
      const tg = stage.client()
      const opened = () => stage.events.filter(({ event }) => event === 'opened').length
      let before = 0
      return steps(
        person(tg, ANN),
        check(() => {
          tg.network('offline')
          stage.cut()
        }),
        reached(tg, 'offline').pipe(tap((state) => expect(state).to.not.have.property('retryAt'))),
        check(() => {
          before = opened()
        }),
        stage.clock.after(3_600_000),
        check(() => {
          expect(opened()).to.equal(before)
          tg.network('online')
        }),
        concat(getNearestDc(tg)),
        check(() => expect(opened()).to.equal(before + 1)),
      )
    }),
  )

  for (const change of ['changed', 'online'] as const) {
    it(
      `${change} has a link that fell silent found within one deadline, and the call answered`,
      flow((stage) => {
        const { connect, silence } = silencing(stage)
        const tg = stage.client({ transport: connect })
        let since = 0
        return steps(
          person(tg, ANN),
          check(() => {
            silence()
            tg.network(change)
            since = stage.clock.elapsed()
          }),
          defer(() => getNearestDc(tg)),
          // The deadline, the pause before the next link, and the way.
          check(() => expect(stage.clock.elapsed() - since).to.be.within(5_000, 7_000)),
        )
      }),
    )
  }

  it(
    'come from the option too, for connections of all kinds, until the client is closed',
    flow((stage) => {
      const source = new Subject<'changed' | 'offline' | 'online'>()
      const tg = stage.client({ network$: source })
      return steps(
        person(tg, ANN),
        check(() => {
          source.next('offline')
          stage.cut()
        }),
        reached(tg, 'offline'),
        check(() => source.next('changed')),
        reached(tg, 'ready'),
        defer(() => tg.close()),
        check(() => expect(source.observed).to.equal(false)),
      )
    }),
  )
})

describe('client: its states', () => {
  it(
    'come in their order',
    flow((stage) => {
      const transport: Connect = (endpoint) => stage.clock.after(10).pipe(switchMap(() => stage.dc.connect(endpoint)))
      const tg = stage.client({ transport })
      const states = beside(tg.state$.pipe(map(({ _ }) => _)))
      return steps(
        person(tg, ANN),
        stage.clock.after(1_000),
        check(() => stage.cut()),
        stage.clock.after(5_000),
        defer(() => tg.close()),
        check(() => {
          const seen = states.values.join(' ')
          expect(seen).to.match(
            /^connecting handshake ready (syncing ready )*offline connecting (syncing )?ready.* closed$/,
          )
        }),
      )
    }),
  )
})
