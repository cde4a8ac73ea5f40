/** Where calls go: the account's home, or the data centre that they name, by the lane that they ask for. */
import {
  BehaviorSubject,
  catchError,
  defer,
  filter,
  map,
  merge,
  type Observable,
  of,
  switchMap,
  take,
  takeUntil,
} from 'rxjs'
import type { Invoker, Request } from '../core/invoker.ts'
import { endpointsOf } from '../runtime/dc/endpoints.ts'
import { createKeys } from '../runtime/dc/keys.ts'
import { lane } from '../runtime/dc/lane.ts'
import { type LaneKind, type Pool, pool } from '../runtime/dc/pool.ts'
import { callOptions } from '../runtime/rpc/within.ts'
import type { Clock } from '../runtime/rx/clock.ts'
import type { NetworkChange, Session } from '../runtime/session/session.ts'
import type { Change, Store } from '../runtime/storage/storage.ts'
import { wireDc } from '../runtime/transport/wire-dc.ts'
import { addressesOf } from './addresses.ts'
import type { Settings } from './options.ts'
import type { Traces } from './traces.ts'

export interface Connections extends Invoker {
  /** The lane that has the updates, and the next one whenever the account moves. */
  readonly main$: Observable<Session>
  /** The home DC as far as it is known. */
  home(): number
  /** Decides where home is. Emits once calls may go there. */
  move(dc: number): Observable<number>
  /** There is no stored session: no call can be made. */
  fail(error: unknown): void
}

export interface ConnectionsOptions {
  readonly settings: Settings
  readonly store$: Observable<Store>
  keep(changes: readonly Change[]): void
  /** Errors when everything is to end. */
  readonly closing$: Observable<never>
  /** Hints about the network. */
  readonly network$: Observable<NetworkChange>
  readonly traces: Pick<Traces, 'from'>
  /** Whether nobody wants updates: then the server is asked not to push any. */
  readonly isQuiet: boolean
  /** Told when the home DC does not know the permanent key any more. */
  keyLost(): void
}

/** Makes the connections of a client. None is open before `move` was called and somebody wants one. */
export function createConnections(options: ConnectionsOptions): Connections {
  const { settings, store$, keep, closing$, network$, traces, isQuiet, keyLost } = options
  const { clock, random, connect, publicKeys, apiId, device, pfs, testMode } = settings
  const home = new BehaviorSubject<number | undefined>(undefined)
  const keys = createKeys({
    store$,
    keep,
    clock,
    // What another DC forgets is made again there, and nobody is the poorer.
    keyLost: (dc) => home.value !== undefined && dc === wireDc({ dc: home.value, test: testMode }) && keyLost(),
  })

  const open = (dc: number, kind: LaneKind): Observable<Session> =>
    addressesOf(dc, settings, store$).pipe(
      switchMap((endpoints) =>
        lane({
          endpoints,
          connect,
          publicKeys,
          keys,
          apiId,
          device,
          isQuiet: isQuiet || kind === 'side',
          pfs,
          clock,
          random,
          network$,
          pack: settings.pack,
        }),
      ),
      switchMap((opened) => merge(traces.from(opened, dc, kind), of(opened))),
    )
  const lanes: Pool<Session> = pool(
    (dc, kind) => {
      // A second lane home needs the key that the first one makes.
      const isReady = kind === 'side' && dc === home.value ? ready(lanes.lane(dc, 'main')) : of(undefined)
      return merge(isReady.pipe(switchMap(() => open(dc, kind))), closing$)
    },
    { clock: until(closing$, clock) },
  )
  const known$ = home.pipe(filter((dc) => dc !== undefined))
  const invokeFrom = <Result>(base: number, request: Request<Result>): Observable<Result> => {
    const { dc = base, priority } = callOptions(request)
    return lanes.invoke(request, dc, priority === 'low' || dc !== base ? 'side' : 'main')
  }

  return {
    main$: known$.pipe(switchMap((dc) => lanes.lane(dc, 'main'))),
    home: () => home.value ?? settings.homeDc,
    move: (dc) =>
      defer(() => {
        // Throws where there is no such DC, before anything has moved.
        endpointsOf(dc, settings.dcs, settings.testMode)
        if (home.value !== dc) home.next(dc)
        return of(dc)
      }),
    fail: (error) => home.error(error),
    invoke: (request) =>
      defer(() => {
        const base = home.value
        if (base !== undefined) return invokeFrom(base, request)
        return known$.pipe(
          take(1),
          switchMap((known) => invokeFrom(known, request)),
        )
      }),
  }
}

/** The same clock, without patience once everything ends: nothing lingers then. */
function until(closing$: Observable<never>, clock: Clock): Clock {
  const closed$ = closing$.pipe(catchError(() => of(undefined)))
  return { ...clock, after: (delay) => clock.after(delay).pipe(takeUntil(closed$)) }
}

/** Emits when the lane has a connection. It stays open as long as this is subscribed. */
function ready(main$: Observable<Session>): Observable<undefined> {
  return main$.pipe(
    switchMap(({ state$ }) => state$),
    filter(({ _ }) => _ === 'ready'),
    map(() => undefined),
    take(1),
  )
}
