/** Messages as they come. */
import { filter, map, merge, type Observable } from 'rxjs'
import type { Constructors } from '../../api/types.ts'
import { on } from '../on.ts'
import type { Telegram } from '../telegram.ts'

/** A message of someone, as opposed to a note of the service ("Ann joined"). */
export type TextMessage = Constructors['message']

/**
 * New messages of users, groups and channels, one's own included: `incoming()` leaves those out.
 *
 * Starts: listens on subscribe; what was missed while away comes first.
 * Emits: each message, once, in its chat's order.
 * Errors: never; completes when the client closes.
 * Unsubscribe: stops listening.
 *
 * @example
 * newMessages(tg).pipe(incoming(), hasText()).subscribe((message) => console.log(message.message))
 */
export function newMessages(tg: Telegram): Observable<TextMessage> {
  return merge(on(tg, 'updateNewMessage'), on(tg, 'updateNewChannelMessage')).pipe(
    map(({ message }) => message),
    filter((message) => message._ === 'message'),
  )
}
