/** Deleting messages, for oneself or for both: https://core.telegram.org/method/messages.deleteMessages */
import type { Env } from '../../core/machine.ts'
import { type Box, type Copy, type Fact, record } from './box.ts'
import type { Account } from './world.ts'
import { dateOf, type World } from './world.ts'

/**
 * Removes messages from an account's box, and with `revoke` their twins from the others'. Ids that name nothing are
 * passed over; the first fact is the account's own, if anything happened to it.
 */
export function remove(
  world: World,
  env: Env,
  account: Account,
  ids: readonly number[],
  revoke: boolean,
): readonly Fact[] {
  const copies = [...new Set(ids)].map((id) => account.box.messages.get(id)).filter((copy) => copy !== undefined)
  if (copies.length === 0) return []
  const date = dateOf(world, env)
  const facts = [take(account.box, copies, date)]
  const twins = new Map<Box, Copy[]>()
  for (const copy of copies) {
    const other = world.accounts.get(copy.peer)?.box
    const twin = copy.twin === undefined ? undefined : other?.messages.get(copy.twin)
    if (other === undefined || twin === undefined) continue
    twin.twin = undefined
    if (revoke) twins.set(other, [...(twins.get(other) ?? []), twin])
  }
  for (const [box, gone] of twins) facts.push(take(box, gone, date))
  return facts
}

function take(box: Box, copies: readonly Copy[], date: number): Fact {
  for (const { id, peer } of copies) {
    box.messages.delete(id)
    const dialog = box.dialogs.get(peer)!
    dialog.ids.splice(dialog.ids.lastIndexOf(id), 1)
  }
  // One entry for each: a difference must be able to stop between any two.
  return record(
    box,
    date,
    copies.map(({ id }) => ({ _: 'deleted', id })),
  )
}
