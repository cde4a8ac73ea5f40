/** The stage that gives a link a temporary key in place of its permanent one: https://core.telegram.org/api/pfs */
import { map, mergeMap, type Observable, type OperatorFunction, of } from 'rxjs'
import type { RsaPublicKey } from '../../core/crypto/rsa.ts'
import type { Ambient } from '../rx/machine.ts'
import { type KeyedLink, type KnownKey, keyed } from './handshake.ts'

/** A temporary key from before. */
export interface KnownTemporaryKey extends KnownKey {
  /** Unix seconds of the server. */
  readonly expiresAt: number
  /** Whether the server knows for which permanent key it stands. */
  readonly isBound: boolean
}

export interface TemporaryKeyOptions extends Partial<Ambient> {
  /** The DC's number as it travels: + 10000 for a test DC, negated for media only. */
  readonly dc: number
  /** The server's keys, best first. Not needed with a known key. */
  readonly publicKeys: readonly RsaPublicKey[]
  /** If given, no key is made. */
  readonly known?: KnownTemporaryKey | undefined
  /** The permanent key itself is in doubt: the session asks for it, and makes no call. */
  readonly isInDoubt?: boolean | undefined
}

/** The life that is asked for: a day, in seconds. */
export const TEMPORARY_KEY_LIFE = 86_400

/**
 * Gives each link a temporary key: the known one, or one that is made over the link. Its session binds it to the
 * permanent key that the link came with.
 *
 * Starts: with the source; the exchange begins when a link is emitted.
 * Emits: the link with its temporary key, once that is there; whoever wants its packets must subscribe to them then,
 *   synchronously.
 * Errors: as `keyed`, and the source's own.
 * Unsubscribe: leaves the source, which closes the link.
 *
 *     source:         --K-----------|      K: a link with its permanent key
 *     wire:             >q <r >d <p >s <k
 *     temporaryKey:   -------------T|      T: the same link with a temporary key, and what it is bound by
 *
 * @example
 * opened(endpoint, { connect: tcp() }).pipe(keyed(options), temporaryKey(options), session())
 */
export function temporaryKey(options: TemporaryKeyOptions): OperatorFunction<KeyedLink, KeyedLink> {
  const { known, isInDoubt = false } = options
  if (isInDoubt) return map((link) => ({ ...link, bind: { permanent: link.key, expiresAt: 0, as: 'probing' } }))
  if (known === undefined) return mergeMap((link) => exchanged(link, options))
  const { key, timeOffset, salts, expiresAt, isBound } = known
  const as = isBound ? ('bound' as const) : undefined
  return map(({ link, key: permanent }) => {
    const bind = { permanent, expiresAt, as }
    return { link, key, salt: 0n, salts, timeOffset, fresh: false, expiresAt, bind }
  })
}

function exchanged({ link, key: permanent }: KeyedLink, options: TemporaryKeyOptions): Observable<KeyedLink> {
  const { dc, publicKeys, clock, random } = options
  return of(link).pipe(
    keyed({ dc, publicKeys, expiresIn: TEMPORARY_KEY_LIFE, clock, random }),
    map((temporary) => ({ ...temporary, bind: { permanent, expiresAt: temporary.expiresAt! } })),
  )
}
