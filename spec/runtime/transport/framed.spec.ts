import { expect } from 'chai'
import { map, Subject, take } from 'rxjs'
import { concat } from '../../../lib/core/bytes.ts'
import type { TransportError } from '../../../lib/core/errors.ts'
import { errorFrame, frameDecoder, frameEncoder, frameTag, quickAckFrame } from '../../../lib/core/protocol/frame.ts'
import { framed } from '../../../lib/runtime/transport/framed.ts'
import type { Link } from '../../../lib/runtime/transport/link.ts'
import { linkPair } from '../../../lib/runtime/transport/memory.ts'
import { marbles, seededRandom } from '../../support/marbles.ts'
import { FRAMINGS, fakeLink, packet, packetServer, staying } from './packet-server.ts'

const P = packet(16, 1)
const Q = packet(32, 2)

describe('runtime/transport framed', () => {
  it(
    'lives and ends with its source, one link of packets for each link of bytes',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot<Link>('--a----b--|', { a: { ...fakeLink(), buffered: 1 }, b: { ...fakeLink(), buffered: 2 } })
      const buffered$ = source.pipe(
        framed('intermediate'),
        map((link) => link.buffered),
      )
      expectObservable(buffered$, '^-------!').toBe('--a----b', { a: 1, b: 2 })
      expectSubscriptions(source.subscriptions).toBe('^-------!')
    }),
  )

  it('frames what is sent, with the tag before the first', () => {
    const link = fakeLink()
    const seen: Link[] = []
    staying(link)
      .pipe(framed('abridged'))
      .subscribe({ next: (each) => seen.push(each), error: expect.fail })
    seen[0]!.send(P)
    seen[0]!.send(Q)
    const encode = frameEncoder('abridged', seededRandom())
    expect(link.sent).to.deep.equal([concat(frameTag('abridged'), encode(P)), encode(Q)])
  })

  it('tells what the link below has buffered, at each look', () => {
    const below = { ...fakeLink(), buffered: 1 }
    let above: Link | undefined
    staying<Link>(below)
      .pipe(framed('full'))
      .subscribe({
        next: (each) => {
          above = each
        },
        error: expect.fail,
      })
    expect(above!.buffered).to.equal(1)
    below.buffered = 2
    expect(above!.buffered).to.equal(2)
  })

  it('gives a transport error frame as the error of incoming$', () => {
    const incoming$ = new Subject<Uint8Array>()
    const errors: TransportError[] = []
    staying<Link>(fakeLink(incoming$))
      .pipe(framed('full'))
      .subscribe({
        next: (link) => link.incoming$.subscribe({ error: (error: TransportError) => errors.push(error) }),
        error: expect.fail,
      })
    incoming$.next(errorFrame(frameEncoder('full', seededRandom()), -444))
    expect(errors.map(({ code, outcome, message }) => ({ code, outcome, message }))).to.deep.equal([
      { code: -444, outcome: 'unknown', message: 'expected a packet, got transport error -444 (no such DC)' },
    ])
  })

  for (const framing of FRAMINGS)
    it(`speaks ${framing} with a server`, () => {
      const [near, far] = linkPair()
      const heard = packetServer(far)
      const got: Uint8Array[] = []
      staying<Link>(near)
        .pipe(framed(framing, { random: seededRandom(5) }))
        .subscribe({
          next(link) {
            link.incoming$.subscribe({ next: (bytes) => got.push(bytes), error: expect.fail })
            link.send(P)
            link.send(Q)
          },
          error: expect.fail,
        })
      expect(heard.framing).to.equal(framing)
      expect(heard.packets).to.deep.equal([P, Q])
      expect(got).to.deep.equal([P, Q])
    })

  for (const framing of ['abridged', 'intermediate', 'padded'] as const)
    it(`asks for quick acks in ${framing}, and tells of them between the packets`, () => {
      const [near, far] = linkPair()
      const server = frameDecoder(framing, 'server')
      const asked: boolean[] = []
      far.incoming$.subscribe({
        next(bytes) {
          // The tag goes before the first frame.
          const frames = server(asked.length === 0 ? bytes.subarray(frameTag(framing).length) : bytes)
          for (const each of frames) if (each._ === 'packet') asked.push(each.quickAck)
        },
        error: expect.fail,
      })
      const got: (number | string)[] = []
      staying<Link>(near)
        .pipe(framed(framing, { random: seededRandom(5) }))
        .subscribe({
          next(link) {
            link.incoming$.subscribe({ next: ({ length }) => got.push(length), error: expect.fail })
            link.send(P)
            link.send(Q, (token) => got.push(token.toString(16)))
            link.send(P)
          },
          error: expect.fail,
        })
      const encode = frameEncoder(framing, () => new Uint8Array(16))
      far.send(concat(encode(P), quickAckFrame(framing, 0x8123_4567), encode(Q)))
      expect(asked).to.deep.equal([false, true, false])
      expect(got).to.deep.equal([P.length, '81234567', Q.length])
    })

  it('has no quick acks in full: asking changes nothing', () => {
    const [one, two] = [fakeLink(), fakeLink()]
    const links: Link[] = []
    for (const link of [one, two])
      staying<Link>(link)
        .pipe(framed('full'))
        .subscribe({ next: (each) => links.push(each), error: expect.fail })
    links[0]!.send(P)
    links[1]!.send(P, () => expect.fail())
    expect(two.sent).to.deep.equal(one.sent)
  })

  it('loses nothing when one reader hands over to the next', () => {
    const [near, far] = linkPair()
    const encode = frameEncoder('intermediate', seededRandom())
    const got: string[] = []
    staying<Link>(near)
      .pipe(framed('intermediate'))
      .subscribe({
        next({ incoming$ }) {
          incoming$.pipe(take(1)).subscribe({
            next: (bytes) => got.push(`first ${bytes.length}`),
            complete: () =>
              incoming$.subscribe({ next: (bytes) => got.push(`second ${bytes.length}`), error: expect.fail }),
            error: expect.fail,
          })
        },
        error: expect.fail,
      })
    const bytes = concat(encode(P), encode(Q), encode(P))
    far.send(bytes.slice(0, bytes.length - 3))
    far.send(bytes.slice(bytes.length - 3))
    expect(got).to.deep.equal([`first ${P.length}`, `second ${Q.length}`, `second ${P.length}`])
  })
})
