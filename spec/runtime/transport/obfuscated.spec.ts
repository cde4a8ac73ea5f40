import { expect } from 'chai'
import { map, Subject } from 'rxjs'
import { UsageError } from '../../../lib/core/errors.ts'
import { obfuscateServer } from '../../../lib/core/protocol/obfuscation.ts'
import type { Link } from '../../../lib/runtime/transport/link.ts'
import { obfuscated } from '../../../lib/runtime/transport/obfuscated.ts'
import { marbles, seededRandom } from '../../support/marbles.ts'
import { fakeLink, staying } from './packet-server.ts'

function hidden(link: Link, dc = 2): Link {
  let above: Link | undefined
  staying(link)
    .pipe(obfuscated({ framing: 'padded', dc, random: seededRandom(9) }))
    .subscribe({
      next: (each) => {
        above = each
      },
      error: expect.fail,
    })
  return above!
}

describe('runtime/transport obfuscated', () => {
  it(
    'lives and ends with its source',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot<Link>('--a----x--#', { a: { ...fakeLink(), buffered: 1 }, x: fakeLink() })
      const buffered$ = source.pipe(
        obfuscated({ framing: 'abridged' }),
        map((link) => link.buffered),
      )
      expectObservable(buffered$).toBe('--a----x--#', { a: 1, x: 0 })
      expectSubscriptions(source.subscriptions).toBe('^---------!')
    }),
  )

  it('sends its header with the first bytes, and hides them', () => {
    const link = fakeLink()
    const above = hidden(link, -10_002)
    expect(link.sent).to.deep.equal([])
    above.send(Uint8Array.of(1, 2, 3))
    above.send(Uint8Array.of(4))
    expect(link.sent.map((each) => each.length)).to.deep.equal([67, 1])
    const server = obfuscateServer(link.sent[0]!.slice(0, 64))!
    expect([server.framing, server.dc]).to.deep.equal(['padded', -10_002])
    expect(server.decrypt(link.sent[0]!.slice(64))).to.deep.equal(Uint8Array.of(1, 2, 3))
    expect(server.decrypt(link.sent[1]!)).to.deep.equal(Uint8Array.of(4))
  })

  it('sends its header once, also when the link has it send again from inside', () => {
    const sent: number[] = []
    let again = true
    const above = hidden({
      ...fakeLink(),
      send(bytes) {
        sent.push(bytes.length)
        if (again) {
          again = false
          above.send(Uint8Array.of(9))
        }
      },
    })
    above.send(Uint8Array.of(1, 2, 3))
    expect(sent).to.deep.equal([67, 1])
  })

  it('reads on where the last reader left: the key stream belongs to the link', () => {
    const incoming$ = new Subject<Uint8Array>()
    const link = fakeLink(incoming$)
    const above = hidden(link)
    above.send(new Uint8Array(4))
    const server = obfuscateServer(link.sent[0]!.slice(0, 64))!
    const got: Uint8Array[] = []
    const reader = { next: (bytes: Uint8Array) => void got.push(bytes), error: expect.fail }
    const first = above.incoming$.subscribe(reader)
    incoming$.next(server.encrypt(Uint8Array.of(1, 2)))
    first.unsubscribe()
    above.incoming$.subscribe(reader)
    incoming$.next(server.encrypt(Uint8Array.of(3)))
    expect(got).to.deep.equal([Uint8Array.of(1, 2), Uint8Array.of(3)])
  })

  it(
    'errors for a framing that has no tag',
    marbles(({ hot, expectObservable }) => {
      const source = hot<Link>('--a--', { a: fakeLink() })
      const error = new UsageError('expected a framing with a tag, got full')
      expectObservable(source.pipe(obfuscated({ framing: 'full' }))).toBe('--#', undefined, error)
    }),
  )
})
