/**
 * An account's box: its copies of messages, its dialogs, and a log with exactly one entry for each unit of pts. The
 * pts of an entry is its place in the log, so that a gap can't even be written down.
 * https://core.telegram.org/api/updates#message-related-event-sequences
 */
import type { MessageEntity, ReplyMarkup } from '../../api/index.ts'
import { limits } from './limits.ts'

/** What a message refers back to, in the ids of the account that holds the copy. */
export interface Reply {
  readonly id: number
  readonly quote?: string | undefined
  readonly quoteEntities?: readonly MessageEntity[] | undefined
  readonly quoteOffset?: number | undefined
}

/** What people write. */
export interface Content {
  readonly text: string
  readonly entities?: readonly MessageEntity[] | undefined
  readonly markup?: ReplyMarkup | undefined
}

/** One account's copy of a private message. */
export interface Copy {
  readonly id: number
  /** The other account of the dialog; the owner itself in saved messages. */
  readonly peer: number
  /** Who wrote it. */
  readonly from: number
  readonly date: number
  /** The pts of its coming into the box. */
  readonly pts: number
  readonly reply: Reply | undefined
  readonly silent: boolean
  readonly noforwards: boolean
  /** What the sender called it; only in the sender's copy. */
  readonly randomId: bigint | undefined
  content: Content
  editDate: number | undefined
  /** The id of the other account's copy, if there is one. */
  twin: number | undefined
}

export interface Dialog {
  readonly peer: number
  /** The ids of its messages, ascending. */
  ids: number[]
  readInboxMaxId: number
  readOutboxMaxId: number
}

/** One thing that happened to one message or one dialog. */
export type Change =
  | { readonly _: 'new'; readonly id: number }
  | { readonly _: 'edited'; readonly id: number }
  | { readonly _: 'deleted'; readonly id: number }
  | { readonly _: 'readInbox'; readonly peer: number; readonly maxId: number; readonly unread: number }
  | { readonly _: 'readOutbox'; readonly peer: number; readonly maxId: number }

/** A line of the log. */
export interface Entry {
  readonly pts: number
  readonly date: number
  readonly change: Change
}

/** What one operation did to one account: all of it belongs into one update. */
export interface Fact {
  readonly account: number
  /** After the last change. */
  readonly pts: number
  readonly changes: readonly Change[]
}

export interface Box {
  readonly owner: number
  /** The pts before the first entry of the log: 1 for a new account, because clients take 0 for "unknown". */
  logBase: number
  log: Entry[]
  nextId: number
  readonly messages: Map<number, Copy>
  readonly dialogs: Map<number, Dialog>
  /** From random_id to the message's id. */
  readonly randomIds: Map<bigint, number>
}

export function createBox(owner: number): Box {
  return { owner, logBase: 1, log: [], nextId: 1, messages: new Map(), dialogs: new Map(), randomIds: new Map() }
}

export function ptsOf(box: Box): number {
  return box.logBase + box.log.length
}

/** Writes one operation's changes into the log. */
export function record(box: Box, date: number, changes: readonly Change[]): Fact {
  for (const change of changes) box.log.push({ pts: ptsOf(box) + 1, date, change })
  const excess = box.log.length - limits.log
  if (excess > 0) {
    const forgotten = Math.max(excess, limits.logStep)
    box.log = box.log.slice(forgotten)
    box.logBase += forgotten
  }
  return { account: box.owner, pts: ptsOf(box), changes }
}

export function dialogOf(box: Box, peer: number): Dialog {
  const known = box.dialogs.get(peer)
  if (known !== undefined) return known
  const made: Dialog = { peer, ids: [], readInboxMaxId: 0, readOutboxMaxId: 0 }
  box.dialogs.set(peer, made)
  return made
}

/** The newest message of a dialog, or 0. */
export function topOf(dialog: Dialog): number {
  return dialog.ids.at(-1) ?? 0
}

/** How many messages of others are above the read mark. */
export function unreadIn(box: Box, dialog: Dialog): number {
  let count = 0
  for (let at = dialog.ids.length - 1; at >= 0; at--) {
    const id = dialog.ids[at]!
    if (id <= dialog.readInboxMaxId) break
    if (box.messages.get(id)!.from !== box.owner) count++
  }
  return count
}

/** As `unreadIn`, for the whole account. */
export function unreadOf(box: Box): number {
  let count = 0
  for (const dialog of box.dialogs.values()) count += unreadIn(box, dialog)
  return count
}

/** Whether the owner wrote it to someone else: saved messages are not "out". */
export function isOut(box: Box, copy: Copy): boolean {
  return copy.from === box.owner && copy.peer !== box.owner
}
