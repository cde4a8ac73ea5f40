/** The log of an account as a difference: https://core.telegram.org/method/updates.getDifference */
import type { Message, Update, UpdatesDifference, UpdatesState } from '../../api/index.ts'
import { type Box, type Entry, ptsOf, unreadOf } from '../world/box.ts'
import { type DifferenceQuery, difference } from '../world/difference.ts'
import type { Account, World } from '../world/world.ts'
import { messageFor } from './message.ts'
import { peopleOf, updateFor } from './updates.ts'
import { usersFor } from './user.ts'

/** Where an account stands. qts begins at 1, and nothing here moves it. */
export function stateFor(box: Box, date: number, pts: number = ptsOf(box)): UpdatesState {
  return { _: 'updates.state', pts, qts: 1, date, seq: 0, unreadCount: unreadOf(box) }
}

export function differenceFor(world: World, account: Account, query: DifferenceQuery, date: number): UpdatesDifference {
  const { box } = account
  const found = difference(box, query)
  if (found._ === 'empty') return { _: 'updates.differenceEmpty', date, seq: 0 }
  if (found._ === 'tooLong') return { _: 'updates.differenceTooLong', pts: found.pts }
  const { newMessages, otherUpdates } = contents(box, found.entries)
  const people = peopleOf(
    box,
    found.entries.map(({ change }) => change),
  )
  const users = usersFor(world, account.id, [account.id, ...people])
  const inside = { newMessages, newEncryptedMessages: [], otherUpdates, chats: [], users }
  const state = stateFor(box, date, found.pts)
  return found.more
    ? { _: 'updates.differenceSlice', ...inside, intermediateState: state }
    : { _: 'updates.difference', ...inside, state }
}

/**
 * New messages as they are now, and what else happened. A message that came in this stretch needs no edits of its own,
 * and of several edits of an older one the last says it all. The account's own messages come with their random_id: that
 * is how a client whose answer was lost finds them again.
 */
function contents(
  box: Box,
  entries: readonly Entry[],
): { readonly newMessages: Message[]; readonly otherUpdates: Update[] } {
  const newMessages: Message[] = []
  const otherUpdates: Update[] = []
  const isNew = new Set(entries.flatMap(({ change }) => (change._ === 'new' ? [change.id] : [])))
  const lastEdit = new Map(
    entries.flatMap(({ change, pts }) => (change._ === 'edited' ? [[change.id, pts] as const] : [])),
  )
  for (const { change, pts } of entries) {
    if (change._ === 'new') {
      const copy = box.messages.get(change.id)
      if (copy === undefined) continue
      newMessages.push(messageFor(box, copy))
      if (copy.randomId !== undefined) otherUpdates.push({ _: 'updateMessageID', id: copy.id, randomId: copy.randomId })
    } else if (change._ !== 'edited' || (!isNew.has(change.id) && lastEdit.get(change.id) === pts)) {
      // The count is 0: a difference moves the client's pts by its state alone.
      const update = updateFor(box, change, pts, 0)
      if (update !== undefined) otherUpdates.push(update)
    }
  }
  return { newMessages, otherUpdates }
}
