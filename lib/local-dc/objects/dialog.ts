/** Dialogs with their newest messages: https://core.telegram.org/constructor/dialog */
import type { Message, Dialog as TlDialog, User } from '../../api/index.ts'
import { type Dialog, topOf, unreadIn } from '../world/box.ts'
import type { Account, World } from '../world/world.ts'
import { messageFor, peerUser, peopleIn } from './message.ts'
import { usersFor } from './user.ts'

export interface DialogsWithPeers {
  readonly dialogs: readonly TlDialog[]
  /** The newest message of every dialog that has one: clients refuse a list that lacks any. */
  readonly messages: readonly Message[]
  readonly chats: readonly never[]
  readonly users: readonly User[]
}

export function dialogsFor(world: World, { id, box }: Account, dialogs: readonly Dialog[]): DialogsWithPeers {
  const tops = dialogs.flatMap((dialog) => box.messages.get(topOf(dialog)) ?? [])
  return {
    // No pts: that is for channels alone.
    dialogs: dialogs.map((dialog) => ({
      _: 'dialog',
      peer: peerUser(dialog.peer),
      topMessage: topOf(dialog),
      readInboxMaxId: dialog.readInboxMaxId,
      readOutboxMaxId: dialog.readOutboxMaxId,
      unreadCount: unreadIn(box, dialog),
      unreadMentionsCount: 0,
      unreadReactionsCount: 0,
      unreadPollVotesCount: 0,
      notifySettings: { _: 'peerNotifySettings' },
    })),
    messages: tops.map((copy) => messageFor(box, copy)),
    chats: [],
    users: usersFor(world, id, [id, ...dialogs.map(({ peer }) => peer), ...peopleIn(tops)]),
  }
}
