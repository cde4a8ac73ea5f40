/** Sets the parts of a client in motion: reads the stored session, goes home, and listens there. */
import { filter, ignoreElements, merge, type Observable, Subscription, switchMap, take, tap } from 'rxjs'
import { getConfig } from '#api/help'
import { StorageError, UsageError } from '../core/errors.ts'
import { again } from '../runtime/rx/again.ts'
import type { Session } from '../runtime/session/session.ts'
import { addressChanges } from './addresses.ts'
import type { Assembly } from './assembly.ts'

/** A lane that broke by a mistake of ours is built again after so many milliseconds. */
const REBUILD = 1_000

/** Runs until the result is unsubscribed. */
export function run(parts: Assembly): Subscription {
  const { stored, connections, accounts, restored, settings, faults, network, view } = parts
  const life = new Subscription()

  // Home first: whoever hears that somebody is signed in may call at once.
  const found$ = stored.said$.pipe(
    switchMap(({ self, box }) =>
      connections.move(self?.dc ?? settings.homeDc).pipe(
        tap(() => {
          restored.box = box
          accounts.restored(self)
        }),
      ),
    ),
  )
  life.add(main(parts).subscribe({ error: faults.at('session') }))
  life.add(
    found$.subscribe({
      error: (error: unknown) => {
        faults.add({ at: 'storage', error })
        connections.fail(error)
        view.session({ _: 'offline' })
      },
    }),
  )
  life.add(settings.network$.subscribe({ next: network.tell, error: faults.at('network') }))
  if (settings.isBuiltIn) life.add(corrected(parts).subscribe({ error: faults.at('config') }))
  return life
}

/** The main lane, listened to as long as the client lives. */
function main({ connections, updates, view, faults, settings }: Assembly): Observable<never> {
  const listen = (lane: Session): Observable<never> =>
    merge(updates.from(lane), lane.state$.pipe(tap(view.session)), lane.faults$.pipe(tap(faults.at('session')))).pipe(
      ignoreElements(),
    )
  return connections.main$.pipe(
    switchMap(listen),
    again((error) => {
      if (error instanceof StorageError || error instanceof UsageError) throw error
      faults.add({ at: 'session', error })
      return settings.clock.after(REBUILD)
    }),
  )
}

/** Once in a run the server is asked where its data centres are now. */
function corrected({ view, calls, stored }: Assembly): Observable<unknown> {
  return view.state$.pipe(
    filter(({ _ }) => _ === 'ready'),
    take(1),
    switchMap(() => getConfig(calls)),
    tap((config) => stored.keep(addressChanges(config))),
  )
}
