/** Sending a private message: two copies with ids of their own, in one step. https://core.telegram.org/method/messages.sendMessage */
import type { Env } from '../../core/machine.ts'
import { refuse } from '../refuse.ts'
import { type Box, type Content, type Copy, dialogOf, type Fact, ptsOf, type Reply, record, topOf } from './box.ts'
import { checkContent } from './content.ts'
import { limits } from './limits.ts'
import type { Account } from './world.ts'
import { dateOf, SERVICE_ID, type World } from './world.ts'

export interface Draft {
  readonly content: Content
  readonly randomId?: bigint | undefined
  readonly reply?: Reply | undefined
  readonly silent?: boolean | undefined
  readonly noforwards?: boolean | undefined
}

export interface Sent {
  /** The sender's copy; the receiver's when the sender is the service account, which keeps none. */
  readonly copy: Copy
  /** It was sent before, under the same random_id: nothing happened. */
  readonly repeated: boolean
  readonly facts: readonly Fact[]
}

/** Sends `draft` from one account to another, or to itself. */
export function send(world: World, env: Env, from: Account, to: Account, draft: Draft): Sent {
  const earlier = repeated(world, from.box, draft.randomId)
  if (earlier !== undefined) return { copy: earlier, repeated: true, facts: [] }
  checkContent(draft.content)
  const holders = new Set([from, to].filter((account) => account.id !== SERVICE_ID))
  for (const { box } of holders) if (box.messages.size >= limits.messages) refuse(400, 'PEER_FLOOD')

  const date = dateOf(world, env)
  const facts: Fact[] = []
  const copies: Copy[] = []
  for (const { box } of holders) {
    const copy = makeCopy(box, from, to, draft, date)
    copies.push(copy)
    facts.push(put(box, copy, date))
  }
  const [first, second] = copies
  if (first === undefined) refuse(400, 'PEER_ID_INVALID')
  if (second !== undefined) {
    first.twin = second.id
    second.twin = first.id
  }
  return { copy: first, repeated: false, facts }
}

/** The message that the account sent under this random_id, if it did. */
function repeated(world: World, box: Box, randomId: bigint | undefined): Copy | undefined {
  if (randomId === undefined) return undefined
  if (randomId === 0n) refuse(400, 'RANDOM_ID_EMPTY')
  const id = box.randomIds.get(randomId)
  if (id === undefined) return undefined
  // A message that was deleted since can't be answered again.
  const copy = box.messages.get(id)
  if (copy === undefined || world.duplicates === 'error') refuse(500, 'RANDOM_ID_DUPLICATE')
  return copy
}

function makeCopy(box: Box, from: Account, to: Account, draft: Draft, date: number): Copy {
  const own = box.owner === from.id
  return {
    id: box.nextId++,
    peer: own ? to.id : from.id,
    from: from.id,
    date,
    pts: ptsOf(box) + 1,
    reply: own ? checkedReply(box, to, draft.reply) : replyOfTwin(from.box, draft.reply),
    silent: draft.silent ?? false,
    noforwards: draft.noforwards ?? false,
    randomId: own ? draft.randomId : undefined,
    content: draft.content,
    editDate: undefined,
    twin: undefined,
  }
}

/** Replies to what is not in the dialog are dropped, as Telegram does. */
function checkedReply(box: Box, to: Account, reply: Reply | undefined): Reply | undefined {
  return reply !== undefined && box.messages.get(reply.id)?.peer === to.id ? reply : undefined
}

/** The same reply in the ids of the other side; none if that side does not have the message. */
function replyOfTwin(senders: Box, reply: Reply | undefined): Reply | undefined {
  const twin = reply === undefined ? undefined : senders.messages.get(reply.id)?.twin
  return reply === undefined || twin === undefined ? undefined : { ...reply, id: twin }
}

function put(box: Box, copy: Copy, date: number): Fact {
  box.messages.set(copy.id, copy)
  const dialog = dialogOf(box, copy.peer)
  dialog.ids.push(copy.id)
  if (copy.peer === box.owner) {
    // Saved messages are read by being written.
    dialog.readInboxMaxId = dialog.readOutboxMaxId = topOf(dialog)
  }
  if (copy.randomId !== undefined) remember(box, copy.randomId, copy.id)
  return record(box, date, [{ _: 'new', id: copy.id }])
}

function remember(box: Box, randomId: bigint, id: number): void {
  box.randomIds.set(randomId, id)
  for (const oldest of box.randomIds.keys()) {
    if (box.randomIds.size <= limits.randomIds) break
    box.randomIds.delete(oldest)
  }
}
