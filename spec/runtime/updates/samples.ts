import type { Message, Update, UpdatesDifference, UpdatesState, User } from '../../../lib/api/types.ts'
import type { Piece, Pieces } from '../../../lib/runtime/updates/piece.ts'
import { place } from '../../../lib/runtime/updates/place.ts'

/** A private message of user 7. */
export function message(id: number, text = `m${id}`): Message {
  return { _: 'message', id, peerId: { _: 'peerUser', userId: 7 }, date: 1000, message: text }
}

/** A new message that brings the common box to `pts`. */
export function news(pts: number, count = 1): Update {
  return { _: 'updateNewMessage', message: message(pts), pts, ptsCount: count }
}

/** An update of the second box. */
export function vote(qts: number): Update {
  return { _: 'updateBotStopped', userId: 7, date: 1000, stopped: true, qts }
}

export const typing: Update = { _: 'updateUserTyping', userId: 7, action: { _: 'sendMessageTypingAction' } }

export function person(id: number, more: Partial<Extract<User, { _: 'user' }>> = {}): User {
  return { _: 'user', id, accessHash: BigInt(id) * 11n, firstName: `u${id}`, ...more }
}

/** A container's piece. */
export function pieces(updates: readonly Update[], { users = [], seq = 0, date = 0 }: Partial<Pieces> = {}): Piece {
  return { _: 'pieces', placed: updates.map(place), users, chats: [], date, seq }
}

export function state(pts: number, { qts = 10, seq = 5, date = 1000 }: Partial<UpdatesState> = {}): UpdatesState {
  return { _: 'updates.state', pts, qts, seq, date, unreadCount: 0 }
}

type Contents = Partial<Extract<UpdatesDifference, { _: 'updates.difference' }>>

export function difference(
  to: number,
  { newMessages = [], otherUpdates = [], users = [] }: Contents = {},
): UpdatesDifference {
  const contents = { newMessages, otherUpdates, users, newEncryptedMessages: [], chats: [] }
  return { _: 'updates.difference', ...contents, state: state(to) }
}

export function slice(to: number, { newMessages = [], otherUpdates = [] }: Contents = {}): UpdatesDifference {
  const contents = { newMessages, otherUpdates, users: [], newEncryptedMessages: [], chats: [] }
  return { _: 'updates.differenceSlice', ...contents, intermediateState: state(to) }
}

/** What of an update matters here: `n101` for a new message at pts 101. */
export function brief(update: Update): string {
  if (update._ === 'updateNewMessage') return `n${update.message.id}`
  if ('qts' in update) return `q${update.qts}`
  return update._.replace('update', '')
}
