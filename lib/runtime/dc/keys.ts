/** The authorization keys of the data centres, with their salts: one for each, in memory and in the stored session. */
import { defer, forkJoin, map, type Observable, of, switchMap } from 'rxjs'
import { bytesFromInt64, hex } from '../../core/bytes.ts'
import { authKey } from '../../core/crypto/message-key.ts'
import type { Salt } from '../../core/protocol/salts.ts'
import type { KeyedLink, KnownKey } from '../session/handshake.ts'
import type { Change, Store } from '../storage/storage.ts'

/** `dc` is the number as it travels: see wire-dc. */
export interface Keys {
  /**
   * Starts: looks on subscribe, in memory, then in the stored session.
   * Emits: the key, or undefined where one must be made, once, then completes.
   * Errors: StorageError.
   * Unsubscribe: forgets the question.
   */
  known(dc: number): Observable<KnownKey | undefined>
  /** A key was made. */
  made(dc: number, keyed: KeyedLink): void
  /** The server told salts of that key, and its time. */
  salted(dc: number, keyId: bigint, salts: readonly Salt[], timeOffset: number): void
  /** The server does not know that key any more. */
  lost(dc: number, keyId: bigint): void
}

export interface KeysOptions {
  /** The open store, once. */
  readonly store$: Observable<Store>
  keep(changes: readonly Change[]): void
}

/** Makes the key ring of one client. */
export function createKeys({ store$, keep }: KeysOptions): Keys {
  const keys = new Map<number, KnownKey>()

  const stored = (dc: number): Observable<KnownKey | undefined> =>
    store$.pipe(
      switchMap((store) =>
        store.get('authKey', String(dc)).pipe(
          switchMap((record) => {
            if (record === undefined) return of(undefined)
            const key = authKey(record.key)
            return forkJoin([of(key), of(record.timeOffset), store.get('salts', nameOf(key.id))])
          }),
        ),
      ),
      map((found) => {
        if (found === undefined) return undefined
        const [key, timeOffset, salts] = found
        const known: KnownKey = { key, timeOffset, salts }
        keys.set(dc, known)
        return known
      }),
    )

  const put = (dc: number, known: KnownKey): readonly Change[] => {
    keys.set(dc, known)
    const { key, timeOffset } = known
    return [{ kind: 'authKey', key: String(dc), value: { key: key.bytes, timeOffset } }]
  }

  return {
    known: (dc) =>
      defer(() => {
        const known = keys.get(dc)
        return known === undefined ? stored(dc) : of(known)
      }),
    made(dc, { key, timeOffset, salts }) {
      keep(put(dc, { key, timeOffset, salts }))
    },
    salted(dc, keyId, salts, timeOffset) {
      const known = keys.get(dc)
      if (known?.key.id !== keyId) return
      const moved = known.timeOffset === timeOffset ? [] : put(dc, { ...known, timeOffset })
      keys.set(dc, { key: known.key, timeOffset, salts })
      keep([...moved, { kind: 'salts', key: nameOf(keyId), value: salts }])
    },
    lost(dc, keyId) {
      if (keys.get(dc)?.key.id !== keyId) return
      keys.delete(dc)
      keep([
        { kind: 'authKey', key: String(dc), value: undefined },
        { kind: 'salts', key: nameOf(keyId), value: undefined },
      ])
    },
  }
}

/** The name of a key's salts in the store. */
function nameOf(keyId: bigint): string {
  return hex(bytesFromInt64(keyId))
}
