/** Where the data centres are: as the options say, or as the server says in help.getConfig. */
import { map, type Observable, of, switchMap } from 'rxjs'
import type { Config } from '../api/types.ts'
import { endpointsOf } from '../runtime/dc/endpoints.ts'
import type { Change, Store, StoredEndpoint } from '../runtime/storage/storage.ts'
import type { Endpoint } from '../runtime/transport/link.ts'
import { wireDc } from '../runtime/transport/wire-dc.ts'
import type { Settings } from './options.ts'

/**
 * The addresses of one DC, best first: those that the server told, then those that are built in. Given ones stand
 * alone.
 *
 * Starts: looks into the stored session on subscribe.
 * Emits: the addresses, once, then completes.
 * Errors: UsageError for a DC that there is not; StorageError.
 * Unsubscribe: forgets the question.
 */
export function addressesOf(
  dc: number,
  { dcs, isBuiltIn, testMode }: Settings,
  store$: Observable<Store>,
): Observable<readonly Endpoint[]> {
  const given = endpointsOf(dc, dcs, testMode)
  if (!isBuiltIn) return of(given)
  const { ws } = given[0]!
  return store$.pipe(
    switchMap((store) => store.get('endpoints', nameOf(dc, testMode))),
    map((told = []) => [...told.map(({ host, port }): Endpoint => ({ dc, host, port, ws, test: testMode })), ...given]),
  )
}

/** What of the server's configuration is kept: plain addresses that serve everything. */
export function addressChanges({ dcOptions, testMode }: Config): readonly Change[] {
  const byDc = new Map<number, StoredEndpoint[]>()
  for (const { id, ipAddress, port, mediaOnly, tcpoOnly, cdn } of dcOptions) {
    if (mediaOnly || tcpoOnly || cdn) continue
    const found = byDc.get(id) ?? []
    byDc.set(id, [...found, { host: ipAddress, port }])
  }
  return [...byDc].map(([dc, value]) => ({ kind: 'endpoints', key: nameOf(dc, testMode), value }))
}

function nameOf(dc: number, test: boolean): string {
  return String(wireDc({ dc, test }))
}
