/** The two questions by which a client finds out what it missed: https://core.telegram.org/method/updates.getDifference */
import type { Observable } from 'rxjs'
import { getDifference, getState } from '#api/updates'
import type { UpdatesDifference, UpdatesState } from '../../api/types.ts'
import type { Invoker } from '../../core/invoker.ts'
import type { StoredBox } from '../storage/storage.ts'

/**
 * Asks what came since `box`; without one, where the account stands. Either also tells the server to push to this
 * session.
 *
 * Starts: one call on subscribe.
 * Emits: the difference or the state, once, then completes.
 * Errors: as every call.
 * Unsubscribe: cancels the call.
 *
 *     box given:        getDifference(pts, date, qts)
 *     differenceFrom:   ------(d|)                        d: what came since
 *     no box:           getState()
 *     differenceFrom:   ------(s|)                        s: where the account stands
 */
export function differenceFrom(tg: Invoker, box: StoredBox | undefined): Observable<UpdatesDifference | UpdatesState> {
  if (box === undefined) return getState(tg)
  // A date of 0 is refused as DATE_EMPTY, a pts of 0 as PERSISTENT_TIMESTAMP_EMPTY: both stand for "from the beginning".
  return getDifference(tg, { pts: Math.max(1, box.pts), date: Math.max(1, box.date ?? 1), qts: box.qts ?? 0 })
}
