/**
 * Auth keys and what belongs to them: user, layer, salts, and for temporary ones the permanent key that they stand for.
 * https://core.telegram.org/api/pfs
 */
import type { AuthKey } from '../core/crypto/message-key.ts'
import type { Env } from '../core/machine.ts'
import { ServerSalts } from './server-salts.ts'

export interface KeyRecord {
  readonly key: AuthKey
  readonly salts: ServerSalts
  /** The DC where it was made; it is good for no other. */
  readonly dc: number
  /** The client said that it takes this for a test DC. */
  readonly testMode: boolean
  /** Unix seconds; undefined for a permanent key. Binding may bring it nearer. */
  expiresAt: number | undefined
  /** The permanent key that a temporary one stands for. */
  boundTo: KeyRecord | undefined
  /** The permanent key that it was bound to, also if another stands for that now: it can be bound to no other. */
  madeFor: KeyRecord | undefined
  /** Who is signed in. Of a temporary key nothing: see `authorizationOf`. */
  user: number | undefined
  /** The layer of the last initConnection. */
  layer: number | undefined
  /** The session that gets updates: the last that made a call that wants them. */
  updatesTo: string | undefined
}

export interface NewKey {
  readonly key: AuthKey
  readonly salt: bigint
  readonly dc: number
  readonly testMode: boolean
  /** Seconds, exactly as the client said; undefined for a permanent key. */
  readonly expiresIn: number | undefined
}

/** What may be told of a key: all but its bytes. */
export interface KeyOverview {
  readonly id: bigint
  readonly dc: number
  readonly temporary: boolean
  /** The permanent key that a temporary one stands for. */
  readonly boundTo?: bigint | undefined
  /** Who is signed in by it. */
  readonly user?: number | undefined
}

/** Keys that are kept; those that were not used for the longest time are forgotten, unauthorised ones first. */
export const MAX_KEYS = 10_000

export class Keys {
  /** The one that was used last is last. */
  readonly #records = new Map<bigint, KeyRecord>()

  has(id: bigint): boolean {
    return this.#records.has(id)
  }

  /** Every key there is. */
  all(): readonly KeyRecord[] {
    return [...this.#records.values()]
  }

  add({ key, salt, dc, testMode, expiresIn }: NewKey, env: Env): KeyRecord {
    const expiresAt = expiresIn === undefined ? undefined : env.now / 1000 + expiresIn
    const salts = new ServerSalts(salt, env)
    const record: KeyRecord = {
      key,
      salts,
      dc,
      testMode,
      expiresAt,
      boundTo: undefined,
      madeFor: undefined,
      user: undefined,
      layer: undefined,
      updatesTo: undefined,
    }
    this.#records.set(key.id, record)
    if (this.#records.size > MAX_KEYS) this.#forgetOne(key.id)
    return record
  }

  /** The key with that id at that DC, if it lives. */
  get(id: bigint, dc: number, env: Env): KeyRecord | undefined {
    const record = this.#records.get(id)
    if (record === undefined || record.dc !== dc) return undefined
    if (record.expiresAt !== undefined && env.now / 1000 >= record.expiresAt) {
      this.delete(record)
      return undefined
    }
    this.#records.delete(id)
    this.#records.set(id, record)
    return record
  }

  /** Lets a temporary key stand for a permanent one; the one that did before does no more. */
  bind(temporary: KeyRecord, permanent: KeyRecord): void {
    for (const other of this.#records.values()) if (other.boundTo === permanent) other.boundTo = undefined
    temporary.boundTo = permanent
    temporary.madeFor = permanent
  }

  /** The temporary keys that stand for a permanent one, or did. */
  temporaryOf(permanent: KeyRecord): readonly KeyRecord[] {
    return [...this.#records.values()].filter((record) => record.madeFor === permanent)
  }

  /** Forgets a key, and unbinds those that stand for it. */
  delete(record: KeyRecord): void {
    this.#records.delete(record.key.id)
    for (const other of this.#records.values()) if (other.boundTo === record) other.boundTo = undefined
  }

  /** The permanent keys under which an account is signed in. */
  ofUser(user: number): readonly KeyRecord[] {
    return [...this.#records.values()].filter((record) => record.user === user)
  }

  #forgetOne(except: bigint): void {
    let oldest: KeyRecord | undefined
    for (const record of this.#records.values()) {
      if (record.key.id === except) continue
      oldest ??= record
      if (record.user !== undefined) continue
      oldest = record
      break
    }
    if (oldest !== undefined) this.delete(oldest)
  }
}

export function overviewOf({ key, dc, expiresAt, boundTo, user }: KeyRecord): KeyOverview {
  return { id: key.id, dc, temporary: expiresAt !== undefined, boundTo: boundTo?.key.id, user }
}

/** The record that says who is signed in: that of the permanent key. Undefined for a temporary key that is not bound. */
export function authorizationOf(record: KeyRecord): KeyRecord | undefined {
  return record.expiresAt === undefined ? record : record.boundTo
}

/** What a session is called, among those of all keys. */
export function sessionName(record: KeyRecord, sessionId: bigint): string {
  return `${keyName(record)}:${BigInt.asUintN(64, sessionId).toString(16).padStart(16, '0')}`
}

/** What a key is called: its id in hex, which is no secret. */
function keyName({ key }: KeyRecord): string {
  return BigInt.asUintN(64, key.id).toString(16).padStart(16, '0')
}
