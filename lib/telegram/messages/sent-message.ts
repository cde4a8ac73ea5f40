/** Which message came of a request to send one. */
import type { MessagesSendMessageParams, Updates } from '../../api/types.ts'
import { expandSent } from '../../runtime/updates/short.ts'
import type { TextMessage } from './new-messages.ts'

/** The message that the server made of `request`; undefined if the answer has none. */
export function sentMessage(
  answer: Updates,
  request: MessagesSendMessageParams,
  self: number,
): TextMessage | undefined {
  if (answer._ === 'updateShortSentMessage') {
    const update = expandSent(answer, request, self)
    return update !== undefined && 'message' in update ? asMessage(update.message) : undefined
  }
  if (answer._ !== 'updates' && answer._ !== 'updatesCombined') return undefined
  const id = answer.updates.find((each) => each._ === 'updateMessageID' && each.randomId === request.randomId)
  const messages = answer.updates.flatMap((each) => {
    const isNew =
      each._ === 'updateNewMessage' || each._ === 'updateNewChannelMessage' || each._ === 'updateNewScheduledMessage'
    const message = isNew ? asMessage(each.message) : undefined
    return message === undefined ? [] : [message]
  })
  return id?._ === 'updateMessageID' ? messages.find((message) => message.id === id.id) : messages[0]
}

function asMessage(message: unknown): TextMessage | undefined {
  const found = message as TextMessage | { readonly _: string }
  return found._ === 'message' ? (found as TextMessage) : undefined
}
