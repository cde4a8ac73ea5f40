import { expect } from 'chai'
import { concat as concatObservables, NEVER, of, Subject, take } from 'rxjs'
import { concat } from '../../../lib/core/bytes.ts'
import { ProtocolError, TransportError } from '../../../lib/core/errors.ts'
import { errorFrame, frameEncoder, quickAckFrame } from '../../../lib/core/protocol/frame.ts'
import { deframe, reading } from '../../../lib/runtime/transport/deframe.ts'
import { marbles, seededRandom } from '../../support/marbles.ts'
import { FRAMINGS, packet, pieces } from './packet-server.ts'

const random = seededRandom()
const P = packet(16, 1)
const Q = packet(32, 2)
const frames = (...packets: Uint8Array[]) =>
  concat(...packets.map((each) => frameEncoder('intermediate', random)(each)))

describe('runtime/transport deframe', () => {
  it(
    'emits packets as they become whole, and leaves its source when left',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const bytes = frames(P, Q)
      const values = { a: bytes.slice(0, 3), b: bytes.slice(3, 60), c: bytes.slice(60), P, Q }
      const source = hot('--a--b--c--', values)
      expectObservable(source.pipe(deframe('intermediate')), '^--------!').toBe('-----P--Q-', values)
      expectSubscriptions(source.subscriptions).toBe('^--------!')
    }),
  )

  it(
    'emits every packet of one chunk, in order, and completes with its source in the middle of a frame',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const values = { a: concat(frames(P, Q), Uint8Array.of(9)), P, Q }
      const source = cold('--a---|', values)
      expectObservable(source.pipe(deframe('intermediate'))).toBe('--(PQ)|', values)
      expectSubscriptions(source.subscriptions).toBe('^-----!')
    }),
  )

  it(
    'errors with the code of a transport error frame, after the packets before it',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const values = { a: concat(frames(P), errorFrame(frameEncoder('intermediate', random), -404)), P }
      const source = hot('--a--a--', values)
      const error = new TransportError(
        'expected a packet, got transport error -404 (auth key or query not known to it)',
        'unknown',
        { code: -404 },
      )
      expectObservable(source.pipe(deframe('intermediate'))).toBe('--(P#)', values, error)
      expectSubscriptions(source.subscriptions).toBe('^-!')
    }),
  )

  it(
    'errors with ProtocolError for a stream that is none',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('--a--', { a: new Uint8Array(4) })
      const error = new ProtocolError('expected a frame of 4 bytes to 16 MiB, got a length of 0')
      expectObservable(source.pipe(deframe('intermediate'))).toBe('--#', undefined, error)
      expectSubscriptions(source.subscriptions).toBe('^-!')
    }),
  )

  it(
    'passes its source’s error on',
    marbles(({ hot, expectObservable }) => {
      expectObservable(hot<Uint8Array>('--#').pipe(deframe('padded'))).toBe('--#')
    }),
  )

  it('reads a new stream for each subscription', () => {
    const source = of(frames(P).slice(0, 20))
    const seen: Uint8Array[] = []
    const packets$ = source.pipe(deframe('intermediate'))
    packets$.subscribe({ next: (each) => seen.push(each), error: expect.fail })
    packets$.subscribe({ next: (each) => seen.push(each), error: expect.fail })
    expect(seen).to.deep.equal([])
  })

  it('reads as a server where asked to', () => {
    const wish = frameEncoder('abridged', random)(P, true)
    const seen: Uint8Array[] = []
    of(wish)
      .pipe(deframe('abridged', { side: 'server' }))
      .subscribe({ next: (each) => seen.push(each), error: expect.fail })
    expect(seen).to.deep.equal([P])
  })

  it('drops quick acks', () => {
    const seen: Uint8Array[] = []
    of(quickAckFrame('intermediate', 0x8123_4567), frames(P))
      .pipe(deframe('intermediate'))
      .subscribe({ next: (each) => seen.push(each), error: expect.fail })
    expect(seen).to.deep.equal([P])
  })

  for (const framing of FRAMINGS)
    it(`gives the same packets however ${framing} bytes are cut`, () => {
      const encode = frameEncoder(framing, random)
      const expected = [P, Q, packet(600, 3), P]
      const bytes = concat(...expected.map((each) => encode(each)))
      for (let size = 1; size <= bytes.length; size += size < 12 ? 1 : 97) {
        const seen: Uint8Array[] = []
        concatObservables(of(...pieces(bytes, size)))
          .pipe(deframe(framing))
          .subscribe({ next: (each) => seen.push(each), error: expect.fail })
        expect(seen).to.deep.equal(expected)
      }
    })
})

describe('runtime/transport reading', () => {
  it('leaves to the next reader what the last one did not take', () => {
    const source = new Subject<Uint8Array>()
    const packets$ = source.pipe(reading('intermediate', 'client'))
    const first: Uint8Array[] = []
    const second: Uint8Array[] = []
    packets$.pipe(take(1)).subscribe({ next: (each) => first.push(each), error: expect.fail })
    const bytes = frames(P, Q, P)
    source.next(bytes.slice(0, bytes.length - 5))
    expect(first).to.deep.equal([P])
    expect(source.observed).to.equal(false)
    packets$.subscribe({ next: (each) => second.push(each), error: expect.fail })
    expect(second).to.deep.equal([Q])
    source.next(bytes.slice(bytes.length - 5))
    expect(second).to.deep.equal([Q, P])
  })

  it('gives a held error to the next reader as well', () => {
    const error = errorFrame(frameEncoder('intermediate', random), -429)
    const packets$ = concatObservables(of(concat(frames(P), error)), NEVER).pipe(reading('intermediate', 'client'))
    packets$.pipe(take(1)).subscribe({ error: expect.fail })
    let code: number | undefined
    packets$.subscribe({
      error: (each: TransportError) => {
        code = each.code
      },
    })
    expect(code).to.equal(-429)
  })
})
