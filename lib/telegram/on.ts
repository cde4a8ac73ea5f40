/** The raw door to updates. */
import type { Observable } from 'rxjs'
import type { UpdateName, UpdateOf } from '../runtime/updates/router.ts'
import type { Telegram } from './telegram.ts'

/**
 * Updates of one constructor, as the schema has them, in order and none twice.
 *
 * Starts: listens on subscribe. What came before the client's first listener was kept for it.
 * Emits: each update of that name.
 * Errors: never; completes when the client closes.
 * Unsubscribe: stops listening.
 *
 * @example
 * on(tg, 'updateUserTyping').subscribe(({ userId }) => console.log(userId, 'is typing'))
 */
export function on<Name extends UpdateName>(tg: Telegram, name: Name): Observable<UpdateOf<Name>> {
  return tg.context.on(name)
}
