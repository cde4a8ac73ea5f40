/** Private messages: https://core.telegram.org/methods#working-with-messages */
import type { InputMessage, MessageEntity, MessagesMessages } from '../../api/index.ts'
import { type Context, type Handlers, me } from '../context.ts'
import { type DialogsWithPeers, dialogsFor } from '../objects/dialog.ts'
import { stateFor } from '../objects/difference.ts'
import { messageFor, peopleIn } from '../objects/message.ts'
import { findPeer } from '../objects/peer.ts'
import { factFor } from '../objects/updates.ts'
import { usersFor } from '../objects/user.ts'
import { refuse } from '../refuse.ts'
import { type Copy, type Fact, ptsOf } from '../world/box.ts'
import { dialogs } from '../world/dialogs.ts'
import { edit } from '../world/edit.ts'
import { history } from '../world/history.ts'
import { read } from '../world/read.ts'
import { remove } from '../world/remove.ts'
import { sendMessage, writtenEntities } from './send-message.ts'

/** Ids in one call. */
const MAX_IDS = 100
/** Folders of dialogs: all, and the archive, which is empty. */
const ARCHIVE = 1

export const messages: Handlers = {
  'messages.sendMessage': sendMessage,

  'messages.editMessage': (params, context) => {
    const { world, env, now } = context
    const self = me(context)
    if (params.media !== undefined || params.richMessage !== undefined) refuse(400, 'MEDIA_INVALID')
    if (params.scheduleDate !== undefined) refuse(400, 'SCHEDULE_DATE_INVALID')
    const peer = findPeer(context, params.peer)
    if (self.box.messages.get(params.id)?.peer !== peer.id) refuse(400, 'MESSAGE_ID_INVALID')
    const entities: readonly MessageEntity[] | undefined = params.entities && writtenEntities(context, params.entities)
    const { facts } = edit(world, env, self, params.id, {
      ...(params.message === undefined ? {} : { text: params.message, entities }),
      ...(self.bot ? { markup: params.replyMarkup } : {}),
    })
    context.publish(facts)
    return factFor(world, self, own(facts, self.id)!, now)
  },

  'messages.deleteMessages': ({ id, revoke }, context) => {
    const self = me(context)
    if (id.length > MAX_IDS) refuse(400, 'LIMIT_INVALID')
    return affected(context, remove(context.world, context.env, self, id, revoke ?? false))
  },

  'messages.readHistory': ({ peer, maxId }, context) =>
    affected(context, read(context.world, context.env, me(context), findPeer(context, peer), maxId)),

  'messages.getMessages': ({ id }, context) => {
    const { box } = me(context)
    if (id.length > MAX_IDS) refuse(400, 'LIMIT_INVALID')
    const copies = id.map((input) => copyOf(context, input))
    const found = copies.map((copy, at) =>
      copy === undefined ? ({ _: 'messageEmpty', id: idOf(id[at]!) } as const) : messageFor(box, copy),
    )
    const people = peopleIn(copies.filter((copy) => copy !== undefined))
    return {
      _: 'messages.messages',
      messages: found,
      topics: [],
      chats: [],
      users: usersFor(context.world, box.owner, [box.owner, ...people]),
    }
  },

  'messages.getHistory': (params, context): MessagesMessages => {
    const { box } = me(context)
    const peer = findPeer(context, params.peer)
    const { copies, count } = history(box, peer.id, params)
    const users = usersFor(context.world, box.owner, [box.owner, peer.id, ...peopleIn(copies)])
    const inside = { messages: copies.map((copy) => messageFor(box, copy)), topics: [], chats: [], users }
    return copies.length === count
      ? { _: 'messages.messages', ...inside }
      : { _: 'messages.messagesSlice', count, ...inside }
  },

  'messages.getDialogs': (params, context) => {
    const self = me(context)
    const slice = params.folderId === ARCHIVE ? { dialogs: [], count: 0 } : dialogs(self.box, params)
    const inside = dialogsFor(context.world, self, slice.dialogs)
    return slice.dialogs.length === slice.count
      ? { _: 'messages.dialogs', ...inside }
      : { _: 'messages.dialogsSlice', count: slice.count, ...inside }
  },

  'messages.getPeerDialogs': ({ peers }, context) => {
    const self = me(context)
    if (peers.length > MAX_IDS) refuse(400, 'LIMIT_INVALID')
    const asked = peers.flatMap((input) => {
      const dialog = input._ === 'inputDialogPeer' ? self.box.dialogs.get(findPeer(context, input.peer).id) : undefined
      return dialog === undefined || dialog.ids.length === 0 ? [] : [dialog]
    })
    return peerDialogs(context, dialogsFor(context.world, self, asked))
  },

  // Nothing can be pinned yet.
  'messages.getPinnedDialogs': (_params, context) =>
    peerDialogs(context, { dialogs: [], messages: [], chats: [], users: [] }),

  'messages.setTyping': ({ peer, action }, context) => {
    const other = findPeer(context, peer)
    // Bots are not told who is typing.
    if (!other.bot && other !== context.user)
      context.pushShort(other, { _: 'updateUserTyping', userId: me(context).id, action })
    return true
  },
}

function own(facts: readonly Fact[], id: number): Fact | undefined {
  return facts.find(({ account }) => account === id)
}

/** Publishes what happened; the answer tells how the caller's own pts moved. */
function affected(context: Context, facts: readonly Fact[]) {
  const { id, box } = me(context)
  context.publish(facts)
  const fact = own(facts, id)
  return { _: 'messages.affectedMessages', pts: fact?.pts ?? ptsOf(box), ptsCount: fact?.changes.length ?? 0 } as const
}

function peerDialogs(context: Context, inside: DialogsWithPeers) {
  return { _: 'messages.peerDialogs', ...inside, state: stateFor(me(context).box, context.now) } as const
}

function copyOf(context: Context, input: InputMessage): Copy | undefined {
  const all = me(context).box.messages
  if (input._ === 'inputMessageID') return all.get(input.id)
  if (input._ !== 'inputMessageReplyTo') return undefined
  const answered = all.get(input.id)?.reply?.id
  return answered === undefined ? undefined : all.get(answered)
}

function idOf(input: InputMessage): number {
  return 'id' in input ? input.id : 0
}
