/**
 * The world: what a Telegram account is made of, without any of the protocol around it. Pure and synchronous: time and
 * randomness come in as `Env`, what happened goes out as facts, and nothing here knows who is connected.
 * https://core.telegram.org/api/updates
 */
import type { Env } from '../../core/machine.ts'
import type { Box } from './box.ts'

/** Telegram's own account: it brings login codes, and what it sends is kept by the receiver alone. */
export const SERVICE_ID = 777_000

export interface Account {
  readonly id: number
  readonly bot: boolean
  readonly box: Box
  firstName: string
  lastName: string | undefined
  username: string | undefined
  /** Digits alone; people only. */
  readonly phone: string | undefined
  /** ID:SECRET; bots only. */
  readonly token: string | undefined
  /** The ids of those in the address book. */
  readonly contacts: Set<number>
  /** Unix seconds until which it counts as online, or since when it is offline; undefined when it never said. */
  status: { readonly online: boolean; readonly date: number } | undefined
}

export interface LoginCode {
  readonly phone: string
  readonly code: string
  readonly expires: number
  /** How it went out. */
  readonly way: 'app' | 'sms' | 'call'
  tries: number
  /** The right code was given, but the number has no account yet: sign-up may follow. */
  accepted: boolean
}

export interface World {
  /** What access hashes are derived from. */
  readonly secret: Uint8Array
  /** What a random_id that was used before gets: the first message again, or RANDOM_ID_DUPLICATE. */
  readonly duplicates: 'original' | 'error'
  readonly accounts: Map<number, Account>
  /** From the phone number, digits alone, to the account's id. */
  readonly phones: Map<string, number>
  /** From the username in lower case to the account's id. */
  readonly usernames: Map<string, number>
  /** From a bot's token to its id. */
  readonly tokens: Map<string, number>
  /** From phone_code_hash to the code. */
  readonly codes: Map<string, LoginCode>
  nextUserId: number
  /** The last date that was given out: dates of the world never go back. */
  lastDate: number
}

export interface WorldOptions {
  readonly duplicates?: World['duplicates'] | undefined
}

export function createWorld(env: Env, options: WorldOptions = {}): World {
  return {
    secret: env.random(32),
    duplicates: options.duplicates ?? 'original',
    accounts: new Map(),
    phones: new Map(),
    usernames: new Map(),
    tokens: new Map(),
    codes: new Map(),
    nextUserId: 1_000_001,
    lastDate: 0,
  }
}

/** The world's date in Unix seconds: that of `env`, but never before one that was given out. */
export function dateOf(world: World, env: Env): number {
  world.lastDate = Math.max(world.lastDate, Math.floor(env.now / 1000))
  return world.lastDate
}
