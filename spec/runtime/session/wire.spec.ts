import { expect } from 'chai'
import { Subscription } from 'rxjs'
import { TransportError } from '../../../lib/core/errors.ts'
import type { SessionEvent } from '../../../lib/core/protocol/session-events.ts'
import { EXCHANGING, type Exchanging, type KeyedLink } from '../../../lib/runtime/session/handshake.ts'
import { wire } from '../../../lib/runtime/session/wire.ts'
import { inbox } from '../../../lib/runtime/transport/inbox.ts'
import { FAKE_KEY } from '../../support/fake-server.ts'
import { marbles } from '../../support/marbles.ts'

/** A link whose packets are marbles, and which notes what is sent. */
function keyedLink(
  send: (packet: Uint8Array) => void = () => {},
  buffered = 0,
): KeyedLink & { readonly end: ReturnType<typeof inbox> } {
  const end = inbox()
  const link = { incoming$: end.incoming$, send, buffered }
  return { link, key: FAKE_KEY, salt: 3n, timeOffset: 4, fresh: true, end }
}

/** What the machine gives, so that events are notes. */
function tools(note: (what: string) => void) {
  const owned = new Subscription()
  return {
    owned,
    dispatch: (event: SessionEvent) => {
      const reason = event._ === 'closed' && event.reason instanceof Error ? ` ${event.reason.message}` : ''
      note(`${event._}${'link' in event ? ` ${event.link}` : ''}${reason}`)
    },
    own: (work: unknown) => {
      owned.add(work as Subscription)
      return owned
    },
  }
}

describe('runtime/session wire', () => {
  it(
    'subscribes the source for each link, and numbers what comes of it',
    marbles(({ cold, flush, note, expectNotes, expectSubscriptions, clock }) => {
      const first = keyedLink()
      const links = cold('--k', { k: first })
      const { open } = wire(links)
      open(4, tools(note))
      clock.after(5).subscribe({ next: () => first.end.push(Uint8Array.of(1)), error: expect.fail })
      clock.after(6).subscribe({ next: () => first.end.end(), error: expect.fail })
      expectSubscriptions(links.subscriptions).toBe('^-----!')
      flush()
      expectNotes(['2 opened 4', '5 received 4', '6 closed 4'])
    }),
  )

  it(
    'closes when the source completes or errors, also before there was a link',
    marbles(({ cold, flush, note, expectNotes, clock }) => {
      wire(cold('--|')).open(1, tools(note))
      wire(cold('---#', {}, new TransportError('refused', 'unsent'))).open(2, tools(note))
      wire(cold('k---|', { k: keyedLink() })).open(3, tools(note))
      wire(cold('k----#', { k: keyedLink() }, new Error('reset'))).open(4, tools(note))
      expect(clock.elapsed()).to.equal(0)
      flush()
      expectNotes(['0 opened 3', '0 opened 4', '2 closed 1', '3 closed 2 refused', '4 closed 3', '5 closed 4 reset'])
    }),
  )

  it(
    'leaves the source and the packets when a link is dropped, and is silent about it',
    marbles(({ cold, flush, note, expectNotes, expectSubscriptions, clock }) => {
      const link = keyedLink()
      const links = cold('k', { k: link })
      const { open, drop } = wire(links)
      open(1, tools(note))
      clock.after(3).subscribe({ next: () => drop(1), error: expect.fail })
      clock.after(4).subscribe({ next: () => link.end.push(Uint8Array.of(1)), error: expect.fail })
      expectSubscriptions(links.subscriptions).toBe('^--!')
      flush()
      expectNotes(['0 opened 1'])
    }),
  )

  it(
    'writes to the newest link only, and drops no other',
    marbles(({ cold, flush, note, expectNotes, expectSubscriptions, clock }) => {
      const send = ([byte]: Uint8Array) => note(`write ${byte}`)
      const links = cold('k', { k: keyedLink(send) })
      const { open, write, drop } = wire(links)
      write(1, Uint8Array.of(9))
      open(
        1,
        tools(() => {}),
      )
      clock.after(1).subscribe({
        error: expect.fail,
        next: () => {
          write(1, Uint8Array.of(1))
          write(2, Uint8Array.of(2))
          drop(2)
        },
      })
      expectSubscriptions(links.subscriptions).toBe('^')
      flush()
      expectNotes(['1 write 1'])
    }),
  )

  it(
    'tells what the link that is open has still to send',
    marbles(({ cold, flush, clock, finally: last }) => {
      const wired = wire(cold('--k', { k: keyedLink(() => {}, 7) }))
      const seen: number[] = [wired.buffered]
      wired.open(
        1,
        tools(() => {}),
      )
      for (const at of [1, 3, 5])
        clock.after(at).subscribe({ next: () => seen.push(wired.buffered), error: expect.fail })
      clock.after(4).subscribe({ next: () => wired.drop(1), error: expect.fail })
      flush()
      last(() => expect(seen).to.deep.equal([0, 0, 7, 0]))
    }),
  )

  it(
    'tells that a key is being made, until it is there',
    marbles(({ cold, flush, note, expectNotes }) => {
      const links = cold<KeyedLink | Exchanging>('-e-k-e', { e: EXCHANGING, k: keyedLink() })
      wire(links).open(1, tools(note))
      flush()
      expectNotes(['1 exchanging 1', '3 opened 1'])
    }),
  )

  it(
    'takes one link from each subscription',
    marbles(({ cold, flush, note, expectNotes }) => {
      wire(cold('kk', { k: keyedLink() })).open(1, tools(note))
      flush()
      expectNotes(['0 opened 1'])
    }),
  )

  it(
    'ends with the machine',
    marbles(({ cold, flush, note, expectSubscriptions, clock }) => {
      const links = cold('k', { k: keyedLink() })
      const given = tools(note)
      wire(links).open(1, given)
      clock.after(4).subscribe({ next: () => given.owned.unsubscribe(), error: expect.fail })
      expectSubscriptions(links.subscriptions).toBe('^---!')
      flush()
    }),
  )
})
