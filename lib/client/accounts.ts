/** Who is signed in, in memory and in the stored session. */
import { BehaviorSubject, filter, type Observable, take, tap, throwIfEmpty } from 'rxjs'
import type { User } from '../api/types.ts'
import { ClosedError, RpcError } from '../core/errors.ts'
import type { Interceptor } from '../core/invoker.ts'
import type { Change, StoredSelf } from '../runtime/storage/storage.ts'
import type { Account } from '../telegram/auth/account.ts'

export interface Accounts {
  readonly account$: Observable<Account>
  /** The account once it is known, then complete. */
  readonly known$: Observable<Account>
  now(): Account
  /** The own user id; 0 while nobody is signed in. */
  self(): number
  /** What the stored session says. */
  restored(self: StoredSelf | undefined): void
  signedIn(user: User): void
  /** Home is elsewhere now; that of an account is kept. */
  moved(): void
  /** A call at home failed: some errors are about the account, not the call. */
  refused(error: unknown): void
  /** The server does not know the home DC's permanent key any more, and with it nobody who was signed in. */
  keyLost(): void
  /** Sees the account leave. */
  readonly watch: Interceptor
  close(): void
}

export interface AccountsOptions {
  keep(changes: readonly Change[]): void
  home(): number
  /** Somebody is in. */
  began(): void
  /** Nobody is any more, or somebody else: what was known of the account does not hold. */
  ended(): void
}

/** By these the server says that the session has no account any more: https://core.telegram.org/api/errors#401-unauthorized */
const SIGNED_OUT = new Set(['AUTH_KEY_UNREGISTERED', 'AUTH_KEY_INVALID', 'SESSION_REVOKED', 'SESSION_EXPIRED'])
const BANNED = new Set(['USER_DEACTIVATED', 'USER_DEACTIVATED_BAN'])

const GONE: readonly Change[] = [
  { kind: 'self', key: 'self', value: undefined },
  { kind: 'box', key: 'common', value: undefined },
]

/** Makes the record of a client's account. */
export function createAccounts({ keep, home, began, ended }: AccountsOptions): Accounts {
  const account = new BehaviorSubject<Account>({ _: 'unknown' })
  let stored: StoredSelf | undefined

  const end = (next: Account): void => {
    if (account.value._ === next._) return
    stored = undefined
    keep(GONE)
    ended()
    account.next(next)
  }

  return {
    account$: account.asObservable(),
    known$: account.pipe(
      filter(({ _ }) => _ !== 'unknown'),
      take(1),
      throwIfEmpty(() => new ClosedError('the client is closed')),
    ),
    now: () => account.value,
    self: () => (account.value._ === 'signedIn' ? account.value.id : 0),
    restored(self) {
      stored = self
      if (self === undefined) return account.next({ _: 'signedOut', why: 'new' })
      account.next({ _: 'signedIn', id: self.id, bot: self.bot })
      began()
    },
    signedIn(user) {
      if (user._ !== 'user') return
      const self: StoredSelf = { id: user.id, bot: user.bot ?? false, dc: home() }
      if (stored !== undefined && stored.id !== self.id) {
        keep(GONE)
        ended()
      }
      if (stored?.id !== self.id || stored.dc !== self.dc) keep([{ kind: 'self', key: 'self', value: self }])
      stored = self
      const before = account.value
      if (before._ === 'signedIn' && before.id === self.id) return
      account.next({ _: 'signedIn', id: self.id, bot: self.bot })
      began()
    },
    moved() {
      if (stored === undefined) return
      stored = { ...stored, dc: home() }
      keep([{ kind: 'self', key: 'self', value: stored }])
    },
    refused(error) {
      if (!(error instanceof RpcError)) return
      if (BANNED.has(error.type)) return end({ _: 'banned', why: error.type })
      if (error.type === 'AUTH_KEY_DUPLICATED') return end({ _: 'keyInUse' })
      // Before a login this is the answer to the question whether there was one.
      if (SIGNED_OUT.has(error.type) && account.value._ === 'signedIn') end({ _: 'signedOut', why: error.type })
    },
    keyLost() {
      if (account.value._ === 'signedIn') end({ _: 'signedOut', why: 'keyLost' })
    },
    watch: (request, next) =>
      request.method === 'auth.logOut'
        ? next.invoke(request).pipe(tap(() => end({ _: 'signedOut', why: 'loggedOut' })))
        : next.invoke(request),
    close: () => account.complete(),
  }
}
