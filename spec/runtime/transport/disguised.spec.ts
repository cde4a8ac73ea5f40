import { expect } from 'chai'
import { map, NEVER, Subject, type Subscription, take, tap } from 'rxjs'
import { concat, fromHex, hex } from '../../../lib/core/bytes.ts'
import { ProtocolError, TransportError } from '../../../lib/core/errors.ts'
import { acceptHello, SeenHellos, type TlsSecret } from '../../../lib/core/protocol/fake-tls-server.ts'
import { tlsRecord, tlsWriter } from '../../../lib/core/protocol/tls-records.ts'
import { disguised } from '../../../lib/runtime/transport/disguised.ts'
import { inbox } from '../../../lib/runtime/transport/inbox.ts'
import type { Link } from '../../../lib/runtime/transport/link.ts'
import { marbles, seededRandom, VIRTUAL_BEGIN } from '../../support/marbles.ts'
import { fakeLink, staying } from './packet-server.ts'

const secret: TlsSecret = { kind: 'tls', key: new Uint8Array(16).fill(5), domain: 'example.org' }
const time = Math.floor(VIRTUAL_BEGIN / 1000)
const clock = { now: () => VIRTUAL_BEGIN, elapsed: () => 0, after: () => NEVER }

function options(seed = 1) {
  const { key, domain } = secret
  return { key, domain, clock, random: seededRandom(seed), to: 'example.org:443' }
}

/** A link whose other end is in the hands of the spec. */
function handLink() {
  const box = inbox()
  const sent: Uint8Array[] = []
  const link: Link = { incoming$: box.incoming$, send: (bytes) => void sent.push(bytes), buffered: 7 }
  return { box, link, sent }
}

function answerTo(hello: Uint8Array): Uint8Array {
  return acceptHello(hello, { secrets: [secret], seen: new SeenHellos(), time, random: seededRandom(2) }).answer
}

/** The hello that a seed gives: a link that only listens has sent it. */
function helloOf(seed: number): Uint8Array {
  const link = fakeLink(NEVER)
  staying<Link>(link)
    .pipe(disguised(options(seed)))
    .subscribe({ error: expect.fail })
    .unsubscribe()
  return link.sent[0]!
}

const late = (message: string) => new TransportError(`could not connect to example.org:443: ${message}`, 'unsent')

describe('runtime/transport disguised', () => {
  it(
    'gives the link when the answer has come, and stays with its source',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const answer = answerTo(helloOf(1))
      const incoming = cold('--a--b--', { a: answer.slice(0, 100), b: answer.slice(100) })
      const source = hot('-L--------|', { L: fakeLink(incoming) })
      expectObservable(
        source.pipe(
          disguised(options()),
          map(() => 'M'),
        ),
      ).toBe('------M---|')
      expectSubscriptions(source.subscriptions).toBe('^---------!')
      expectSubscriptions(incoming.subscriptions).toBe('-^----!')
    }),
  )

  it(
    'leaves link and source when left in the middle of the answer',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const incoming = cold('--a-----', { a: answerTo(helloOf(1)).slice(0, 100) })
      const source = hot('-L--------', { L: fakeLink(incoming) })
      expectObservable(source.pipe(disguised(options())), '^----!').toBe('------')
      expectSubscriptions(source.subscriptions).toBe('^----!')
      expectSubscriptions(incoming.subscriptions).toBe('-^---!')
    }),
  )

  const failures: readonly (readonly [what: string, marble: string, message: string])[] = [
    ['an alert', '--a', 'expected a handshake record in the TLS answer, got an alert'],
    ['the end of the connection', '--|', 'expected a TLS answer, got the end of the connection'],
    ['an answer to another hello', '--o', 'expected a TLS answer with the digest of the secret, got one with another'],
    ['a broken connection', '--#', 'reset'],
  ]
  for (const [what, marble, message] of failures)
    it(
      `fails at once for ${what}: nothing was sent`,
      marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
        const values = { a: fromHex('15030300020228'), o: answerTo(helloOf(9)) }
        const incoming = cold(marble, values, new TransportError('reset', 'unknown'))
        const source = hot('-L--------', { L: fakeLink(incoming) })
        expectObservable(source.pipe(disguised(options()))).toBe('---#', undefined, late(message))
        expectSubscriptions(source.subscriptions).toBe('^--!')
        expectSubscriptions(incoming.subscriptions).toBe('-^-!')
      }),
    )

  it('says hello once, and then speaks in records', () => {
    const { box, link, sent } = handLink()
    let shaken: Link | undefined
    const got: string[] = []
    staying(link)
      .pipe(disguised(options()))
      .subscribe({
        next(each) {
          shaken = each
          each.incoming$.subscribe({ next: (bytes) => got.push(hex(bytes)), error: expect.fail })
        },
        error: expect.fail,
      })
    expect(sent).to.have.length(1)
    expect(shaken).to.equal(undefined)
    const write = tlsWriter('server')
    // The answer, and behind it in one piece the first record.
    box.push(concat(answerTo(sent[0]!), write(fromHex('0102'))))
    box.push(concat(write(fromHex('03')), tlsRecord(0x14, Uint8Array.of(1)), write(fromHex('0405'))))
    expect(got).to.deep.equal(['0102', '030405'])
    shaken!.send(fromHex('aa'))
    shaken!.send(fromHex('bb'))
    expect(sent.slice(1).map(hex)).to.deep.equal(['1403030001011703030001aa', '1703030001bb'])
    expect(shaken!.buffered).to.equal(7)
  })

  it('joins both ends wherever the stream is cut', () => {
    const answer = answerTo(helloOf(1))
    const wire = concat(answer, tlsWriter('server')(fromHex('0102')), tlsWriter('server')(fromHex('03')))
    for (const at of [...Array(140).keys(), ...Array.from({ length: 15 }, (_, end) => wire.length - end)]) {
      const { box, link } = handLink()
      const got: Uint8Array[] = []
      staying(link)
        .pipe(disguised(options()))
        .subscribe({
          next: (each) => each.incoming$.subscribe({ next: (bytes) => got.push(bytes), error: expect.fail }),
          error: expect.fail,
        })
      box.push(wire.slice(0, at))
      box.push(wire.slice(at))
      expect(hex(concat(...got)), `cut at ${at}`).to.equal('010203')
    }
  })

  it('loses nothing from one reader to the next', () => {
    const { box, link, sent } = handLink()
    const got: string[] = []
    let shaken: Link | undefined
    staying(link)
      .pipe(
        disguised(options()),
        tap((each) => {
          shaken = each
        }),
      )
      .subscribe({ error: expect.fail })
    const write = tlsWriter('server')
    box.push(concat(answerTo(sent[0]!), write(fromHex('01')), write(fromHex('02'))))
    const read = (count: number): Subscription =>
      shaken!.incoming$.pipe(take(count)).subscribe({ next: (bytes) => got.push(hex(bytes)), error: expect.fail })
    read(1)
    box.push(write(fromHex('03')).slice(0, 4))
    box.push(concat(write(fromHex('03')).slice(4), write(fromHex('04'))))
    read(1)
    box.push(write(fromHex('05')))
    read(1)
    expect(got).to.deep.equal(['0102', '0304', '05'])
  })

  it('passes a broken record on to the reader, and the end', () => {
    for (const [bytes, expected] of [
      [fromHex('1503030001'), 'expected application data in a TLS record, got an alert'],
      [undefined, undefined],
    ] as const) {
      const { box, link, sent } = handLink()
      const ends: (string | undefined)[] = []
      staying(link)
        .pipe(disguised(options()))
        .subscribe({
          next: (each) =>
            each.incoming$.subscribe({
              error: (error: Error) => {
                expect(error).to.be.instanceOf(ProtocolError)
                ends.push(error.message)
              },
              complete: () => ends.push(undefined),
            }),
          error: expect.fail,
        })
      box.push(answerTo(sent[0]!))
      if (bytes === undefined) box.end()
      else box.push(bytes)
      expect(ends).to.deep.equal([expected])
    }
  })

  it('says another hello on each link', () => {
    const links = new Subject<Link>()
    const subscription = links.pipe(disguised(options())).subscribe({ error: expect.fail })
    const [one, two] = [fakeLink(NEVER), fakeLink(NEVER)]
    links.next(one)
    links.next(two)
    expect(hex(one.sent[0]!)).not.to.equal(hex(two.sent[0]!))
    subscription.unsubscribe()
    expect(links.observed).to.equal(false)
  })
})
