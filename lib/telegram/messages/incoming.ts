/** Messages of others. */
import { filter, type MonoTypeOperatorFunction } from 'rxjs'

/**
 * Leaves out what the account wrote itself, here or on another device.
 *
 * Starts: the source on subscribe.
 * Emits: the messages of others.
 * Errors: as the source.
 * Unsubscribe: ends the source.
 */
export function incoming<Message extends { readonly out?: boolean | undefined }>(): MonoTypeOperatorFunction<Message> {
  return filter((message) => !message.out)
}
