/** What a session remembers. Only the files of the session read it. */
import type { AuthKey } from '../crypto/message-key.ts'
import { type TelegramError, TransportError } from '../errors.ts'
import type { Env } from '../machine.ts'
import type { SessionTrace } from '../trace.ts'
import { MessageIds } from './message-id.ts'
import type { Pack } from './pack.ts'
import { Salts } from './salts.ts'
import type { Binding } from './session-binding.ts'
import { type Call, Calls } from './session-calls.ts'
import type { SessionEffect } from './session-events.ts'
import { Inbox } from './session-inbox.ts'
import { lostInRow } from './session-order.ts'
import { Outbox } from './session-outbox.ts'
import { Receipts } from './session-receipts.ts'

/** One step: what it may know and what it orders. */
export interface Turn {
  readonly env: Env
  readonly out: SessionEffect[]
}

/** The state. Mutable, and never handed out. */
export interface SessionCore {
  /** How the bodies of calls travel; as they are, without it. */
  readonly pack: Pack | undefined
  /** `opening`: a link was ordered. `waiting`: the retry timer runs. */
  phase: 'opening' | 'ready' | 'waiting' | 'closed'
  /** The number of the newest link. */
  link: number
  /** Links lost since a packet was last received. */
  failures: number
  /** When the last links were ordered, in Env.elapsed. */
  connects: readonly number[]
  /** Whether the platform says that there is no network. */
  isOffline: boolean
  /** Links in a row that fell silent. */
  silences: number
  /** How often in a row the server did not know the key. */
  keyRefusals: number
  /** How often in a row the server refused a message, with none accepted between. */
  refusals: number

  key: AuthKey | undefined
  /** How the key of the open link is bound; undefined for a permanent one. */
  binding: Binding | undefined
  /** How often in a row the server would not have a temporary key, with no call answered between. */
  bindRefusals: number
  sessionId: bigint
  /** The session before a reset: its late packets are no attack. */
  previousId: bigint
  ids: MessageIds
  salts: Salts
  /** Whether the server's clock was heard in this run: before that no message is too old. */
  synchronised: boolean
  /** The wall clock minus the one that never jumps, and whether that changed since the clock was kept. */
  clocksApart: number
  hasClockMoved: boolean
  /** Whether the server began this session at least once. */
  begun: boolean
  /** The last beginning that the server told. */
  uniqueId: bigint | undefined

  readonly calls: Calls
  inbox: Inbox
  readonly outbox: Outbox
  readonly receipts: Receipts

  /** Whether the flush timer is set. */
  flushing: boolean
  /** When notices go without company. */
  noticesAt: number | undefined
  /** Times of Env.elapsed. */
  heardAt: number
  /** When the ping timer fires, and when a ping is due whatever happens. */
  pingAt: number
  nextPingAt: number
  pingedAt: number
  /** Since when a ping is out with nothing heard after it. */
  awaitingSince: number | undefined
  saltsAskedAt: number
  /** When late calls are looked after; undefined while the timer is not set. */
  lateAt: number | undefined
  /** The round trip in milliseconds, smoothed. */
  rtt: number | undefined

  /** Whether somebody watches. */
  observed: boolean
  /** The salt that was last sent with while somebody watched. */
  tracedSalt: bigint | undefined
}

/** A session that has no link yet. */
export function sessionCore(env: Env, pack: Pack | undefined): SessionCore {
  return {
    pack,
    phase: 'waiting',
    link: 0,
    failures: 0,
    connects: [],
    isOffline: false,
    silences: 0,
    keyRefusals: 0,
    refusals: 0,
    key: undefined,
    binding: undefined,
    bindRefusals: 0,
    sessionId: newSessionId(env),
    previousId: 0n,
    ids: new MessageIds(),
    salts: new Salts(),
    synchronised: false,
    clocksApart: env.now - env.elapsed,
    hasClockMoved: false,
    begun: false,
    uniqueId: undefined,
    calls: new Calls(),
    inbox: new Inbox(),
    outbox: new Outbox(),
    receipts: new Receipts(),
    flushing: false,
    noticesAt: undefined,
    heardAt: Number.NEGATIVE_INFINITY,
    pingAt: Number.POSITIVE_INFINITY,
    nextPingAt: Number.POSITIVE_INFINITY,
    pingedAt: Number.NEGATIVE_INFINITY,
    awaitingSince: undefined,
    saltsAskedAt: Number.NEGATIVE_INFINITY,
    lateAt: undefined,
    rtt: undefined,
    observed: false,
    tracedSalt: undefined,
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
 * other calls that were sent nobody will ever tell whether they ran.
 */
export function startOver(session: SessionCore, isRefused: (call: Call) => boolean, why: string, turn: Turn): void {
  session.previousId = session.sessionId
  session.sessionId = newSessionId(turn.env)
  session.ids.restart()
  session.inbox = new Inbox()
  session.outbox.clear()
  session.uniqueId = undefined
  session.binding?.again()
  const sent = session.calls.sent()
  session.calls.again(sent.filter(isRefused))
  const others = sent.filter(({ state }) => state !== 'waiting')
  forgotten(session, others, why, turn)
  session.calls.rows.startOver()
}

/** Nobody can tell whether these ran, and none may run twice but those of which the caller says so. */
export function forgotten(session: SessionCore, calls: readonly Call[], why: string, turn: Turn): void {
  session.calls.again(calls.filter(({ repeatable }) => repeatable))
  for (const call of calls) {
    if (call.repeatable) continue
    lostInRow(call)
    fail(session, call, new TransportError(`${why}: the call may have run`, 'unknown'), turn)
  }
}

/** A call ends without an answer. */
export function fail(session: SessionCore, call: Call, error: TelegramError, turn: Turn): void {
  if (session.calls.end(call.id) === undefined) return
  if (session.observed) trace({ _: 'call', step: 'failed', call: call.id, error: errorText(error) }, turn)
  turn.out.push({ _: 'fail', id: call.id, error })
}

export function fault(error: TelegramError, turn: Turn): void {
  turn.out.push({ _: 'fault', error })
}

/**
 * Tells whoever watches. To be called only where `session.observed` is true: for nobody, not even the event is made, and
 * a call that nobody watches costs a handful of looks at a boolean.
 */
export function trace(event: SessionTrace, turn: Turn): void {
  turn.out.push({ _: 'trace', event })
}

/** An error in words, for those who watch. */
export function errorText({ name, message }: TelegramError): string {
  return `${name}: ${message}`
}

/** The server's time in seconds, as far as is known. */
export function serverTime(session: SessionCore, { env }: Turn): number {
  return session.ids.serverTime(env)
}

/** That message tells the server's time: what we thought of it was wrong, up or down. */
export function correctClock(session: SessionCore, serverMessageId: bigint, turn: Turn): void {
  session.ids.correct(serverMessageId, turn.env)
  if (session.observed) trace({ _: 'clock', offset: session.ids.timeOffset(turn.env) }, turn)
}

/** Salts and clock changed: they are worth keeping. */
export function saveSalts(session: SessionCore, turn: Turn): void {
  if (session.key === undefined) return
  const { ids, salts } = session
  const fact = { _: 'salts', keyId: session.key.id, salts: salts.list(), timeOffset: ids.timeOffset(turn.env) } as const
  turn.out.push({ _: 'fact', fact })
}
