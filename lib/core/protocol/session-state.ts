/** What a session remembers. Only the files of the session read it. */
import type { AuthKey } from '../crypto/message-key.ts'
import { type TelegramError, TransportError } from '../errors.ts'
import type { Env } from '../machine.ts'
import { MessageIds } from './message-id.ts'
import { Salts } from './salts.ts'
import { type Call, Calls } from './session-calls.ts'
import type { SessionEffect } from './session-events.ts'
import { Inbox } from './session-inbox.ts'
import { Outbox } from './session-outbox.ts'

/** One step: what it may know and what it orders. */
export interface Turn {
  readonly env: Env
  readonly out: SessionEffect[]
}

/** The state. Mutable, and never handed out. */
export interface SessionCore {
  /** `opening`: a link was ordered. `waiting`: the retry timer runs. */
  phase: 'opening' | 'ready' | 'waiting' | 'closed'
  /** The number of the newest link. */
  link: number
  /** Links lost since a packet was last received. */
  failures: number
  /** How often in a row the server did not know the key. */
  keyRefusals: number
  /** How often in a row the server refused a message, with none accepted between. */
  refusals: number

  key: AuthKey | undefined
  sessionId: bigint
  /** The session before a reset: its late packets are no attack. */
  previousId: bigint
  ids: MessageIds
  salts: Salts
  /** Whether the server's clock was heard in this run: before that no message is too old. */
  synchronised: boolean
  /** Whether the server began this session at least once. */
  begun: boolean
  /** The last beginning that the server told. */
  uniqueId: bigint | undefined

  readonly calls: Calls
  inbox: Inbox
  readonly outbox: Outbox

  /** Whether the flush timer is set. */
  flushing: boolean
  /** When notices go without company. */
  noticesAt: number | undefined
  /** Times of Env.elapsed. */
  heardAt: number
  pingAt: number
  pingedAt: number
  /** Since when a ping is out with nothing heard after it. */
  awaitingSince: number | undefined
  saltsAskedAt: number
}

/** A session that has no link yet. */
export function sessionCore(env: Env): SessionCore {
  return {
    phase: 'waiting',
    link: 0,
    failures: 0,
    keyRefusals: 0,
    refusals: 0,
    key: undefined,
    sessionId: newSessionId(env),
    previousId: 0n,
    ids: new MessageIds(),
    salts: new Salts(),
    synchronised: false,
    begun: false,
    uniqueId: undefined,
    calls: new Calls(),
    inbox: new Inbox(),
    outbox: new Outbox(),
    flushing: false,
    noticesAt: undefined,
    heardAt: Number.NEGATIVE_INFINITY,
    pingAt: Number.POSITIVE_INFINITY,
    pingedAt: Number.NEGATIVE_INFINITY,
    awaitingSince: undefined,
    saltsAskedAt: Number.NEGATIVE_INFINITY,
  }
}

/** A random 64-bit number, as TL reads it. */
export function randomLong(env: Env): bigint {
  const bytes = env.random(8)
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigInt64(0, true)
}

/** Random and not 0 (description, "Session"). */
function newSessionId(env: Env): bigint {
  const id = randomLong(env)
  return id === 0n ? 1n : id
}

/**
 * Begins another session under the same key, or under another. What `isRefused` knows to be refused waits again; of
 * other calls that were sent nobody will ever tell.
 */
export function startOver(session: SessionCore, isRefused: (call: Call) => boolean, why: string, turn: Turn): void {
  session.previousId = session.sessionId
  session.sessionId = newSessionId(turn.env)
  session.ids.restart()
  session.inbox = new Inbox()
  session.outbox.clear()
  session.uniqueId = undefined
  const sent = session.calls.sent()
  session.calls.again(sent.filter(isRefused))
  for (const call of sent) {
    if (call.state !== 'waiting')
      fail(session, call, new TransportError(`${why}: the call may have run`, 'unknown'), turn)
  }
}

/** A call ends without an answer. */
export function fail(session: SessionCore, call: Call, error: TelegramError, turn: Turn): void {
  if (session.calls.end(call.id) !== undefined) turn.out.push({ _: 'fail', id: call.id, error })
}

export function fault(error: TelegramError, turn: Turn): void {
  turn.out.push({ _: 'fault', error })
}

/** The server's time in seconds, as far as is known. */
export function serverTime(session: SessionCore, { env }: Turn): number {
  return session.ids.serverTime(env)
}

/** Salts and clock changed: they are worth keeping. */
export function saveSalts(session: SessionCore, turn: Turn): void {
  if (session.key === undefined) return
  const { ids, salts } = session
  const fact = { _: 'salts', keyId: session.key.id, salts: salts.list(), timeOffset: ids.timeOffset } as const
  turn.out.push({ _: 'fact', fact })
}
