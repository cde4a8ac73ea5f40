/** What a method is given besides its params. */
import type { Observable } from 'rxjs'
import type { Methods, Update } from '../api/index.ts'
import type { Env } from '../core/machine.ts'
import type { LocalDcEvent } from './events.ts'
import type { KeyRecord, Keys } from './keys.ts'
import { refuse } from './refuse.ts'
import type { Fact } from './world/box.ts'
import type { Account, World } from './world/world.ts'

export type MethodName = keyof Methods

/**
 * A method of the server: gives the answer, or a stream of which the first value is it. It refuses by throwing an
 * RpcError, or erring with one. A stream is left when the client drops the answer.
 */
export type Handler<Name extends MethodName> = (
  params: Methods[Name]['params'],
  context: Context,
) => Methods[Name]['result'] | Observable<Methods[Name]['result']>

/**
 * Some method's handler, once it is picked by name. With parameters of type never the compiler need not weigh 800
 * signatures against each other.
 */
export type AnyHandler = (params: never, context: Context) => unknown

export type Handlers = { readonly [Name in MethodName]?: Handler<Name> }

/** One data centre as clients reach it. */
export interface DcAddress {
  readonly id: number
  readonly host: string
  readonly port: number
  /** The WebSocket address. */
  readonly ws?: string | undefined
}

/** Everything about a call but its params. */
export interface Context {
  /** Who calls; undefined when nobody is signed in. */
  readonly user: Account | undefined
  /** Accounts, messages, login codes: all that there is. Change it with the functions of the world. */
  readonly world: World
  /** The world's date: Unix seconds. */
  readonly now: number
  /** Clock and randomness, for the functions of the world. */
  readonly env: Env
  /** The layer in which the answer will be written. Answers are given in the library's own. */
  readonly layer: number
  readonly dc: number
  /** The client takes this for a test DC. */
  readonly testMode: boolean
  /** The main address of every DC. */
  readonly dcs: readonly DcAddress[]
  /** The session's name, as events have it. */
  readonly session: string
  readonly sessionId: bigint
  /** The id of the message that brought the call. */
  readonly messageId: bigint
  /** The auth key. Its bytes are a secret. */
  readonly key: KeyRecord
  readonly keys: Keys
  /** Forgets a key and ends its sessions. */
  forgetKey(id: bigint): void
  /**
   * Sends updates to every session of an account that takes them, except the caller's. `people` are the ids of those who
   * are named in them.
   */
  push(account: Account, updates: readonly Update[], people: readonly number[]): void
  /** As `push`, for one update that needs nobody explained. */
  pushShort(account: Account, update: Update): void
  /** Tells everybody what an operation of the world did, except the caller's session, which has it in its answer. */
  publish(facts: readonly Fact[]): void
  /** From now on the key is this account's. */
  signIn(account: Account): void
  signOut(): void
  /** Adds an event to those that the local DC tells. */
  tell(event: LocalDcEvent): void
}

/** Who calls. The gateway lets nobody else through, except to the methods that work without. */
export function me({ user }: Context): Account {
  return user ?? refuse(401, 'AUTH_KEY_UNREGISTERED')
}
