/** What the platform tells of the network: browsers do, others tell nothing. */
import { defer, EMPTY, filter, map, merge, type Observable } from 'rxjs'
import type { NetworkChange } from '../core/protocol/session-events.ts'
import { cold } from '../runtime/rx/cold.ts'

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
    heard(surroundings, 'online').pipe(map(() => 'online' as const)),
    heard(surroundings, 'offline').pipe(map(() => 'offline' as const)),
    hasEvents(connection) ? kinds(connection) : EMPTY,
  )
}

/** The event also comes for each new estimate of the speed: only another kind of network means another way. */
function kinds(connection: Events & { readonly type?: string }): Observable<NetworkChange> {
  return defer(() => {
    let kind = connection.type
    return heard(connection, 'change').pipe(
      filter(() => {
        const isOther = connection.type !== kind
        kind = connection.type
        return isOther
      }),
      map(() => 'changed' as const),
    )
  })
}

/** RxJS's `fromEvent` without the other kinds of emitters that it knows. */
function heard(target: Events, type: string): Observable<void> {
  return cold((subscriber) => {
    const listener = (): void => subscriber.next()
    target.addEventListener(type, listener)
    subscriber.add(() => target.removeEventListener(type, listener))
  })
}

function hasEvents<Some extends Partial<Events>>(it: Some | undefined): it is Some & Events {
  return typeof it?.addEventListener === 'function' && typeof it.removeEventListener === 'function'
}
