/** The list of dialogs, by the date of the newest message: https://core.telegram.org/method/messages.getDialogs */
import { type Box, type Dialog, topOf } from './box.ts'

export interface DialogsSlice {
  readonly dialogs: readonly Dialog[]
  /** How many dialogs the account has. */
  readonly count: number
}

export interface DialogsQuery {
  /** The date of the last dialog that is known already; 0 is none. */
  readonly offsetDate: number
  /** Its top message. */
  readonly offsetId: number
  readonly limit: number
}

/** The most dialogs of one answer. */
export const DIALOGS_LIMIT = 100

export function dialogs(box: Box, query: DialogsQuery): DialogsSlice {
  const all = [...box.dialogs.values()]
    .filter(({ ids }) => ids.length > 0)
    .sort((a, b) => dateOfTop(box, b) - dateOfTop(box, a) || topOf(b) - topOf(a))
  const rest = all.filter((dialog) => isAfter(box, dialog, query))
  return { dialogs: rest.slice(0, Math.min(Math.max(query.limit, 0), DIALOGS_LIMIT)), count: all.length }
}

function isAfter(box: Box, dialog: Dialog, { offsetDate, offsetId }: DialogsQuery): boolean {
  if (offsetDate <= 0) return offsetId <= 0 || topOf(dialog) < offsetId
  const date = dateOfTop(box, dialog)
  return date < offsetDate || (date === offsetDate && offsetId > 0 && topOf(dialog) < offsetId)
}

function dateOfTop(box: Box, dialog: Dialog): number {
  return box.messages.get(topOf(dialog))!.date
}
