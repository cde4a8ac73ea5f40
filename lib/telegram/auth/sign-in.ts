/** The second step of a user's login: https://core.telegram.org/api/auth */
import { map, type Observable } from 'rxjs'
import { signIn as call } from '#api/auth'
import type { Constructors } from '../../api/types.ts'
import type { Caller } from '../telegram.ts'
import { authorized } from './authorized.ts'
import { digits } from './digits.ts'
import type { KnownUser } from './get-me.ts'

/** What `sendCode` was asked, what it answered, and what the user read. */
export interface SignInParams {
  readonly phone: string
  readonly phoneCodeHash: string
  /** As it was sent: codes may have letters. */
  readonly code: string
}

/**
 * Signs a user in.
 *
 * Starts: one call on subscribe.
 * Emits: the user, or `auth.authorizationSignUpRequired` for a number without an account (then `signUp`), once, then
 * completes.
 * Errors: UsageError; RpcError PHONE_CODE_INVALID, PHONE_CODE_EXPIRED, SESSION_PASSWORD_NEEDED; as every call.
 * Unsubscribe: cancels the call.
 */
export function signIn(
  tg: Caller,
  { phone, phoneCodeHash, code }: SignInParams,
): Observable<KnownUser | Constructors['auth.authorizationSignUpRequired']> {
  return call(tg, { phoneNumber: digits(phone), phoneCodeHash, phoneCode: code }).pipe(
    map((authorization) => authorized(tg, authorization)),
  )
}
