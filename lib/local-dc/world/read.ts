/** Reading a dialog up to a message: https://core.telegram.org/method/messages.readHistory */
import type { Env } from '../../core/machine.ts'
import { type Fact, record, topOf, unreadIn } from './box.ts'
import type { Account } from './world.ts'
import { dateOf, type World } from './world.ts'

/**
 * Moves the account's read mark up; `maxId` 0 means all. No facts when there was nothing to read. The other side learns
 * how far it was read; bots are not told.
 */
export function read(world: World, env: Env, account: Account, peer: Account, maxId: number): readonly Fact[] {
  const { box } = account
  const dialog = box.dialogs.get(peer.id)
  if (dialog === undefined) return []
  const top = topOf(dialog)
  const mark = maxId <= 0 ? top : Math.min(maxId, top)
  const read = dialog.ids
    .filter((id) => id > dialog.readInboxMaxId && id <= mark)
    .map((id) => box.messages.get(id)!)
    .filter(({ from }) => from !== account.id)
  if (read.length === 0) return []

  const date = dateOf(world, env)
  dialog.readInboxMaxId = mark
  const unread = unreadIn(box, dialog)
  const facts = [record(box, date, [{ _: 'readInbox', peer: peer.id, maxId: mark, unread }])]
  const seen = read.findLast(({ twin }) => twin !== undefined)?.twin
  const others = peer.box.dialogs.get(account.id)
  if (seen !== undefined && others !== undefined && seen > others.readOutboxMaxId) {
    others.readOutboxMaxId = seen
    if (!peer.bot) facts.push(record(peer.box, date, [{ _: 'readOutbox', peer: account.id, maxId: seen }]))
  }
  return facts
}
