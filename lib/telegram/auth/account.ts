/** Whose client this is: types only. */

/** The account, as far as it is known. */
export type Account =
  /** The stored session has not been read yet. */
  | { readonly _: 'unknown' }
  /**
   * `why`: `new` for a session without an account; `loggedOut`; `keyLost` when the server does not know the session's key
   * any more; else the name of the error by which the server ended it.
   */
  | { readonly _: 'signedOut'; readonly why: string }
  | { readonly _: 'signedIn'; readonly id: number; readonly bot: boolean }
  /** Telegram closed the account. */
  | { readonly _: 'banned'; readonly why: string }
  /** The key was used from two places at once and is lost for good: https://core.telegram.org/api/errors */
  | { readonly _: 'keyInUse' }
