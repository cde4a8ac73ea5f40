/** What the platform says of the network. Hints: what is heard from the server counts for more. */
import type { NetworkChange } from './session-events.ts'
import { connectAfter, linkGone } from './session-link.ts'
import { ping } from './session-ping.ts'
import { flush } from './session-send.ts'
import type { SessionCore, Turn } from './session-state.ts'

/** A hint came: what waits for the network goes on at once, and a link that may be dead is asked. */
export function networkChanged(session: SessionCore, change: NetworkChange, turn: Turn): void {
  session.isOffline = change === 'offline'
  session.failures = 0
  switch (session.phase) {
    case 'ready':
      ping(session, turn)
      flush(session, turn)
      return
    case 'opening':
      if (change === 'online') return
      // It was begun in a network that is gone.
      turn.out.push({ _: 'drop', link: session.link })
      linkGone(session, turn)
      connectAfter(session, 0, turn)
      return
    case 'waiting':
      connectAfter(session, 0, turn)
      return
    case 'closed':
  }
}
