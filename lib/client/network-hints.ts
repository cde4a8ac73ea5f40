/** What the platform tells of the network: browsers do, others tell nothing. */
import { distinctUntilChanged, EMPTY, fromEvent, map, merge, type Observable, skip, startWith } from 'rxjs'
import type { NetworkChange } from '../core/protocol/session-events.ts'

interface Events {
  addEventListener(type: string, listener: (event: unknown) => void): void
  removeEventListener(type: string, listener: (event: unknown) => void): void
}

/** As much of a browser's `globalThis` as is needed here. */
export interface Surroundings extends Partial<Events> {
  readonly navigator?: { readonly connection?: (Partial<Events> & { readonly type?: string }) | undefined } | undefined
}

/**
 * The events of a window or a worker, as hints for `network` of a client.
 *
 * Starts: listens on subscribe; nothing is told of how it is then.
 * Emits: `online`, `offline`, and `changed` when the kind of connection becomes another (wifi, cellular).
 * Errors: never.
 * Unsubscribe: stops listening.
 *
 *     window:       ---online----offline--
 *     connection:   ------------change----    (wifi, then cellular)
 *     hints:        ---n--------c-f-------
 */
export function networkHints(surroundings: Surroundings = globalThis as Surroundings): Observable<NetworkChange> {
  if (!hasEvents(surroundings)) return EMPTY
  const connection = surroundings.navigator?.connection
  return merge(
    fromEvent(surroundings, 'online').pipe(map(() => 'online' as const)),
    fromEvent(surroundings, 'offline').pipe(map(() => 'offline' as const)),
    hasEvents(connection) ? kinds(connection) : EMPTY,
  )
}

/** The event also comes for each new estimate of the speed: only another kind of network means another way. */
function kinds(connection: Events & { readonly type?: string }): Observable<NetworkChange> {
  return fromEvent(connection, 'change').pipe(
    map(() => connection.type),
    startWith(connection.type),
    distinctUntilChanged(),
    skip(1),
    map(() => 'changed' as const),
  )
}

function hasEvents<Some extends Partial<Events>>(it: Some | undefined): it is Some & Events {
  return typeof it?.addEventListener === 'function' && typeof it.removeEventListener === 'function'
}
