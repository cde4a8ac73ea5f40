/** The stored session: what a client must keep between runs. One typed store of small records with transactions. */
import type { Observable } from 'rxjs'

/** An authorization key as kept: https://core.telegram.org/mtproto/auth_key */
export interface StoredKey {
  /** 256 bytes. A secret. */
  readonly key: Uint8Array
  /** Seconds to add to the local clock to have the server's. */
  readonly timeOffset: number
  /** Unix time in seconds at which a temporary key ends; undefined for a permanent one. */
  readonly expiresAt?: number | undefined
}

export interface StoredSalt {
  readonly salt: bigint
  /** Unix times in seconds of the server. */
  readonly validSince: number
  readonly validUntil: number
}

export interface StoredEndpoint {
  readonly host: string
  readonly port: number
  readonly ws?: string | undefined
  readonly media?: boolean | undefined
}

/** The place of one update box: https://core.telegram.org/api/updates */
export interface StoredBox {
  readonly pts: number
  readonly qts?: number | undefined
  readonly seq?: number | undefined
  readonly date?: number | undefined
}

export interface StoredPeer {
  readonly kind: 'user' | 'chat' | 'channel'
  readonly id: number
  readonly accessHash: bigint
  readonly usernames: readonly string[]
  readonly phone?: string | undefined
}

/** Where a `min` peer was seen, so that it can be addressed: https://core.telegram.org/api/min */
export interface StoredMinContext {
  readonly chat: string
  readonly message: number
}

export interface StoredSelf {
  readonly id: number
  readonly bot: boolean
  readonly dc: number
}

/** Every kind of record with its key. Dates are Unix seconds, ids are bare. */
export interface Records {
  /** key: the DC as text, `2`; `-2` for its media key, `10002` on the test DCs */
  readonly authKey: StoredKey
  /** key: as authKey */
  readonly tempKey: StoredKey
  /** key: the auth key's id in hex */
  readonly salts: readonly StoredSalt[]
  /** key: the DC as text */
  readonly endpoints: readonly StoredEndpoint[]
  /** key: `common` or `channel:ID` */
  readonly box: StoredBox
  /** key: `user:ID`, `chat:ID`, `channel:ID` */
  readonly peer: StoredPeer
  /** key: the username in lower case; value: a key of `peer` */
  readonly username: string
  /** key: the phone number, digits alone; value: a key of `peer` */
  readonly phone: string
  /** key: a key of `peer` */
  readonly minContext: StoredMinContext
  /** key: `self` */
  readonly self: StoredSelf
  /** key and value are the user's own; the value must be JSON, bigint or bytes */
  readonly value: unknown
}

export type RecordKind = keyof Records

/** One change of a transaction; `value: undefined` deletes. */
export type Change = {
  [Kind in RecordKind]: { readonly kind: Kind; readonly key: string; readonly value: Records[Kind] | undefined }
}[RecordKind]

/** An open store. */
export interface Store {
  /**
   * Starts: reads on subscribe; sees every write that was subscribed before, durable or not yet.
   * Emits: the record or undefined, once, then completes; synchronously where the back end can. A copy of its own.
   * Errors: StorageError.
   * Unsubscribe: forgets the answer.
   */
  get<Kind extends RecordKind>(kind: Kind, key: string): Observable<Records[Kind] | undefined>
  /** As `get`, for all records of a kind: emits one array of [key, record]. */
  list<Kind extends RecordKind>(kind: Kind): Observable<readonly (readonly [string, Records[Kind]])[]>
  /**
   * Starts: writes on subscribe, all changes or none.
   * Emits: nothing; completes when the changes are as durable as the back end can make them.
   * Errors: StorageError, UsageError for what can't be kept; then none of the changes was made.
   * Unsubscribe: does not undo: what was begun is finished.
   */
  write(changes: readonly Change[]): Observable<never>
}

/** A place that keeps one stored session. */
export interface Storage {
  /**
   * Starts: opens and locks on subscribe.
   * Emits: the open store, once, and stays.
   * Errors: StorageError when it can't be opened, or another process has it.
   * Unsubscribe: finishes what was begun, closes and unlocks.
   */
  open(): Observable<Store>
}
