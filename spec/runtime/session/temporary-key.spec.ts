import { expect } from 'chai'
import { map, of } from 'rxjs'
import type { Env } from '../../../lib/core/machine.ts'
import { createKeyExchange, type KeyExchangeDone } from '../../../lib/local-dc/key-exchange.ts'
import { environment } from '../../../lib/runtime/rx/clock.ts'
import { type KeyedLink, keyed } from '../../../lib/runtime/session/handshake.ts'
import { TEMPORARY_KEY_LIFE, temporaryKey } from '../../../lib/runtime/session/temporary-key.ts'
import type { AcceptedLink, Link } from '../../../lib/runtime/transport/link.ts'
import { linkPair } from '../../../lib/runtime/transport/memory.ts'
import { syntheticKey } from '../../core/protocol/exchange.ts'
import { FAKE_KEY, OTHER_KEY } from '../../support/fake-server.ts'
import { fakeEnv } from '../../support/machine.ts'
import { marbles, seededRandom } from '../../support/marbles.ts'

const privateKey = syntheticKey()
const publicKeys = [privateKey.public]
const random = seededRandom(4)
const keyedLink = (link: Link): KeyedLink => ({ link, key: FAKE_KEY, salt: 7n, timeOffset: 1, fresh: false })

/** The far end of a link makes keys, and notes them. */
function serve(far: AcceptedLink, env: Env = fakeEnv({ seed: 3 })): readonly KeyExchangeDone[] {
  const exchange = createKeyExchange({ privateKey })
  const made: KeyExchangeDone[] = []
  far.incoming$.subscribe({
    error: () => {},
    next: (packet) => {
      for (const effect of exchange.step({ _: 'received', packet }, env)) {
        if (effect._ === 'done') made.push(effect)
        else if (effect._ === 'write') far.send(effect.packet)
      }
    },
  })
  return made
}

describe('runtime/session temporaryKey', () => {
  it(
    'gives each link the known key at once, with what it is bound by, and stays with its source',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const [link] = linkPair()
      const links = cold('--l--|', { l: keyedLink(link) })
      const known = { key: OTHER_KEY, timeOffset: -3, salts: [], expiresAt: 99, isBound: true }
      const given = links.pipe(temporaryKey({ dc: 2, publicKeys, known }))
      const bind = { permanent: FAKE_KEY, expiresAt: 99, as: 'bound' as const }
      const key = { link, key: OTHER_KEY, salt: 0n, salts: [], timeOffset: -3, fresh: false, expiresAt: 99, bind }
      expectObservable(given.pipe(map((each) => ({ ...each })))).toBe('--k--|', { k: key })
      expectSubscriptions(links.subscriptions).toBe('^----!')
    }),
  )

  it('has one that is not bound yet be bound', () => {
    const [link] = linkPair()
    const known = { key: OTHER_KEY, timeOffset: 0, expiresAt: 99, isBound: false }
    const given: KeyedLink[] = []
    of(keyedLink(link))
      .pipe(temporaryKey({ dc: 2, publicKeys, known }))
      .subscribe({ next: (each) => given.push(each), error: expect.fail })
    expect(given[0]?.bind).to.deep.equal({ permanent: FAKE_KEY, expiresAt: 99, as: undefined })
  })

  it('makes both keys over one link, and leaves what comes after them to the next reader', () => {
    const [near, far] = linkPair()
    const made = serve(far)
    const seen: number[] = []
    const given: KeyedLink[] = []
    of<Link>(near)
      .pipe(keyed({ dc: 2, publicKeys, random }), temporaryKey({ dc: 2, publicKeys, random }))
      .subscribe({
        error: expect.fail,
        next: (each) => {
          given.push(each)
          each.link.incoming$.subscribe({ next: (bytes) => seen.push(bytes[0]!), error: expect.fail })
        },
      })
    far.send(Uint8Array.of(1))
    expect(seen).to.deep.equal([1])
    const [permanent, temporary] = made
    expect(made.map(({ expiresIn }) => expiresIn)).to.deep.equal([undefined, TEMPORARY_KEY_LIFE])
    expect(given).to.have.length(1)
    expect(given[0]).to.include({ fresh: true, salt: temporary!.salt })
    expect(given[0]!.key.id).to.equal(temporary!.key.id)
    expect(given[0]!.bind?.permanent.id).to.equal(permanent!.key.id)
    expect(given[0]!.bind?.expiresAt).to.equal(given[0]!.expiresAt)
  })

  it(
    'makes it in the time of the clock that it is given, and stays with its source for as long as the link lives',
    marbles(({ cold, clock, expectObservable, expectSubscriptions }) => {
      const [near, far] = linkPair()
      serve(far, environment(clock, seededRandom(6)))
      const links = cold('--l----', { l: keyedLink(near) })
      const given = links.pipe(temporaryKey({ dc: 2, publicKeys, clock, random }))
      const lives = given.pipe(map(({ expiresAt = 0 }) => expiresAt - Math.floor(clock.now() / 1000)))
      expectObservable(lives, '^-----!').toBe('--k', { k: TEMPORARY_KEY_LIFE })
      expectSubscriptions(links.subscriptions).toBe('^-----!')
    }),
  )

  it('leaves the permanent key on the link when that is in doubt', () => {
    const [link] = linkPair()
    const given: KeyedLink[] = []
    of(keyedLink(link))
      .pipe(temporaryKey({ dc: 2, publicKeys, isInDoubt: true }))
      .subscribe({ next: (each) => given.push(each), error: expect.fail })
    expect(given[0]).to.include({ key: FAKE_KEY, salt: 7n })
    expect(given[0]?.bind).to.include({ permanent: FAKE_KEY, as: 'probing' })
  })
})
