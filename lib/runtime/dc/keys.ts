/**
 * The authorization keys of the data centres, with their salts: a permanent one for each and, with perfect forward
 * secrecy, a temporary one besides; in memory and in the stored session. https://core.telegram.org/api/pfs
 */
import { defer, map, type Observable, of, switchMap } from 'rxjs'
import { bytesFromInt64, hex } from '../../core/bytes.ts'
import { authKey } from '../../core/crypto/message-key.ts'
import type { Salt } from '../../core/protocol/salts.ts'
import { type Clock, systemClock } from '../rx/clock.ts'
import type { KeyedLink, KnownKey } from '../session/handshake.ts'
import type { KnownTemporaryKey } from '../session/temporary-key.ts'
import type { Change, Store } from '../storage/storage.ts'

/** `dc` is the number as it travels: see wire-dc. */
export interface Keys {
  /**
   * Starts: looks on subscribe, in memory, then in the stored session.
   * Emits: the permanent key, or undefined where one must be made, once, then completes.
   * Errors: StorageError.
   * Unsubscribe: forgets the question.
   */
  known(dc: number): Observable<KnownKey | undefined>
  /** As `known`, for the temporary key; none that would have to be renewed at once. */
  temporary(dc: number): Observable<KnownTemporaryKey | undefined>
  /** Whether the server may have forgotten the permanent key: nothing can be bound to it. */
  inDoubt(dc: number): boolean
  /** A key was made: a temporary one, if the link says by what it is bound. */
  made(dc: number, keyed: KeyedLink): void
  /** The temporary key of that link stands for its permanent one now. */
  bound(dc: number, keyed: KeyedLink): void
  /** The server would not bind that key, or says that it is not bound. */
  refused(dc: number, keyId: bigint, error: string): void
  /** The server knows the permanent key. */
  confirmed(dc: number): void
  /** The server told salts of that key, and its time. */
  salted(dc: number, keyId: bigint, salts: readonly Salt[], timeOffset: number): void
  /** That key is of no use any more. With a permanent one its temporary one goes as well. */
  lost(dc: number, keyId: bigint): void
}

export interface KeysOptions {
  /** The open store, once. */
  readonly store$: Observable<Store>
  keep(changes: readonly Change[]): void
  /** Told when a permanent key is lost, with the DC as it travels. */
  keyLost?(dc: number): void
  readonly clock?: Clock | undefined
}

/** A temporary key in memory. */
interface Temporary {
  readonly known: KnownTemporaryKey
  /** Its end by a clock that never jumps, in milliseconds. */
  readonly endsAt: number
}

/** A temporary key with less than this left is not worth a connection: its session would make another at once. Seconds. */
const LEAST_LIFE = 4_200

/** As said by servers that can't read the message which binds a key: the permanent one may be gone. */
const UNREADABLE = 'ENCRYPTED_MESSAGE_INVALID'
const UNBOUND = 'AUTH_KEY_PERM_EMPTY'
/** So many of them in a row put the permanent key in doubt: one may be the fault of the temporary key. */
const DOUBTS = 2

/** Makes the key ring of one client. */
export function createKeys({ store$, keep, keyLost, clock = systemClock }: KeysOptions): Keys {
  const keys = new Map<number, KnownKey>()
  const temporaries = new Map<number, Temporary>()
  const doubts = new Map<number, number>()

  /** What is left of a key's life, in seconds: by the wall clock, which is all that there is after a restart. */
  const leftOf = ({ expiresAt, timeOffset }: Pick<KnownTemporaryKey, 'expiresAt' | 'timeOffset'>): number =>
    expiresAt - (clock.now() / 1000 + timeOffset)

  const holdTemporary = (dc: number, known: KnownTemporaryKey): void => {
    temporaries.set(dc, { known, endsAt: clock.elapsed() + leftOf(known) * 1000 })
  }
  const dropTemporary = (dc: number): readonly Change[] => {
    const held = temporaries.get(dc)
    temporaries.delete(dc)
    const salts: Change[] =
      held === undefined ? [] : [{ kind: 'salts', key: nameOf(held.known.key.id), value: undefined }]
    return [{ kind: 'tempKey', key: String(dc), value: undefined }, ...salts]
  }

  const stored = <Kind extends 'authKey' | 'tempKey'>(kind: Kind, dc: number) =>
    store$.pipe(
      switchMap((store) =>
        store.get(kind, String(dc)).pipe(
          switchMap((record) => {
            if (record === undefined) return of(undefined)
            const key = authKey(record.key)
            const { timeOffset, expiresAt } = record
            return store
              .get('salts', nameOf(key.id))
              .pipe(map((salts) => ({ key, timeOffset, salts, expiresAt: expiresAt ?? 0 })))
          }),
        ),
      ),
    )

  const put = (dc: number, known: KnownKey): readonly Change[] => {
    keys.set(dc, known)
    const { key, timeOffset } = known
    return [{ kind: 'authKey', key: String(dc), value: { key: key.bytes, timeOffset } }]
  }
  /** One that is not bound is no use to the next run. */
  const putTemporary = (dc: number, { key, timeOffset, expiresAt, isBound }: KnownTemporaryKey): readonly Change[] =>
    isBound ? [{ kind: 'tempKey', key: String(dc), value: { key: key.bytes, timeOffset, expiresAt } }] : []

  return {
    known: (dc) =>
      defer(() => {
        const known = keys.get(dc)
        if (known !== undefined) return of(known)
        return stored('authKey', dc).pipe(
          map((found) => {
            if (found === undefined) return undefined
            const { key, timeOffset, salts } = found
            keys.set(dc, { key, timeOffset, salts })
            return keys.get(dc)
          }),
        )
      }),
    temporary: (dc) =>
      defer(() => {
        const held = temporaries.get(dc)
        if (held !== undefined) return of(held)
        return stored('tempKey', dc).pipe(
          map((found) => {
            if (found === undefined) return undefined
            holdTemporary(dc, { ...found, isBound: true })
            return temporaries.get(dc)
          }),
        )
      }).pipe(
        map((held) => {
          if (held === undefined) return undefined
          if (held.endsAt - clock.elapsed() >= LEAST_LIFE * 1000) return held.known
          keep(dropTemporary(dc))
          return undefined
        }),
      ),
    inDoubt: (dc) => (doubts.get(dc) ?? 0) >= DOUBTS,
    made(dc, { key, timeOffset, salts, bind }) {
      if (bind === undefined) {
        doubts.delete(dc)
        keep(put(dc, { key, timeOffset, salts }))
        return
      }
      keep(dropTemporary(dc))
      holdTemporary(dc, { key, timeOffset, salts, expiresAt: bind.expiresAt, isBound: false })
    },
    bound(dc, { key, timeOffset, salts, bind }) {
      if (bind === undefined || keys.get(dc)?.key.id !== bind.permanent.id) return
      doubts.delete(dc)
      const held = temporaries.get(dc)
      // Of several that were made at once, the one that was bound last is the one that is good.
      const known = held?.known.key.id === key.id ? held.known : { key, timeOffset, salts, expiresAt: bind.expiresAt }
      const bound = { ...known, isBound: true }
      const changes = known === held?.known ? [] : dropTemporary(dc)
      holdTemporary(dc, bound)
      const list = bound.salts ?? []
      const salted: Change[] = list.length === 0 ? [] : [{ kind: 'salts', key: nameOf(key.id), value: list }]
      keep([...changes, ...putTemporary(dc, bound), ...salted])
    },
    refused(dc, keyId, error) {
      if (error === UNREADABLE) doubts.set(dc, (doubts.get(dc) ?? 0) + 1)
      const held = temporaries.get(dc)
      if (error !== UNBOUND || held?.known.key.id !== keyId) return
      temporaries.set(dc, { ...held, known: { ...held.known, isBound: false } })
      keep([{ kind: 'tempKey', key: String(dc), value: undefined }])
    },
    confirmed: (dc) => void doubts.delete(dc),
    salted(dc, keyId, salts, timeOffset) {
      const known = keys.get(dc)
      const held = temporaries.get(dc)
      if (held?.known.key.id === keyId) {
        const next = { ...held.known, timeOffset, salts }
        // How long it lives is known better now.
        holdTemporary(dc, next)
        const moved = held.known.timeOffset === timeOffset ? [] : putTemporary(dc, next)
        keep(next.isBound ? [...moved, { kind: 'salts', key: nameOf(keyId), value: salts }] : [])
        return
      }
      if (known?.key.id !== keyId) return
      const moved = known.timeOffset === timeOffset ? [] : put(dc, { ...known, timeOffset })
      keys.set(dc, { key: known.key, timeOffset, salts })
      keep([...moved, { kind: 'salts', key: nameOf(keyId), value: salts }])
    },
    lost(dc, keyId) {
      if (temporaries.get(dc)?.known.key.id === keyId) keep(dropTemporary(dc))
      if (keys.get(dc)?.key.id !== keyId) return
      keys.delete(dc)
      doubts.delete(dc)
      keep([
        { kind: 'authKey', key: String(dc), value: undefined },
        { kind: 'salts', key: nameOf(keyId), value: undefined },
        ...dropTemporary(dc),
      ])
      keyLost?.(dc)
    },
  }
}

/** The name of a key's salts in the store. */
function nameOf(keyId: bigint): string {
  return hex(bytesFromInt64(keyId))
}
