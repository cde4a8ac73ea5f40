/** Editing a private message, in both copies: https://core.telegram.org/method/messages.editMessage */
import type { Env } from '../../core/machine.ts'
import { refuse } from '../refuse.ts'
import { type Box, type Content, type Copy, type Fact, record } from './box.ts'
import { checkContent, sameContent } from './content.ts'
import { limits } from './limits.ts'
import type { Account } from './world.ts'
import { dateOf, type World } from './world.ts'

export interface Edited {
  readonly copy: Copy
  readonly facts: readonly Fact[]
}

/** Gives an account's own message new content; what is left out of `change` stays. */
export function edit(world: World, env: Env, account: Account, id: number, change: Partial<Content>): Edited {
  const copy = account.box.messages.get(id)
  if (copy === undefined) refuse(400, 'MESSAGE_ID_INVALID')
  if (copy.from !== account.id) refuse(403, 'MESSAGE_AUTHOR_REQUIRED')
  const date = dateOf(world, env)
  const unlimited = account.bot || copy.peer === account.id
  if (!unlimited && date - copy.date > limits.editAge) refuse(400, 'MESSAGE_EDIT_TIME_EXPIRED')
  // A new text without entities has none: the old ones belong to the old text.
  const content: Content =
    change.text === undefined ? { ...copy.content, ...change } : { entities: undefined, ...change, text: change.text }
  checkContent(content)
  if (sameContent(content, copy.content)) refuse(400, 'MESSAGE_NOT_MODIFIED')

  const facts = [rewrite(account.box, copy, content, date)]
  const other = copy.twin === undefined ? undefined : world.accounts.get(copy.peer)?.box
  const twin = copy.twin === undefined ? undefined : other?.messages.get(copy.twin)
  if (other !== undefined && twin !== undefined) facts.push(rewrite(other, twin, content, date))
  return { copy, facts }
}

function rewrite(box: Box, copy: Copy, content: Content, date: number): Fact {
  copy.content = content
  copy.editDate = date
  return record(box, date, [{ _: 'edited', id: copy.id }])
}
