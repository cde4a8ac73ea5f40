/** Calls of other layers that the project's layer knows by another name, or with other fields. */
import type { SchemaModel } from '../../core/schema/model.ts'
import type { Params, TlObject } from './codec.ts'

/** The call of the project's layer that says the same, or undefined if it is the same already. */
export type RequestConverter = (
  params: Params,
  to: SchemaModel,
) => { readonly method: string; readonly params: Params } | undefined

/** By the name of the method in the other layer. */
export const REQUESTS: Readonly<Record<string, RequestConverter>> = {
  // Topics moved from channels to peers of every kind.
  'channels.createForumTopic': ofPeer('messages.createForumTopic'),
  'channels.deleteTopicHistory': ofPeer('messages.deleteTopicHistory'),
  'channels.editForumTopic': ofPeer('messages.editForumTopic'),
  'channels.getForumTopics': ofPeer('messages.getForumTopics'),
  'channels.getForumTopicsByID': ofPeer('messages.getForumTopicsByID'),
  'channels.reorderPinnedForumTopics': ofPeer('messages.reorderPinnedForumTopics'),
  'channels.updatePinnedForumTopic': ofPeer('messages.updatePinnedForumTopic'),
  'channels.editCreator': ofPeer('messages.editChatCreator'),

  // A tone used to be the name of one.
  'messages.composeMessageWithAI': ({ changeTone, ...params }) =>
    changeTone === undefined
      ? undefined
      : {
          method: 'messages.composeMessageWithAI',
          params: { ...params, tone: { _: 'inputAiComposeToneDefault', tone: changeTone } },
        },
}

/** The channel that such a call is about becomes a peer. */
function ofPeer(method: string): RequestConverter {
  return ({ channel, ...params }, to) =>
    to.byName.has(method) ? { method, params: { ...params, peer: channelPeer(channel as TlObject) } } : undefined
}

function channelPeer(channel: TlObject): TlObject {
  return { ...channel, _: channel._.replace('inputChannel', 'inputPeerChannel').replace(/ChannelEmpty$/, 'Empty') }
}
