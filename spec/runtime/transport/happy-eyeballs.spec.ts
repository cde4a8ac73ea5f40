import { once } from 'node:events'
import { expect } from 'chai'
import * as fc from 'fast-check'
import { map, NEVER, of, throwError } from 'rxjs'
import { TransportError } from '../../../lib/core/errors.ts'
import { systemClock } from '../../../lib/runtime/rx/clock.ts'
import { addressText } from '../../../lib/runtime/transport/address-text.ts'
import { alternating, happyEyeballs } from '../../../lib/runtime/transport/happy-eyeballs.ts'
import type { Address, Dial } from '../../../lib/runtime/transport/link.ts'
import { lookup } from '../../../lib/runtime/transport/lookup.node.ts'
import { tcp, tcpLink } from '../../../lib/runtime/transport/tcp.node.ts'
import { marbles } from '../../support/marbles.ts'
import { fakeLink } from './packet-server.ts'
import { bareServer, closedPort, watch } from './sockets.ts'

const at = (host: string): Address => ({ host, port: 443 })

describe('runtime/transport happy eyeballs', () => {
  const orders: readonly (readonly [given: string, expected: string])[] = [
    ['', ''],
    ['a', 'a'],
    ['a b c', 'a b c'],
    ['::1 a b', '::1 a b'],
    ['a b ::1 ::2', 'a ::1 b ::2'],
    ['::1 ::2 ::3 a', '::1 a ::2 ::3'],
    ['a b c d ::1', 'a ::1 b c d'],
  ]
  for (const [given, expected] of orders)
    it(`takes '${given}' as '${expected}'`, () => {
      const hosts = given === '' ? [] : given.split(' ')
      expect(
        alternating(hosts.map(at))
          .map(({ host }) => host)
          .join(' '),
      ).to.equal(expected)
    })

  it('keeps every address, the first first, and the order of each family', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 99 }))), (drawn) => {
        const given = drawn.map(([six, number], index) => at(six ? `::${number}:${index}` : `${number}.${index}`))
        const taken = alternating(given)
        expect(taken).to.have.members(given)
        expect(taken).to.have.length(given.length)
        expect(taken[0]).to.equal(given[0])
        for (const six of [true, false]) {
          const family = (list: readonly Address[]) => list.filter(({ host }) => host.includes(':') === six)
          expect(family(taken)).to.deep.equal(family(given))
        }
      }),
      { numRuns: 50 },
    )
  })

  it(
    'tries one every 250 ms, families in turn, and takes the first that answers',
    marbles(({ clock, cold, expectObservable, expectSubscriptions, note, expectNotes }) => {
      const silent = cold('--')
      const answering = cold('100ms L')
      const dial: Dial = ({ host }) => {
        note(host)
        return (host === '10.0.0.2' ? answering : silent).pipe(map(() => fakeLink()))
      }
      const addresses = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '::1', '::2'].map(at)
      expectObservable(happyEyeballs(addresses, dial, clock).pipe(map(() => 'L'))).toBe('600ms L')
      expectSubscriptions(silent.subscriptions).toBe(['^ 599ms !', '250ms ^ 349ms !'])
      expectSubscriptions(answering.subscriptions).toBe('500ms ^')
      // Dials are cold: made at once, begun in turn.
      expectNotes(['10.0.0.1', '::1', '10.0.0.2', '::2', '10.0.0.3'].map((host) => `0 ${host}`))
    }),
  )

  it(
    'dials once what is there twice',
    marbles(({ clock, expectObservable, note, expectNotes }) => {
      const dial: Dial = ({ host, port }) => {
        note(`${host} ${port}`)
        return NEVER
      }
      const addresses = [at('a'), at('b'), at('a'), { host: 'a', port: 80 }, at('b')]
      expectObservable(happyEyeballs(addresses, dial, clock), '1s !').toBe('-')
      expectNotes(['0 a 443', '0 b 443', '0 a 80'])
    }),
  )

  it(
    'goes on at once where nothing listens, and stops after 16',
    marbles(({ clock, expectObservable, note, finally: later }) => {
      let dialled = 0
      const dial: Dial = ({ host }) => {
        dialled++
        return throwError(() => new TransportError(`no ${host}`, 'unsent'))
      }
      const addresses = Array.from({ length: 40 }, (_, index) => at(`10.0.0.${index}`))
      const said = 'no 10.0.0.0; no 10.0.0.1; no 10.0.0.2; no 10.0.0.3; and 12 more'
      expectObservable(happyEyeballs(addresses, dial, clock)).toBe('#', undefined, new TransportError(said, 'unsent'))
      note('end')
      later(() => expect(dialled).to.equal(16))
    }),
  )

  describe('over TCP', () => {
    it('finds the other family of an endpoint', async () => {
      const server = await bareServer()
      try {
        const port = await closedPort()
        const watched = watch(
          tcp()({ dc: 2, host: '127.0.0.1', port, also: [at('::1'), { host: '127.0.0.1', port: server.port }] }),
        )
        await watched.link
        watched.subscription.unsubscribe()
        await once((await server.accepted()).resume(), 'end')
      } finally {
        await server.close()
      }
    })

    it('finds the address of a name that answers', async () => {
      const server = await bareServer()
      try {
        const hosts = ['127.0.0.2', '::1', '127.0.0.1']
        const watched = watch(tcpLink({ host: 'dc.example', port: server.port }, { lookup: () => of(hosts) }))
        await watched.link
        watched.subscription.unsubscribe()
        await once((await server.accepted()).resume(), 'end')
      } finally {
        await server.close()
      }
    })

    it('names every address that failed, IPv6 in brackets', async () => {
      const port = await closedPort()
      const hosts = ['127.0.0.1', '::1']
      const error = await watch(tcpLink({ host: 'dc.example', port }, { lookup: () => of(hosts) })).over
      expect(error).to.be.instanceOf(TransportError)
      expect(error!.message).to.equal(
        `could not connect to dc.example:${port} at 127.0.0.1: nothing listens there (ECONNREFUSED); ` +
          `could not connect to dc.example:${port} at ::1: nothing listens there (ECONNREFUSED)`,
      )
      const direct = await watch(tcpLink({ host: '::1', port })).over
      expect(direct!.message).to.equal(`could not connect to [::1]:${port}: nothing listens there (ECONNREFUSED)`)
    })

    it('says that there is no such name, in time', async () => {
      const missing = throwError(() => Object.assign(new Error('no'), { code: 'ENOTFOUND' }))
      const error = await watch(tcpLink(at('dc.example'), { lookup: () => missing })).over
      expect(error!.message).to.equal('could not connect to dc.example:443: no such host (ENOTFOUND)')
      expect((error as TransportError).outcome).to.equal('unsent')
      const clock = { ...systemClock, after: () => of(undefined) }
      const late = await watch(tcpLink(at('dc.example'), { lookup: () => NEVER, clock })).over
      expect(late!.message).to.equal('could not connect to dc.example:443: no answer in 10 s')
    })
  })

  describe('the look-up', () => {
    it('asks nobody for an address', () => {
      const got: unknown[] = []
      for (const host of ['127.0.0.1', '2001:db8::1'])
        lookup(host).subscribe({ next: (each) => got.push(each), error: expect.fail })
      expect(got).to.deep.equal([['127.0.0.1'], ['2001:db8::1']])
    })

    it('asks the system for a name, and forgets the question when left', async () => {
      const found = await new Promise<readonly string[]>((resolve, reject) => {
        lookup('localhost').subscribe({ next: resolve, error: reject })
      })
      expect(found.length).to.be.above(0)
      for (const each of found) expect(['127.0.0.1', '::1']).to.include(each)
      lookup('localhost')
        .subscribe({ next: () => expect.fail('was told'), error: expect.fail })
        .unsubscribe()
    })
  })

  it('writes addresses for people', () => {
    expect(addressText(at('example.org'))).to.equal('example.org:443')
    expect(addressText(at('2001:db8::1'))).to.equal('[2001:db8::1]:443')
  })
})
