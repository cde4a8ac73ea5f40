/**
 * The message that an earlier attempt sent and whose answer was lost. The server says that it has the random id, but
 * not which message has it, and no message tells its random id.
 * https://core.telegram.org/method/messages.sendMessage (RANDOM_ID_DUPLICATE)
 */
import { map, type Observable } from 'rxjs'
import { getHistory } from '#api/messages'
import type { MessagesSendMessageParams } from '../../api/types.ts'
import type { Caller } from '../telegram.ts'
import type { TextMessage } from './new-messages.ts'

/** How far back it is looked for: as many as one answer holds. */
const RECENT = 100

/** Messages of a client that are known with their random ids; beyond this the oldest are forgotten. */
const MOST_KNOWN = 1_000

/** By the context that all faces of one client share. */
const known = new WeakMap<object, Map<string, bigint>>()

/** That message was sent under that random id: it is not the one that another intent lost. */
export function isSent({ context }: Caller, message: TextMessage, randomId: bigint): void {
  const sent = known.get(context) ?? new Map()
  known.set(context, sent)
  sent.set(nameOf(message), randomId)
  if (sent.size <= MOST_KNOWN) return
  for (const oldest of sent.keys()) return void sent.delete(oldest)
}

/**
 * Finds it in the history of its chat: the newest message of ours with that text, answering what it was to answer, that
 * no other call of this client is known to have sent. Two that are alike in all that may be taken for each other.
 *
 * Starts: on subscribe one call.
 * Emits: the message, once, then completes.
 * Errors: `error`, if there is none; as every call.
 * Unsubscribe: cancels the call.
 */
export function sentBefore(
  tg: Caller,
  { peer, message, replyTo, randomId }: MessagesSendMessageParams,
  self: number,
  error: unknown,
): Observable<TextMessage> {
  const sent = known.get(tg.context)
  const answered = replyTo?._ === 'inputReplyToMessage' ? replyTo.replyToMsgId : undefined
  const isIt = (each: TextMessage): boolean => {
    const id = sent?.get(nameOf(each))
    if (id !== undefined) return id === randomId
    if (!isOurs(each, self) || each.message.trim() !== message.trim()) return false
    // Of a message that is gone nothing is left in the reply.
    const to = each.replyTo?._ === 'messageReplyHeader' ? each.replyTo.replyToMsgId : undefined
    return to === undefined || to === answered
  }
  const all = { offsetId: 0, offsetDate: 0, addOffset: 0, limit: RECENT, maxId: 0, minId: 0, hash: 0n }
  return getHistory(tg, { peer, ...all }).pipe(
    map((history) => {
      const recent = 'messages' in history ? history.messages : []
      const found = recent.find((each): each is TextMessage => each._ === 'message' && isIt(each))
      if (found === undefined) throw error
      return found
    }),
  )
}

/** In the chat with oneself some servers mark nothing as sent. */
function isOurs({ out, peerId }: TextMessage, self: number): boolean {
  return out === true || (peerId._ === 'peerUser' && peerId.userId === self)
}

/** Ids of messages are the channel's, or else the account's. */
function nameOf({ peerId, id }: TextMessage): string {
  return peerId._ === 'peerChannel' ? `${peerId.channelId} ${id}` : String(id)
}
