/**
 * Short updates made full, so that everything behind sees one form.
 * https://core.telegram.org/api/updates#updates-constructors and https://core.telegram.org/constructor/updateShortSentMessage
 */
import type { Constructors, MessagesSendMessageParams, Peer, Update } from '../../api/types.ts'

type Short = Constructors['updateShortMessage'] | Constructors['updateShortChatMessage']
type Sent = Constructors['updateShortSentMessage']

const user = (userId: number): Peer => ({ _: 'peerUser', userId })

/** The message that a short update stands for, as the update that it would have been. */
export function expandShort(short: Short, self: number): Update {
  const { pts, ptsCount } = short
  const isPrivate = short._ === 'updateShortMessage'
  return {
    _: 'updateNewMessage',
    message: {
      _: 'message',
      out: short.out ?? false,
      mentioned: short.mentioned ?? false,
      mediaUnread: short.mediaUnread ?? false,
      silent: short.silent ?? false,
      id: short.id,
      fromId: isPrivate ? user(short.out ? self : short.userId) : user(short.fromId),
      peerId: isPrivate ? user(short.userId) : { _: 'peerChat', chatId: short.chatId },
      fwdFrom: short.fwdFrom,
      viaBotId: short.viaBotId,
      replyTo: short.replyTo,
      date: short.date,
      message: short.message,
      entities: short.entities,
      ttlPeriod: short.ttlPeriod,
    },
    pts,
    ptsCount,
  }
}

/** Everyone that a short update speaks of without bringing them along. */
export function peersOfShort(short: Short): readonly Peer[] {
  const peers: Peer[] =
    short._ === 'updateShortMessage'
      ? [user(short.userId)]
      : [user(short.fromId), { _: 'peerChat', chatId: short.chatId }]
  if (short.viaBotId !== undefined) peers.push(user(short.viaBotId))
  const { fwdFrom, replyTo, entities } = short
  if (fwdFrom?.fromId !== undefined) peers.push(fwdFrom.fromId)
  if (fwdFrom?.savedFromPeer !== undefined) peers.push(fwdFrom.savedFromPeer)
  if (replyTo?._ === 'messageReplyHeader' && replyTo.replyToPeerId !== undefined) peers.push(replyTo.replyToPeerId)
  for (const entity of entities ?? []) if (entity._ === 'messageEntityMentionName') peers.push(user(entity.userId))
  return peers
}

/**
 * The message that the server confirmed in short: what it leaves out stands in the request. Undefined for requests
 * whose peer can't be told from them.
 */
export function expandSent(sent: Sent, request: MessagesSendMessageParams, self: number): Update | undefined {
  const peer = peerOf(request.peer, self)
  if (peer === undefined) return undefined
  const { replyTo } = request
  const isChannel = peer._ === 'peerChannel'
  return {
    _: isChannel ? 'updateNewChannelMessage' : 'updateNewMessage',
    message: {
      _: 'message',
      out: sent.out ?? false,
      silent: request.silent ?? false,
      noforwards: request.noforwards ?? false,
      invertMedia: request.invertMedia ?? false,
      id: sent.id,
      fromId: user(self),
      peerId: peer,
      replyTo:
        replyTo?._ === 'inputReplyToMessage'
          ? { _: 'messageReplyHeader', replyToMsgId: replyTo.replyToMsgId, replyToTopId: replyTo.topMsgId }
          : undefined,
      date: sent.date,
      message: request.message,
      media: sent.media,
      entities: sent.entities,
      ttlPeriod: sent.ttlPeriod,
    },
    pts: sent.pts,
    ptsCount: sent.ptsCount,
  }
}

/** The peer that a request is addressed to. */
export function peerOf(input: MessagesSendMessageParams['peer'], self: number): Peer | undefined {
  switch (input._) {
    case 'inputPeerSelf':
      return user(self)
    case 'inputPeerUser':
    case 'inputPeerUserFromMessage':
      return user(input.userId)
    case 'inputPeerChat':
      return { _: 'peerChat', chatId: input.chatId }
    case 'inputPeerChannel':
    case 'inputPeerChannelFromMessage':
      return { _: 'peerChannel', channelId: input.channelId }
    default:
      return undefined
  }
}
