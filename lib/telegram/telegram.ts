/** What the functions of this folder need of a client: types only. */
import type { Observable } from 'rxjs'
import type { User } from '../api/types.ts'
import type { Invoker } from '../core/invoker.ts'
import type { Clock } from '../runtime/rx/clock.ts'
import type { UpdateBatch } from '../runtime/updates/piece.ts'
import type { Router } from '../runtime/updates/router.ts'
import type { Account } from './auth/account.ts'
import type { KnownPeers } from './peers/known-peers.ts'

/** Something that went wrong and is nobody's call: a value of `faults$`. */
export interface Fault {
  /** Where: `handle`, `updates`, `session`, `storage`. */
  readonly at: string
  readonly error: unknown
}

/** A client, seen from the functions that only call. */
export interface Caller extends Invoker {
  /** The account: the latest value at once, then every change. Completes when the client closes. */
  readonly account$: Observable<Account>
  /** What is between the client and the functions of this library; nothing for applications. */
  readonly context: CallContext
}

/** A client that follows its account, seen from the functions that tell what happens. */
export interface Telegram extends Caller {
  /** Every batch of updates, from the first listener on. Completes when the client closes. */
  readonly updates$: Observable<UpdateBatch>
  readonly context: Context
}

export interface CallContext {
  readonly apiId: number
  readonly apiHash: string
  readonly clock: Clock
  readonly random: (length: number) => Uint8Array
  readonly peers: KnownPeers
  /**
   * Starts: waits on subscribe until the stored session has been read.
   * Emits: the account as it is then, once, then completes.
   * Errors: StorageError when the stored session can't be read; ClosedError.
   * Unsubscribe: stops waiting.
   */
  readonly known$: Observable<Account>
  account(): Account
  /** The server let this user in. */
  signedIn(user: User): void
  fault(fault: Fault): void
}

export interface Context extends CallContext {
  readonly on: Router['on']
}
