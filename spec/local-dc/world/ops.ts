import fc from 'fast-check'
import type { Env } from '../../../lib/core/machine.ts'
import { addUser } from '../../../lib/local-dc/world/account.ts'
import type { Box, Copy, Fact } from '../../../lib/local-dc/world/box.ts'
import { edit } from '../../../lib/local-dc/world/edit.ts'
import { read } from '../../../lib/local-dc/world/read.ts'
import { remove } from '../../../lib/local-dc/world/remove.ts'
import { send } from '../../../lib/local-dc/world/send.ts'
import type { Account } from '../../../lib/local-dc/world/world.ts'
import { createWorld, type World } from '../../../lib/local-dc/world/world.ts'
import { fakeEnv } from '../../support/machine.ts'

/** Something that people do. Numbers are reduced to what exists when it is done. */
export type Op =
  | { readonly _: 'send'; readonly from: number; readonly to: number; readonly text: string }
  | { readonly _: 'edit'; readonly by: number; readonly pick: number; readonly text: string }
  | { readonly _: 'remove'; readonly by: number; readonly picks: readonly number[]; readonly revoke: boolean }
  | { readonly _: 'read'; readonly by: number; readonly peer: number; readonly pick: number }

const index = fc.nat({ max: 1000 })
const text = fc.string({ minLength: 1, maxLength: 8 }).map((letters) => `.${letters}`)

export const anOp: fc.Arbitrary<Op> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ _: fc.constant('send' as const), from: index, to: index, text }) },
  { weight: 2, arbitrary: fc.record({ _: fc.constant('edit' as const), by: index, pick: index, text }) },
  {
    weight: 2,
    arbitrary: fc.record({
      _: fc.constant('remove' as const),
      by: index,
      picks: fc.array(index, { minLength: 1, maxLength: 4 }),
      revoke: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ _: fc.constant('read' as const), by: index, peer: index, pick: index }) },
)

export interface Town {
  readonly world: World
  readonly env: Env
  readonly people: readonly Account[]
}

/** A world with `count` people in it. */
export function town(count = 3): Town {
  const env = fakeEnv()
  const world = createWorld(env)
  const people = Array.from({ length: count }, (_, at) =>
    addUser(world, { phone: `+9996620${String(at).padStart(3, '0')}`, firstName: `Person ${at}` }),
  )
  return { world, env, people }
}

/** Does one thing; returns the facts. What can't be done is left undone. */
export function perform({ world, env, people }: Town, op: Op): readonly Fact[] {
  const who = (number: number) => people[number % people.length]!
  switch (op._) {
    case 'send':
      return send(world, env, who(op.from), who(op.to), { content: { text: op.text } }).facts
    case 'edit': {
      const own = [...who(op.by).box.messages.values()].filter(({ from }) => from === who(op.by).id)
      const copy = own[op.pick % own.length]
      if (copy === undefined || copy.content.text === op.text) return []
      return edit(world, env, who(op.by), copy.id, { text: op.text }).facts
    }
    case 'remove': {
      const ids = [...who(op.by).box.messages.keys()]
      const picked = ids.length === 0 ? [] : op.picks.map((pick) => ids[pick % ids.length]!)
      return remove(world, env, who(op.by), picked, op.revoke)
    }
    case 'read':
      return read(world, env, who(op.by), who(op.peer), op.pick % (who(op.by).box.nextId + 1))
  }
}

/** What an account sees, as plain data. */
export interface View {
  readonly texts: ReadonlyMap<number, string>
  readonly readInbox: ReadonlyMap<number, number>
  readonly readOutbox: ReadonlyMap<number, number>
}

export function viewOf(box: Box): View {
  const marks = (pick: 'readInboxMaxId' | 'readOutboxMaxId') =>
    new Map(
      [...box.dialogs.values()]
        .filter((dialog) => dialog.peer !== box.owner && dialog[pick] > 0)
        .map((dialog) => [dialog.peer, dialog[pick]] as const),
    )
  return {
    texts: new Map([...box.messages.values()].map(({ id, content }) => [id, content.text])),
    readInbox: marks('readInboxMaxId'),
    readOutbox: marks('readOutboxMaxId'),
  }
}

/** The copy on the other side of a dialog. */
export function twinOf(world: World, copy: Copy): Copy | undefined {
  return copy.twin === undefined ? undefined : world.accounts.get(copy.peer)!.box.messages.get(copy.twin)
}
