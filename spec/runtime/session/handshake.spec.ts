import { expect } from 'chai'
import { map, NEVER, Observable, of, take } from 'rxjs'
import { hex } from '../../../lib/core/bytes.ts'
import { ProtocolError, TimeoutError, TransportError } from '../../../lib/core/errors.ts'
import type { Env } from '../../../lib/core/machine.ts'
import { createKeyExchange, type KeyExchangeDone } from '../../../lib/local-dc/key-exchange.ts'
import { environment } from '../../../lib/runtime/rx/clock.ts'
import { type KeyedLink, type KeyedOptions, keyed } from '../../../lib/runtime/session/handshake.ts'
import type { AcceptedLink, Link } from '../../../lib/runtime/transport/link.ts'
import { linkPair } from '../../../lib/runtime/transport/memory.ts'
import { syntheticKey } from '../../core/protocol/exchange.ts'
import { FAKE_KEY } from '../../support/fake-server.ts'
import { fakeEnv } from '../../support/machine.ts'
import { marbles, seededRandom } from '../../support/marbles.ts'

const privateKey = syntheticKey()

/** The far end of a link makes keys. */
function serve(
  far: AcceptedLink,
  done: (result: KeyExchangeDone) => void = () => {},
  env: Env = fakeEnv({ seed: 3 }),
): void {
  const exchange = createKeyExchange({ privateKey })
  far.incoming$.subscribe({
    error: () => {},
    next: (packet) => {
      for (const effect of exchange.step({ _: 'received', packet }, env)) {
        if (effect._ === 'done') done(effect)
        else if (effect._ === 'write') far.send(effect.packet)
      }
    },
  })
}

const options = (more: Partial<KeyedOptions> = {}): KeyedOptions => ({
  dc: 2,
  publicKeys: [privateKey.public],
  random: seededRandom(4),
  ...more,
})

/** Runs to the end, synchronously. */
function outcome(source: Observable<KeyedLink>): { value?: KeyedLink; error?: Error; complete?: boolean } {
  const result: { value?: KeyedLink; error?: Error; complete?: boolean } = {}
  source.subscribe({
    next: (value) => (result.value = value),
    error: (error: Error) => (result.error = error),
    complete: () => (result.complete = true),
  })
  return result
}

describe('runtime/session keyed', () => {
  it(
    'gives each link the known key at once, and stays with its source',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const [link] = linkPair()
      const links = cold<Link>('--l--|', { l: link })
      const known = { key: FAKE_KEY, timeOffset: -3, salts: [] }
      const given = links.pipe(keyed(options({ known })))
      const expected = { link, key: FAKE_KEY, salt: 0n, salts: [], timeOffset: -3, fresh: false }
      expectObservable(given.pipe(map((it) => ({ ...it })))).toBe('--k--|', { k: expected })
      expectSubscriptions(links.subscriptions).toBe('^----!')
    }),
  )

  it('makes a key over the link, and both ends have the same', () => {
    const [near, far] = linkPair()
    let served: KeyExchangeDone | undefined
    serve(far, (done) => (served = done), fakeEnv({ seed: 3, now: Date.UTC(2026, 0, 1) }))
    const clock = { now: () => Date.UTC(2025, 11, 31), elapsed: () => 0, after: () => NEVER }
    const { value, complete } = outcome(of<Link>(near).pipe(keyed(options({ clock }))))
    expect(hex(value!.key.bytes)).to.equal(hex(served!.key.bytes))
    expect(value).to.include({ link: near, salt: served!.salt, fresh: true, timeOffset: 86_400 })
    expect(complete).to.equal(true)
  })

  it('makes a key for each subscription', () => {
    const keys = [0, 1].map((seed) => {
      const links = new Observable<Link>((subscriber) => {
        const [near, far] = linkPair()
        serve(far, undefined, fakeEnv({ seed: seed + 10 }))
        subscriber.next(near)
      })
      return outcome(links.pipe(keyed(options()))).value!.key.id
    })
    expect(keys[0]).not.to.equal(keys[1])
  })

  it('leaves what comes after the key to the next reader', () => {
    const [near, far] = linkPair()
    serve(far)
    const seen: number[] = []
    of<Link>(near)
      .pipe(keyed(options()))
      .subscribe({
        error: expect.fail,
        next: ({ link }) => link.incoming$.subscribe({ next: (bytes) => seen.push(bytes[0]!), error: expect.fail }),
      })
    far.send(Uint8Array.of(1, 2, 3))
    far.send(Uint8Array.of(4))
    expect(seen).to.deep.equal([1, 4])
  })

  it(
    'stays with its source for as long as the link lives',
    marbles(({ cold, clock, expectObservable, expectSubscriptions }) => {
      const [near, far] = linkPair()
      serve(far, undefined, environment(clock, seededRandom(6)))
      const links = cold<Link>('--l----', { l: near })
      expectObservable(
        links.pipe(
          keyed(options({ clock })),
          map(({ fresh }) => fresh),
        ),
        '^-----!',
      ).toBe('--k', {
        k: true,
      })
      expectSubscriptions(links.subscriptions).toBe('^-----!')
    }),
  )

  it('errors when the link is closed in between', () => {
    const [near, far] = linkPair()
    far.incoming$.pipe(take(1)).subscribe({ next: () => far.close(), error: expect.fail })
    const { error } = outcome(of<Link>(near).pipe(keyed(options())))
    expect(error).to.be.instanceOf(TransportError)
    expect(error).to.include({ outcome: 'unsent' })
  })

  it('errors when the link breaks in between', () => {
    const [near, far] = linkPair()
    far.incoming$.pipe(take(1)).subscribe({ next: () => far.reset(), error: expect.fail })
    expect(outcome(of<Link>(near).pipe(keyed(options()))).error).to.be.instanceOf(TransportError)
  })

  for (const code of [-404, -444]) {
    it(`errors with its code when the server answers with the transport error ${code}`, () => {
      const refusal = new TransportError(`transport error ${code}`, 'unknown', { code })
      const link: Link = {
        incoming$: new Observable((subscriber) => subscriber.error(refusal)),
        send: () => {},
        buffered: 0,
      }
      expect(outcome(of(link).pipe(keyed(options()))).error).to.include({ name: 'TransportError', code })
    })
  }

  it('errors when a check fails', () => {
    const [near, far] = linkPair()
    serve(far)
    const publicKeys = [{ ...privateKey.public, fingerprint: 5n }]
    expect(outcome(of<Link>(near).pipe(keyed(options({ publicKeys })))).error).to.be.instanceOf(ProtocolError)
  })

  it(
    'errors when the server takes too long, and lets go of the source',
    marbles(({ cold, clock, expectObservable, expectSubscriptions }) => {
      const [near] = linkPair()
      const links = cold<Link>('-l', { l: near })
      const source = links.pipe(
        keyed(options({ clock })),
        map(() => 'k'),
      )
      expectObservable(source).toBe('10001ms #', {}, new TimeoutError('expected resPQ in time, got no answer'))
      expectSubscriptions(links.subscriptions).toBe('^ 10000ms !')
    }),
  )

  it(
    'stops in the middle when it is unsubscribed',
    marbles(({ cold, clock, expectObservable, expectSubscriptions }) => {
      const [near] = linkPair()
      const links = cold<Link>('-l', { l: near })
      expectObservable(links.pipe(keyed(options({ clock }))), '^---!').toBe('')
      expectSubscriptions(links.subscriptions).toBe('^---!')
    }),
  )
})
