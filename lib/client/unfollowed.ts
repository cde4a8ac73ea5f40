/** The side of a client that is after its account's updates, and what takes its place where nobody wants them. */
import { EMPTY, type Observable } from 'rxjs'
import type { FeedSink } from '../runtime/rpc/feed-updates.ts'
import type { Session } from '../runtime/session/session.ts'
import type { KnownPeers } from '../telegram/peers/known-peers.ts'
import type { Engine } from './engine.ts'

/** What a client asks of that side. */
export interface Following extends Pick<Engine, 'start' | 'stop'> {
  /** Takes what answers carry besides. */
  readonly sink: FeedSink
  /**
   * Starts: listens to the lane on subscribe.
   * Emits: nothing; completes with the lane.
   * Errors: never.
   * Unsubscribe: stops listening.
   */
  from(lane: Session): Observable<never>
  /** Completes the listeners. */
  close(): void
}

/** Follows nothing. Whom answers speak of is remembered, since calls need their addresses. */
export function unfollowed({ peers }: { readonly peers: KnownPeers }): Following {
  return {
    start: nothing,
    stop: nothing,
    sink: { peers: peers.remember, updates: nothing, moved: nothing },
    from: () => EMPTY,
    close: nothing,
  }
}

function nothing(): void {}
