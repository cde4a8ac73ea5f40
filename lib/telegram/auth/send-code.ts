/** The first step of a user's login: https://core.telegram.org/api/auth */
import { type Observable, tap } from 'rxjs'
import { sendCode as call } from '#api/auth'
import type { AuthSentCode, CodeSettings } from '../../api/types.ts'
import type { Caller } from '../telegram.ts'
import { authorized } from './authorized.ts'
import { digits } from './digits.ts'

/**
 * Has a login code sent to `phone`: to another device of the account, or as an SMS.
 *
 * Starts: one call on subscribe. Each sends a code, and only the last one counts.
 * Emits: how the code travels and the `phoneCodeHash` that `signIn` wants, once, then completes.
 * Errors: UsageError; RpcError PHONE_NUMBER_INVALID, PHONE_NUMBER_BANNED, PHONE_NUMBER_FLOOD; as every call.
 * Unsubscribe: cancels the call; a code that was sent stays sent.
 */
export function sendCode(
  tg: Caller,
  phone: string,
  settings: CodeSettings = { _: 'codeSettings' },
): Observable<AuthSentCode> {
  const { apiId, apiHash } = tg.context
  return call(tg, { phoneNumber: digits(phone), apiId, apiHash, settings }).pipe(
    // With a token of an earlier log-out no code is needed.
    tap((sent) => sent._ === 'auth.sentCodeSuccess' && authorized(tg, sent.authorization)),
  )
}
