/** The stage that gives a link its key: https://core.telegram.org/mtproto/auth_key */
import {
  catchError,
  concat,
  defer,
  map,
  mergeMap,
  type Observable,
  type OperatorFunction,
  of,
  throwError,
  throwIfEmpty,
} from 'rxjs'
import type { AuthKey } from '../../core/crypto/message-key.ts'
import type { RsaPublicKey } from '../../core/crypto/rsa.ts'
import { TransportError } from '../../core/errors.ts'
import { createHandshake } from '../../core/protocol/handshake.ts'
import type { HandshakeEffect, HandshakeEvent } from '../../core/protocol/handshake-events.ts'
import type { Salt } from '../../core/protocol/salts.ts'
import type { KeyBinding } from '../../core/protocol/session-events.ts'
import { type Clock, systemClock, systemRandom } from '../rx/clock.ts'
import { machine, type Order, type Tools } from '../rx/machine.ts'
import type { Link } from '../transport/link.ts'

/** A key from an earlier run, with what was kept beside it. */
export interface KnownKey {
  readonly key: AuthKey
  /** The server's time minus ours, in seconds. */
  readonly timeOffset: number
  readonly salts?: readonly Salt[] | undefined
}

/** A link and the key to talk over it. */
export interface KeyedLink {
  readonly link: Link
  readonly key: AuthKey
  /** The first salt of a fresh key; 0 if none is known: the server will tell. */
  readonly salt: bigint
  readonly salts?: readonly Salt[] | undefined
  readonly timeOffset: number
  /** Whether the key was made just now. */
  readonly fresh: boolean
  /** When a temporary key ends, in Unix seconds of the server. */
  readonly expiresAt?: number | undefined
  /** What a temporary key is bound by. */
  readonly bind?: KeyBinding | undefined
}

/** A source of keyed links may say before the next one that its key is being made: then the session says so too. */
export const EXCHANGING = 'exchanging'
export type Exchanging = typeof EXCHANGING

export interface KeyedOptions {
  /** The DC's number as it travels: + 10000 for a test DC, negated for media only. */
  readonly dc: number
  /** The server's keys, best first. Not needed with a known key. */
  readonly publicKeys: readonly RsaPublicKey[]
  /** If given, no key is made. */
  readonly known?: KnownKey | undefined
  /** In seconds: asks for a temporary key that lives so long. */
  readonly expiresIn?: number | undefined
  readonly clock?: Clock | undefined
  readonly random?: ((length: number) => Uint8Array) | undefined
}

/**
 * Gives each link its key: the known one, or one that is made over the link.
 *
 * Starts: with the source; the exchange begins when a link is emitted.
 * Emits: the keyed link, once the key is there; whoever wants its packets must subscribe to them then, synchronously.
 * Errors: ProtocolError when a check of the exchange failed, TimeoutError, TransportError, and the source's own.
 * Unsubscribe: leaves the source, which closes the link.
 *
 *     source:   --L-----------|      L: a link of packets
 *     wire:       >q <r >d <p >s <k
 *     keyed:    -------------K|      K: the link with its key
 *
 * @example
 * opened(endpoint, { connect: tcp() }).pipe(keyed({ dc: 2, publicKeys }), session())
 */
export function keyed(options: KeyedOptions): OperatorFunction<Link, KeyedLink> {
  const { known } = options
  if (known === undefined) return mergeMap((link) => exchanged(link, options))
  const { key, timeOffset, salts } = known
  return map((link) => ({ link, key, salt: 0n, salts, timeOffset, fresh: false }))
}

/** One key exchange over a link. The reader of its packets leaves when the key is there. */
function exchanged(link: Link, options: KeyedOptions): Observable<KeyedLink> {
  const { clock = systemClock, random = systemRandom } = options
  const packets$: Observable<HandshakeEvent> = link.incoming$.pipe(
    map((packet) => ({ _: 'received' as const, packet })),
    catchError((error: unknown) =>
      error instanceof TransportError && error.code !== undefined
        ? of({ _: 'error' as const, code: error.code })
        : throwError(() => error),
    ),
  )
  const perform = (effect: Order<HandshakeEffect>, { emit, complete, error }: Tools<HandshakeEvent, KeyedLink>) => {
    if (effect._ === 'write') link.send(effect.packet)
    else if (effect._ === 'failed') error(effect.error)
    else {
      const { key, salt, timeOffset, expiresAt } = effect
      emit({ link, key, salt, timeOffset, fresh: true, expiresAt })
      complete()
    }
  }
  return defer(() => concat(of<HandshakeEvent>({ _: 'opened' }), packets$)).pipe(
    machine<HandshakeEvent, HandshakeEffect, KeyedLink>(() => createHandshake(options), perform, { clock, random }),
    throwIfEmpty(() => new TransportError('the link was closed in the key exchange', 'unsent')),
  )
}
