import { expect } from 'chai'
import { of } from 'rxjs'
import { concat } from '../../../lib/core/bytes.ts'
import { UsageError } from '../../../lib/core/errors.ts'
import { frameEncoder, frameTag } from '../../../lib/core/protocol/frame.ts'
import { deframe } from '../../../lib/runtime/transport/deframe.ts'
import { frame } from '../../../lib/runtime/transport/frame.ts'
import { marbles, seededRandom } from '../../support/marbles.ts'
import { FRAMINGS, packet } from './packet-server.ts'

const P = packet(16, 1)
const Q = packet(32, 2)

describe('runtime/transport frame', () => {
  for (const framing of FRAMINGS)
    it(
      `sends the tag of ${framing} with the first frame, once for each subscription`,
      marbles(({ hot, expectObservable, expectSubscriptions }) => {
        const source = hot('--P--Q--|', { P, Q })
        const encode = frameEncoder(framing, seededRandom(3))
        const values = { p: concat(frameTag(framing), encode(P)), q: encode(Q) }
        expectObservable(source.pipe(frame(framing, { random: seededRandom(3) }))).toBe('--p--q--|', values)
        const again = frameEncoder(framing, seededRandom(3))
        const second = { q: concat(frameTag(framing), again(Q)) }
        expectObservable(source.pipe(frame(framing, { random: seededRandom(3) })), '----^--!').toBe('-----q', second)
        expectSubscriptions(source.subscriptions).toBe(['^-------!', '----^--!'])
      }),
    )

  it('leaves the tag out where obfuscation carries it', () => {
    const seen: Uint8Array[] = []
    of(P, Q)
      .pipe(frame('padded', { tag: false }), deframe('padded'))
      .subscribe({ next: (each) => seen.push(each), error: expect.fail })
    expect(seen).to.deep.equal([P, Q])
  })

  it(
    'errors for a packet that the framing can not carry',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('--a--', { a: new Uint8Array(5) })
      const error = new UsageError('abridged: expected a payload of whole 4-byte words, got 5 bytes')
      expectObservable(source.pipe(frame('abridged'))).toBe('--#', undefined, error)
      expectSubscriptions(source.subscriptions).toBe('^-!')
    }),
  )
})
