/** Messages with words. */
import { filter, type MonoTypeOperatorFunction } from 'rxjs'

/**
 * Leaves out messages without text, such as a photo without a caption.
 *
 * Starts: the source on subscribe.
 * Emits: the messages that say something.
 * Errors: as the source.
 * Unsubscribe: ends the source.
 */
export function hasText<Message extends { readonly message: string }>(): MonoTypeOperatorFunction<Message> {
  return filter(({ message }) => message !== '')
}
