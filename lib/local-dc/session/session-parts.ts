import type { ServerSalts } from '../server-salts.ts'
import type { Calls } from './calls.ts'
import type { Inbox } from './inbox.ts'
import type { Outbox } from './outbox.ts'
import type { SessionEffect } from './session-events.ts'

/** What the parts of a session share. */
export interface SessionParts {
  readonly salts: ServerSalts
  readonly inbox: Inbox
  readonly outbox: Outbox
  readonly calls: Calls
  /** Collects the orders of the step in hand. */
  readonly order: (effect: SessionEffect) => void
  /** Odd messages that the client wants to hear of, unless they are answered in the same breath. */
  readonly toAck: Set<bigint>
  /** Orders for when everything that is ready has gone out. */
  readonly afterFlush: SessionEffect[]
}
