/** What happened, as updates for the account that it happened to: https://core.telegram.org/api/updates */
import type { Update, Updates } from '../../api/index.ts'
import type { Box, Change, Copy, Fact } from '../world/box.ts'
import type { Account, World } from '../world/world.ts'
import { messageFor, peerUser, peopleIn } from './message.ts'
import { usersFor } from './user.ts'

/** One update of a change; undefined when its message is gone since. `count` is 0 in a difference. */
export function updateFor(box: Box, change: Change, pts: number, count: number): Update | undefined {
  const at = { pts, ptsCount: count }
  switch (change._) {
    case 'new':
    case 'edited': {
      const copy = box.messages.get(change.id)
      if (copy === undefined) return undefined
      const message = messageFor(box, copy)
      return change._ === 'new' ? { _: 'updateNewMessage', message, ...at } : { _: 'updateEditMessage', message, ...at }
    }
    case 'deleted':
      return { _: 'updateDeleteMessages', messages: [change.id], ...at }
    case 'readInbox':
      return {
        _: 'updateReadHistoryInbox',
        peer: peerUser(change.peer),
        maxId: change.maxId,
        stillUnreadCount: change.unread,
        ...at,
      }
    case 'readOutbox':
      return { _: 'updateReadHistoryOutbox', peer: peerUser(change.peer), maxId: change.maxId, ...at }
  }
}

/** A fact as the updates that a session gets live: what was deleted together is one update. */
export function updatesOf(box: Box, { changes, pts }: Fact): readonly Update[] {
  const deleted = changes.flatMap((change) => (change._ === 'deleted' ? [change.id] : []))
  if (deleted.length === changes.length)
    return [{ _: 'updateDeleteMessages', messages: deleted, pts, ptsCount: changes.length }]
  return changes.flatMap((change, at) => updateFor(box, change, pts - changes.length + at + 1, 1) ?? [])
}

/** Who is named by changes: clients drop updates about people whom they do not know. */
export function peopleOf(box: Box, changes: Iterable<Change>): readonly number[] {
  const copies: Copy[] = []
  const ids: number[] = []
  for (const change of changes) {
    if (change._ === 'readInbox' || change._ === 'readOutbox') ids.push(change.peer)
    else if (change._ !== 'deleted' && box.messages.has(change.id)) copies.push(box.messages.get(change.id)!)
  }
  return [...ids, ...peopleIn(copies)]
}

/** A fact in its envelope. `seq` is 0: nothing here is ordered but by pts. */
export function factFor(world: World, account: Account, fact: Fact, date: number): Updates {
  return updatesFor(world, account, updatesOf(account.box, fact), peopleOf(account.box, fact.changes), date)
}

export function updatesFor(
  world: World,
  account: Account,
  updates: readonly Update[],
  people: readonly number[],
  date: number,
): Updates {
  const users = usersFor(world, account.id, [account.id, ...people])
  return { _: 'updates', updates, users, chats: [], date, seq: 0 }
}
