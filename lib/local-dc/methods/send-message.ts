/** https://core.telegram.org/method/messages.sendMessage */
import type { InputReplyTo, MessageEntity, MessagesSendMessageParams, Update } from '../../api/index.ts'
import { type Context, type Handler, me } from '../context.ts'
import { messageFor, peopleIn } from '../objects/message.ts'
import { findPeer, findUser } from '../objects/peer.ts'
import { updatesFor } from '../objects/updates.ts'
import { refuse } from '../refuse.ts'
import type { Reply } from '../world/box.ts'
import { send } from '../world/send.ts'
import type { Account } from '../world/world.ts'

export const sendMessage: Handler<'messages.sendMessage'> = (params, context) => {
  const { world, env, now } = context
  const self = me(context)
  const peer = findPeer(context, params.peer)
  refuseUnbuilt(params, context)
  if (self.bot && peer.bot) refuse(400, 'USER_IS_BOT')
  const { copy, facts } = send(world, env, self, peer, {
    content: {
      text: params.message,
      entities: params.entities && writtenEntities(context, params.entities),
      // Keyboards are for bots.
      markup: self.bot ? params.replyMarkup : undefined,
    },
    randomId: params.randomId,
    reply: replyOf(context, peer, params.replyTo),
    silent: params.silent,
    noforwards: params.noforwards,
  })
  context.publish(facts)
  // The id comes first: clients look for their random_id before they take the message.
  const updates: readonly Update[] = [
    { _: 'updateMessageID', id: copy.id, randomId: params.randomId },
    { _: 'updateNewMessage', message: messageFor(self.box, copy), pts: copy.pts, ptsCount: 1 },
  ]
  return updatesFor(world, self, updates, peopleIn([copy]), now)
}

/** What would have to be made up is refused. */
function refuseUnbuilt(params: MessagesSendMessageParams, context: Context): void {
  if (params.scheduleDate !== undefined) refuse(400, 'SCHEDULE_DATE_INVALID')
  if (params.sendAs !== undefined && findPeer(context, params.sendAs) !== context.user)
    refuse(400, 'SEND_AS_PEER_INVALID')
  if (params.richMessage !== undefined) refuse(400, 'MEDIA_INVALID')
  const unbuilt = params.quickReplyShortcut ?? params.suggestedPost ?? params.effect
  if (unbuilt !== undefined) refuse(400, 'SEND_MESSAGE_TYPE_INVALID')
}

function replyOf(context: Context, peer: Account, input: InputReplyTo | undefined): Reply | undefined {
  if (input === undefined) return undefined
  if (input._ !== 'inputReplyToMessage') refuse(400, 'MSG_ID_INVALID')
  if (input.replyToPeerId !== undefined && findPeer(context, input.replyToPeerId) !== peer)
    refuse(400, 'MSG_ID_INVALID')
  const quoteEntities = input.quoteEntities && writtenEntities(context, input.quoteEntities)
  return { id: input.replyToMsgId, quote: input.quoteText, quoteEntities, quoteOffset: input.quoteOffset }
}

/** Entities as they are kept: mentions name their user by id. Those of nobody known are dropped. */
export function writtenEntities(context: Context, entities: readonly MessageEntity[]): readonly MessageEntity[] {
  return entities.flatMap((entity) => {
    if (entity._ !== 'inputMessageEntityMentionName') return [entity]
    const { offset, length } = entity
    const user = findUser(context, entity.userId)
    return user === undefined ? [] : [{ _: 'messageEntityMentionName', offset, length, userId: user.id } as const]
  })
}
