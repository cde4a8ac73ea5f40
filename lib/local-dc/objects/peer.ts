/** Whom a client means: https://core.telegram.org/api/peers */
import type { InputPeer, InputUser } from '../../api/index.ts'
import type { Context } from '../context.ts'
import { me } from '../context.ts'
import { refuse } from '../refuse.ts'
import { accessHash } from '../world/account.ts'
import type { Account } from '../world/world.ts'

/** The account that an InputUser names, or undefined when there is none, or its access hash is not the caller's. */
export function findUser(context: Context, input: InputUser): Account | undefined {
  switch (input._) {
    case 'inputUserSelf':
      return me(context)
    case 'inputUser':
      return named(context, input.userId, input.accessHash)
    case 'inputUserFromMessage':
      return seenIn(context, input.peer, input.msgId, input.userId)
    case 'inputUserEmpty':
      return undefined
  }
}

/** The other side of a private chat. */
export function findPeer(context: Context, input: InputPeer): Account {
  switch (input._) {
    case 'inputPeerSelf':
      return me(context)
    case 'inputPeerUser':
      return named(context, input.userId, input.accessHash) ?? refuse(400, 'PEER_ID_INVALID')
    case 'inputPeerUserFromMessage':
      return seenIn(context, input.peer, input.msgId, input.userId) ?? refuse(400, 'PEER_ID_INVALID')
    case 'inputPeerChat':
      return refuse(400, 'CHAT_ID_INVALID')
    case 'inputPeerChannel':
    case 'inputPeerChannelFromMessage':
      return refuse(400, 'CHANNEL_INVALID')
    case 'inputPeerEmpty':
      return refuse(400, 'PEER_ID_INVALID')
  }
}

/** The id in an InputUser, for an answer about a user who is not found. */
export function idIn(input: InputUser): number {
  return 'userId' in input ? input.userId : 0
}

/** Hash 0 will do for those whom the caller has met: bots never learn another. */
function named(context: Context, id: number, hash: bigint): Account | undefined {
  const viewer = me(context)
  const account = context.world.accounts.get(id)
  if (account === undefined) return undefined
  const isMet = id === viewer.id || viewer.bot || viewer.box.dialogs.has(id)
  return hash === accessHash(context.world, viewer.id, id) || (hash === 0n && isMet) ? account : undefined
}

function seenIn(context: Context, peer: InputPeer, messageId: number, id: number): Account | undefined {
  if (me(context).bot) refuse(400, 'FROM_MESSAGE_BOT_DISABLED')
  const copy = me(context).box.messages.get(messageId)
  // Peers inside peers are not followed: a message lies in the chat with a user.
  if (copy === undefined || peer._ === 'inputPeerUserFromMessage' || findPeer(context, peer).id !== copy.peer)
    return undefined
  const isNamed =
    copy.from === id ||
    copy.content.entities?.some((each) => each._ === 'messageEntityMentionName' && each.userId === id)
  return isNamed === true ? context.world.accounts.get(id) : undefined
}
