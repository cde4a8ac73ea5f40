/** The contents of a difference as updates: https://core.telegram.org/constructor/updates.difference */
import type { Update, UpdatesDifference, UpdatesState } from '../../api/types.ts'

type Contents = Extract<UpdatesDifference, { readonly newMessages: unknown }>

/**
 * In the order in which they can be applied: which ids our messages got, the messages, and then what happened to them.
 * The state that comes along is behind all of them already, so none of them counts.
 */
export function differenceUpdates(contents: Contents, { pts, qts }: UpdatesState): readonly Update[] {
  const { newMessages, newEncryptedMessages, otherUpdates } = contents
  return [
    ...otherUpdates.filter((update) => update._ === 'updateMessageID'),
    ...[...newMessages]
      .sort((a, b) => a.id - b.id)
      .map((message): Update => {
        const isChannel = message.peerId?._ === 'peerChannel'
        return { _: isChannel ? 'updateNewChannelMessage' : 'updateNewMessage', message, pts, ptsCount: 0 }
      }),
    ...newEncryptedMessages.map((message): Update => ({ _: 'updateNewEncryptedMessage', message, qts })),
    ...otherUpdates.filter((update) => update._ !== 'updateMessageID'),
  ]
}
