import { expect } from 'chai'
import fc from 'fast-check'
import { map } from 'rxjs'
import { TransportError } from '../../../lib/core/errors.ts'
import type { AcceptedLink, Endpoint, Link } from '../../../lib/runtime/transport/link.ts'
import { linkPair, memory, memoryLink } from '../../../lib/runtime/transport/memory.ts'
import { opened } from '../../../lib/runtime/transport/opened.ts'
import { marbles, seededRandom } from '../../support/marbles.ts'
import { FRAMINGS, packet, packetServer, pieces } from './packet-server.ts'

const endpoint: Endpoint = { dc: 2, host: 'memory', port: 1 }

function reads(link: Link, log: string[], name: string): void {
  link.incoming$.subscribe({
    next: (bytes) => log.push(`${name} ${bytes.join(' ')}`),
    complete: () => log.push(`${name} closed`),
    error: (error: Error) => log.push(`${name} ${error.name}: ${error.message}`),
  })
}

describe('runtime/transport memory', () => {
  it('joins two links both ways, and closes both', () => {
    const [near, far] = linkPair()
    const log: string[] = []
    reads(near, log, 'near')
    reads(far, log, 'far')
    near.send(Uint8Array.of(1))
    far.send(Uint8Array.of(2))
    near.close()
    near.send(Uint8Array.of(3))
    far.send(Uint8Array.of(4))
    expect(log).to.deep.equal(['far 1', 'near 2', 'far closed', 'near closed'])
  })

  it('breaks by reset', () => {
    const [near, far] = linkPair()
    const log: string[] = []
    reads(near, log, 'near')
    reads(far, log, 'far')
    far.reset()
    expect(log).to.deep.equal(['near TransportError: the connection to memory:near broke: reset', 'far closed'])
  })

  it('never delivers inside another delivery', () => {
    const [near, far] = linkPair()
    const order: string[] = []
    far.incoming$.subscribe({
      next([value]) {
        order.push(`far begins ${value}`)
        far.send(Uint8Array.of(value! + 10))
        order.push(`far ends ${value}`)
      },
      error: expect.fail,
    })
    near.incoming$.subscribe({
      next([value]) {
        order.push(`near begins ${value}`)
        if (value === 11) near.send(Uint8Array.of(2))
        order.push(`near ends ${value}`)
      },
      error: expect.fail,
    })
    near.send(Uint8Array.of(1))
    expect(order).to.deep.equal([
      'far begins 1',
      'far ends 1',
      'near begins 11',
      'near ends 11',
      'far begins 2',
      'far ends 2',
      'near begins 12',
      'near ends 12',
    ])
  })

  it(
    'takes the time of the given clock, both ways, in order',
    marbles(({ clock, note, expectNotes, expectObservable }) => {
      const link$ = memoryLink(
        endpoint,
        (far) => {
          note('accepted')
          far.incoming$.subscribe({
            next: ([value]) => {
              note(`far ${value}`)
              far.send(Uint8Array.of(value! + 10))
              if (value === 3) far.close()
            },
            complete: () => note('far closed'),
            error: expect.fail,
          })
        },
        { clock, latency: 5 },
      ).pipe(
        map((link) => {
          link.incoming$.subscribe({
            next: ([value]) => {
              note(`near ${value}, ${link.buffered} buffered`)
              if (value === 12) link.send(Uint8Array.of(3))
            },
            complete: () => note('near closed'),
            error: expect.fail,
          })
          link.send(Uint8Array.of(1))
          link.send(Uint8Array.of(2))
          return 'link'
        }),
      )
      expectObservable(link$).toBe('5ms a 19ms |', { a: 'link' })
      expectNotes([
        '5 accepted',
        '10 far 1',
        '10 far 2',
        '15 near 11, 0 buffered',
        '15 near 12, 0 buffered',
        '20 far 3',
        '20 far closed',
        '25 near 13, 0 buffered',
        '25 near closed',
      ])
    }),
  )

  it(
    'delivers what was sent before it was left, at once, and then the end',
    marbles(({ clock, note, expectNotes, expectObservable }) => {
      const link$ = memoryLink(
        endpoint,
        (far) => {
          far.incoming$.subscribe({
            next: ([value]) => note(`far ${value}`),
            complete: () => note('far closed'),
            error: expect.fail,
          })
        },
        { clock, latency: 5 },
      ).pipe(
        map((link) => {
          link.send(Uint8Array.of(1))
          return 'link'
        }),
      )
      expectObservable(link$, '^------!').toBe('-----a', { a: 'link' })
      expectNotes(['7 far 1', '7 far closed'])
    }),
  )

  it(
    'is refused by what accept throws, and opens no connection before its time',
    marbles(({ clock, expectObservable }) => {
      const refusal = new TransportError('could not connect to memory: refused', 'unsent')
      const refused$ = memoryLink(
        endpoint,
        () => {
          throw refusal
        },
        { clock, latency: 3 },
      )
      expectObservable(refused$).toBe('---#', undefined, refusal)
      expectObservable(memoryLink(endpoint, expect.fail, { clock, latency: 3 }), '^-!').toBe('----')
    }),
  )

  it('errors when the other end is reset, and opens anew for each subscription', () => {
    const ends: AcceptedLink[] = []
    const log: string[] = []
    const link$ = memoryLink(endpoint, (far) => ends.push(far))
    const observe = (name: string) =>
      link$.subscribe({
        next: () => log.push(`${name} open`),
        complete: () => log.push(`${name} closed`),
        error: (error: TransportError) => log.push(`${name} ${error.outcome}`),
      })
    observe('first')
    observe('second')
    ends[0]!.reset()
    ends[1]!.close()
    expect(log).to.deep.equal(['first open', 'second open', 'first unknown', 'second closed'])
  })

  for (const framing of FRAMINGS)
    for (const obfuscated of framing === 'full' ? [false] : [false, true])
      it(`carries ${obfuscated ? 'obfuscated ' : ''}${framing} packets, in pieces of any size`, () => {
        fc.assert(
          fc.property(
            fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 5 }),
            fc.integer({ min: 1, max: 90 }),
            (sizes, size) => {
              const sent = sizes.map((each, index) => packet(each, index + 1))
              const got: Uint8Array[] = []
              let heard: ReturnType<typeof packetServer> | undefined
              const connect = memory(
                (far) => {
                  heard = packetServer(far)
                },
                {
                  framing,
                  obfuscated,
                  random: seededRandom(size),
                  cut: (bytes) => pieces(bytes, size),
                },
              )
              const subscription = opened({ ...endpoint, test: true, media: true }, { connect }).subscribe({
                next(link) {
                  link.incoming$.subscribe({ next: (bytes) => got.push(bytes), error: expect.fail })
                  for (const each of sent) link.send(each.slice())
                },
                error: expect.fail,
              })
              expect(got).to.deep.equal(sent)
              expect(heard!.packets).to.deep.equal(sent)
              if (obfuscated && sent.length > 0) expect(heard!.dc).to.equal(-10_002)
              subscription.unsubscribe()
              expect(heard!.over).to.equal('closed')
            },
          ),
          { numRuns: 40 },
        )
      })

  it('can not hide full', () => {
    expect(() => memory(expect.fail, { framing: 'full', obfuscated: true })).to.throw(
      'expected a framing with a tag for an obfuscated stream, got full',
    )
  })
})
