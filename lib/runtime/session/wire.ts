/** The links of one session: opened when the machine orders it, one at a time, and numbered by it. */
import { type Observable, Subscription } from 'rxjs'
import type { SessionEvent } from '../../core/protocol/session-events.ts'
import type { Tools } from '../rx/machine.ts'
import type { Link } from '../transport/link.ts'
import type { KeyedLink } from './handshake.ts'

export interface Wire {
  /** Opens the next link: what comes of it is dispatched. */
  open(number: number, tools: Pick<Tools<SessionEvent, unknown>, 'dispatch' | 'own'>): void
  write(number: number, packet: Uint8Array): void
  /** Closes that link; nothing more is dispatched. */
  drop(number: number): void
  /** Bytes that the platform has not taken yet from the link that is open; 0 without one. */
  readonly buffered: number
}

interface OpenLink {
  readonly number: number
  readonly life: Subscription
  link: Link | undefined
}

/** A wire over a cold source of links: each `open` subscribes it once. */
export function wire(links: Observable<KeyedLink>): Wire {
  let current: OpenLink | undefined

  return {
    open(number, { dispatch, own }) {
      const life = new Subscription()
      const opening: OpenLink = { number, life, link: undefined }
      current = opening
      own(life)
      const closed = (reason?: unknown) => {
        life.unsubscribe()
        dispatch({ _: 'closed', link: number, reason })
      }
      const hear = ({ link, key, salt, salts, timeOffset }: KeyedLink) => {
        if (opening.link !== undefined) return
        opening.link = link
        dispatch({ _: 'opened', link: number, key, salt, salts, timeOffset })
        if (life.closed) return
        const receive = (packet: Uint8Array) => dispatch({ _: 'received', link: number, packet })
        life.add(link.incoming$.subscribe({ next: receive, error: closed, complete: () => closed() }))
      }
      life.add(links.subscribe({ next: hear, error: closed, complete: () => closed() }))
    },
    write(number, packet) {
      if (current?.number === number) current.link?.send(packet)
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
