/** Answers a message. */
import type { Observable } from 'rxjs'
import type { Caller } from '../telegram.ts'
import type { TextMessage } from './new-messages.ts'
import { type SendTextOptions, sendText } from './send-text.ts'

/**
 * Sends a text to the chat of `message`, as a reply to it.
 *
 * Starts: on subscribe one call.
 * Emits: the message as the server made it, once, then completes.
 * Errors: as `sendText`.
 * Unsubscribe: as `sendText`.
 *
 * @example
 * newMessages(tg).pipe(incoming(), hasText(), handle(tg, (message) => reply(tg, message, message.message)))
 */
export function reply(
  tg: Caller,
  message: TextMessage,
  text: string,
  options: Omit<SendTextOptions, 'replyTo'> = {},
): Observable<TextMessage> {
  return sendText(tg, message.peerId, text, { ...options, replyTo: message.id })
}
