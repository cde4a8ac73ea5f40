/** Slices of one dialog, newest first: https://core.telegram.org/api/offsets */
import type { Box, Copy } from './box.ts'

export interface HistorySlice {
  readonly copies: readonly Copy[]
  /** How many messages the whole dialog has. */
  readonly count: number
}

export interface HistoryQuery {
  /** Start after this message, exclusive; 0 is the top. */
  readonly offsetId: number
  /** Start after this date, when `offsetId` is 0; 0 is now. */
  readonly offsetDate: number
  /** Then move on by so many messages; negative is towards the newer ones. */
  readonly addOffset: number
  readonly limit: number
  /** Exclusive; 0 is none. */
  readonly maxId: number
  /** Exclusive; 0 is none. */
  readonly minId: number
}

/** The most messages of one answer. */
export const HISTORY_LIMIT = 100

export function history(box: Box, peer: number, query: HistoryQuery): HistorySlice {
  const ids = box.dialogs.get(peer)?.ids ?? []
  const newest = ids
    .filter((id) => (query.maxId <= 0 || id < query.maxId) && (query.minId <= 0 || id > query.minId))
    .reverse()
  const found =
    query.offsetId > 0
      ? newest.findIndex((id) => id < query.offsetId)
      : newest.findIndex((id) => query.offsetDate <= 0 || box.messages.get(id)!.date < query.offsetDate)
  const start = (found === -1 ? newest.length : found) + query.addOffset
  const limit = Math.min(Math.max(query.limit, 0), HISTORY_LIMIT)
  const copies = newest.slice(Math.max(start, 0), Math.max(start + limit, 0)).map((id) => box.messages.get(id)!)
  return { copies, count: ids.length }
}
