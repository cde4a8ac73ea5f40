/** What happened since a pts: https://core.telegram.org/method/updates.getDifference */
import { refuse } from '../refuse.ts'
import { type Box, type Entry, ptsOf } from './box.ts'

export type Difference =
  | { readonly _: 'empty' }
  /** The client must forget what it knows and go on from `pts`. */
  | { readonly _: 'tooLong'; readonly pts: number }
  /** `pts` is that of the last entry; `more` says that there are entries after it. */
  | { readonly _: 'entries'; readonly entries: readonly Entry[]; readonly pts: number; readonly more: boolean }

export interface DifferenceQuery {
  readonly pts: number
  /** The most units of pts in one answer. */
  readonly ptsLimit?: number | undefined
  /** More than this behind, and the answer is "too long". */
  readonly ptsTotalLimit?: number | undefined
}

/** The most units of pts in one answer when the caller sets no lower limit. */
export const DIFFERENCE_LIMIT = 500

export function difference(box: Box, query: DifferenceQuery): Difference {
  const now = ptsOf(box)
  if (query.pts <= 0) refuse(400, 'PERSISTENT_TIMESTAMP_EMPTY')
  if (query.pts > now) refuse(400, 'PERSISTENT_TIMESTAMP_INVALID')
  if (query.pts === now) return { _: 'empty' }
  const behind = now - query.pts
  const forgotten = query.pts < box.logBase
  if (forgotten || (query.ptsTotalLimit !== undefined && behind > query.ptsTotalLimit))
    return { _: 'tooLong', pts: now }
  const limit = Math.min(Math.max(query.ptsLimit ?? DIFFERENCE_LIMIT, 1), DIFFERENCE_LIMIT)
  const start = query.pts - box.logBase
  const entries = box.log.slice(start, start + limit)
  return { _: 'entries', entries, pts: query.pts + entries.length, more: entries.length < behind }
}
