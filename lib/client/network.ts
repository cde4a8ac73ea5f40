/** Hints about the network, from whoever has them to all connections. */
import { concat, defer, type Observable, of, Subject } from 'rxjs'
import type { NetworkChange } from '../core/protocol/session-events.ts'

export interface Network {
  /** Hot. Whoever comes while there is said to be no network hears that first. */
  readonly changes$: Observable<NetworkChange>
  tell(change: NetworkChange): void
  close(): void
}

/** Makes the one place of a client that hints go through. */
export function createNetwork(): Network {
  const changes = new Subject<NetworkChange>()
  let isOffline = false
  return {
    changes$: defer(() => (isOffline ? concat(of('offline' as const), changes) : changes)),
    tell(change) {
      isOffline = change === 'offline'
      changes.next(change)
    },
    close: () => changes.complete(),
  }
}
