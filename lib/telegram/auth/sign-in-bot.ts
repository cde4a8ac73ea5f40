/** Bots sign in by their token: https://core.telegram.org/api/bots */
import { catchError, map, type Observable, switchMap, throwError } from 'rxjs'
import { importBotAuthorization } from '#api/auth'
import { RpcError, UsageError } from '../../core/errors.ts'
import type { Caller } from '../telegram.ts'
import type { Account } from './account.ts'
import { authorized } from './authorized.ts'
import { getMe, type KnownUser } from './get-me.ts'

/**
 * Signs a bot in. A stored session of the same bot is used as it is.
 *
 * Starts: one call on subscribe.
 * Emits: the bot's user, once, then completes.
 * Errors: UsageError for a token of another form, or a session of another account; RpcError ACCESS_TOKEN_INVALID,
 * ACCESS_TOKEN_EXPIRED, API_ID_INVALID; as every call.
 * Unsubscribe: cancels the call.
 *
 * @example
 * signInBot(tg, process.env.BOT_TOKEN).subscribe((bot) => console.log(`@${bot.username} is up`))
 */
export function signInBot(tg: Caller, token: string): Observable<KnownUser> {
  const id = Number(/^(\d+):.+$/.exec(token)?.[1])
  // The token is a secret: the message must not show what came.
  if (Number.isNaN(id)) return throwError(() => new UsageError('expected a bot token, digits:secret, got another form'))
  const { apiId, apiHash } = tg.context
  const signIn = importBotAuthorization(tg, { flags: 0, apiId, apiHash, botAuthToken: token }).pipe(
    map((authorization) => {
      const user = authorized(tg, authorization)
      if (user._ !== 'user') throw new UsageError('expected a bot, got an account that must sign up')
      return user
    }),
  )
  return tg.context.known$.pipe(switchMap((account) => (isOf(account, id) ? again(tg, signIn) : signIn)))
}

function isOf(account: Account, id: number): boolean {
  if (account._ !== 'signedIn') return false
  if (account.id === id) return true
  const whose = account.bot ? 'bot' : 'user'
  throw new UsageError(`expected a stored session of bot ${id} or a fresh one, got that of ${whose} ${account.id}`)
}

/** The session says that the bot is signed in: unless the server knows otherwise. */
function again(tg: Caller, signIn: Observable<KnownUser>): Observable<KnownUser> {
  return getMe(tg).pipe(
    catchError((error: unknown) =>
      error instanceof RpcError && error.code === 401 ? signIn : throwError(() => error),
    ),
  )
}
