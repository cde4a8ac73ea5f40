/** The links of one session: opened when the machine orders it, one at a time, and numbered by it. */
import { type Observable, Subscription } from 'rxjs'
import type { SessionEvent } from '../../core/protocol/session-events.ts'
import type { Tools } from '../rx/machine.ts'
import type { Link, OnQuickAck } from '../transport/link.ts'
import { EXCHANGING, type Exchanging, type KeyedLink } from './handshake.ts'

export interface Wire {
  /** Opens the next link: what comes of it is dispatched. */
  open(number: number, tools: Pick<Tools<SessionEvent, unknown>, 'dispatch' | 'own'>): void
  write(number: number, packet: Uint8Array, quickAck?: boolean): void
  /** Closes that link; nothing more is dispatched. */
  drop(number: number): void
  /** Bytes that the platform has not taken yet from the link that is open; 0 without one. */
  readonly buffered: number
}

interface OpenLink {
  readonly number: number
  readonly life: Subscription
  readonly onQuickAck: OnQuickAck
  link: Link | undefined
}

/** A wire over a cold source of links: each `open` subscribes it once. */
export function wire(links: Observable<KeyedLink | Exchanging>): Wire {
  let current: OpenLink | undefined

  return {
    open(number, { dispatch, own }) {
      const life = new Subscription()
      const onQuickAck: OnQuickAck = (token) => dispatch({ _: 'quickAck', link: number, token })
      const opening: OpenLink = { number, life, onQuickAck, link: undefined }
      current = opening
      own(life)
      const closed = (reason?: unknown) => {
        life.unsubscribe()
        dispatch({ _: 'closed', link: number, reason })
      }
      const hear = (heard: KeyedLink | Exchanging) => {
        if (opening.link !== undefined) return
        if (heard === EXCHANGING) {
          dispatch({ _: 'exchanging', link: number })
          return
        }
        const { link, key, salt, salts, timeOffset, fresh, bind } = heard
        opening.link = link
        dispatch({ _: 'opened', link: number, key, salt, salts, timeOffset, fresh, bind })
        if (life.closed) return
        const receive = (packet: Uint8Array) => dispatch({ _: 'received', link: number, packet })
        life.add(link.incoming$.subscribe({ next: receive, error: closed, complete: () => closed() }))
      }
      life.add(links.subscribe({ next: hear, error: closed, complete: () => closed() }))
    },
    write(number, packet, quickAck) {
      if (current?.number !== number) return
      // Most calls don't ask: then the link is told nothing more than the bytes.
      if (quickAck === true) current.link?.send(packet, current.onQuickAck)
      else current.link?.send(packet)
    },
    drop(number) {
      if (current?.number !== number) return
      current.life.unsubscribe()
      current = undefined
    },
    get buffered() {
      return current?.link?.buffered ?? 0
    },
  }
}
