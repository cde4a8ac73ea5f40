/** Makes an account for a number that has none: https://core.telegram.org/api/auth#sign-upin */
import { map, type Observable } from 'rxjs'
import { signUp as call } from '#api/auth'
import { DecodeError } from '../../core/errors.ts'
import type { Caller } from '../telegram.ts'
import { authorized } from './authorized.ts'
import { digits } from './digits.ts'
import type { KnownUser } from './get-me.ts'

export interface SignUpParams {
  readonly phone: string
  /** The one that `signIn` was called with. */
  readonly phoneCodeHash: string
  readonly firstName: string
  readonly lastName?: string | undefined
}

/**
 * Signs a user up. Telegram itself takes this from its own apps only; its test servers and local DCs do from everyone.
 *
 * Starts: one call on subscribe.
 * Emits: the new user, once, then completes.
 * Errors: UsageError; RpcError PHONE_NUMBER_OCCUPIED, PHONE_CODE_EXPIRED, FIRSTNAME_INVALID; as every call.
 * Unsubscribe: cancels the call; an account that was made stays.
 */
export function signUp(tg: Caller, { phone, phoneCodeHash, firstName, lastName }: SignUpParams): Observable<KnownUser> {
  return call(tg, { phoneNumber: digits(phone), phoneCodeHash, firstName, lastName: lastName ?? '' }).pipe(
    map((authorization) => {
      const user = authorized(tg, authorization)
      if (user._ !== 'user') throw new DecodeError(`expected the new user, got ${user._}`)
      return user
    }),
  )
}
