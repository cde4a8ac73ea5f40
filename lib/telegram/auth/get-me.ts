/** Who one is. */
import { map, type Observable, tap } from 'rxjs'
import { getUsers } from '#api/users'
import type { Constructors } from '../../api/types.ts'
import { DecodeError } from '../../core/errors.ts'
import type { Caller } from '../telegram.ts'

/** A user that is not deleted. */
export type KnownUser = Constructors['user']

/**
 * Asks the server for the account's own user.
 *
 * Starts: one call on subscribe.
 * Emits: the user, once, then completes.
 * Errors: RpcError AUTH_KEY_UNREGISTERED when nobody is signed in; as every call.
 * Unsubscribe: cancels the call.
 */
export function getMe(tg: Caller): Observable<KnownUser> {
  return getUsers(tg, { id: [{ _: 'inputUserSelf' }] }).pipe(
    map(([user]) => {
      if (user?._ !== 'user') throw new DecodeError(`expected one user, got ${user?._ ?? 'none'}`)
      return user
    }),
    tap((user) => tg.context.signedIn(user)),
  )
}
