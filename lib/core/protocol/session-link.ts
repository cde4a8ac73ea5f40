/**
 * Links come and go, the session stays: when one is opened, how one is known to be dead, and what a lost one means for
 * the calls. https://core.telegram.org/mtproto/service_messages#deferred-connection-closure--ping
 * and https://core.telegram.org/mtproto/mtproto-transports#transport-errors
 */
import { ProtocolError, TelegramError, TransportError } from '../errors.ts'
import { FLOOD_FAILURES, reconnectDelay } from './backoff.ts'
import { MessageIds } from './message-id.ts'
import { Salts } from './salts.ts'
import type { SessionEvent } from './session-events.ts'
import { BUSY_PING_DELAY, flush, watchBusyLink } from './session-send.ts'
import { fail, fault, randomLong, type SessionCore, startOver, type Turn } from './session-state.ts'

/** A link that is not open after so many milliseconds, key exchange included, is given up. */
const OPENING_LIMIT = 30_000

/** A ping at least so often: shorter than the delay after which the server closes a link without one. */
const PING_INTERVAL = 60_000

/** Nothing at all for so long after a ping: the link is dead. */
const PONG_LIMIT = 10_000

/** Transport errors (transports, "Transport errors"): the server does not know the key, too many connections, wrong DC. */
const KEY_UNKNOWN = -404
const FLOOD = -429
const WRONG_DC = -444

/** A key that was refused once is tried once more: a server that is just starting refuses them all. */
const KEY_REFUSALS = 2

/** Orders the next link. */
export function openLink(session: SessionCore, turn: Turn): void {
  session.phase = 'opening'
  session.link++
  turn.out.push({ _: 'view', state: { _: 'connecting' } })
  turn.out.push({ _: 'timer', key: 'opening', at: turn.env.elapsed + OPENING_LIMIT })
  turn.out.push({ _: 'open', link: session.link })
}

/** A link is open: what waited leaves, and what became of the rest is asked. */
export function opened(session: SessionCore, event: Extract<SessionEvent, { _: 'opened' }>, turn: Turn): void {
  if (session.key?.id !== event.key.id) changeKey(session, event, turn)
  session.phase = 'ready'
  turn.out.push({ _: 'untimer', key: 'opening' })
  turn.out.push({ _: 'view', state: { _: 'ready' } })
  const unknown = session.calls.sent().filter(({ state }) => state === 'unknown')
  if (unknown.length > 0) session.outbox.add({ _: 'states', messageIds: unknown.map(({ messageId }) => messageId) })
  // A ping tells at once whether the key, the clock and the salt are right, and where to send updates.
  ping(session, turn)
  flush(session, turn)
}

function changeKey(session: SessionCore, event: Extract<SessionEvent, { _: 'opened' }>, turn: Turn): void {
  if (session.key !== undefined) startOver(session, () => false, 'the key was replaced', turn)
  session.key = event.key
  session.keyRefusals = 0
  session.synchronised = false
  session.ids = new MessageIds(event.timeOffset)
  session.salts = new Salts(event.salts)
  if (event.salt !== 0n) session.salts.take(event.salt, session.ids.serverTime(turn.env))
}

/** A packet of the server came: the link and the key are good. */
export function heard(session: SessionCore, turn: Turn): void {
  session.heardAt = turn.env.elapsed
  session.failures = 0
  session.keyRefusals = 0
  if (session.awaitingSince === undefined) return
  session.awaitingSince = undefined
  watchBusyLink(session, turn)
}

/** Closes the link for a reason of ours. */
export function drop(session: SessionCore, reason: TelegramError, turn: Turn): void {
  if (session.phase !== 'ready' && session.phase !== 'opening') return
  turn.out.push({ _: 'drop', link: session.link })
  lost(session, reason, turn)
}

/** The link is gone. What was sent on it may or may not have arrived: the next link brings the answer. */
export function lost(session: SessionCore, reason: unknown, turn: Turn): void {
  const wasReady = session.phase === 'ready'
  session.phase = 'waiting'
  session.flushing = false
  session.noticesAt = undefined
  session.pingAt = Number.POSITIVE_INFINITY
  session.awaitingSince = undefined
  for (const key of ['opening', 'flush', 'notices', 'ping', 'pong']) turn.out.push({ _: 'untimer', key })
  for (const call of session.calls.sent()) if (call.state === 'sent') call.state = 'unknown'
  session.outbox.linkLost()
  session.failures++
  const error = asError(reason)
  if (error !== undefined) fault(error, turn)
  const code = error instanceof TransportError ? error.code : undefined
  if (code === FLOOD) session.failures = Math.max(session.failures, FLOOD_FAILURES)
  if (code === KEY_UNKNOWN && wasReady && ++session.keyRefusals >= KEY_REFUSALS) keyLost(session, turn)
  // Waiting would not help against these: the calls fail now, while the link is still tried for those to come.
  if (error !== undefined && !wasReady && isHopeless(error)) failAll(session, error, turn)
  const delay = reconnectDelay(session.failures, (length) => turn.env.random(length))
  turn.out.push({ _: 'timer', key: 'retry', at: turn.env.elapsed + delay })
  turn.out.push({ _: 'view', state: { _: 'offline', retryAt: turn.env.now + delay } })
}

function asError(reason: unknown): TelegramError | undefined {
  if (reason === undefined || reason instanceof TelegramError) return reason
  const text = reason instanceof Error ? reason.message : 'for no known reason'
  return new TransportError(`the link broke: ${text}`, 'unknown', { cause: reason })
}

/** A wrong DC, or a server that failed the checks of the key exchange. */
function isHopeless(error: TelegramError): boolean {
  return error instanceof TransportError ? error.code === WRONG_DC : true
}

/** The server does not know the key: with it everything is gone that was under way. */
function keyLost(session: SessionCore, turn: Turn): void {
  if (session.key === undefined) return
  const keyId = session.key.id
  failAll(session, new TransportError('the server does not know the auth key', 'unsent', { code: KEY_UNKNOWN }), turn)
  startOver(session, () => false, 'the key was lost', turn)
  session.key = undefined
  turn.out.push({ _: 'fact', fact: { _: 'keyLost', keyId } })
}

/** Ends every call: with the reason itself those that the server surely does not have. */
function failAll(session: SessionCore, error: TelegramError, turn: Turn): void {
  const code = error instanceof TransportError ? error.code : undefined
  const options = code === undefined ? { cause: error } : { cause: error, code }
  for (const call of session.calls.all()) {
    if (call.state === 'waiting') fail(session, call, error, turn)
    else fail(session, call, new TransportError(`${error.message}: the call may have run`, 'unknown', options), turn)
  }
}

export function ping(session: SessionCore, { env, out }: Turn): void {
  const { elapsed } = env
  session.outbox.add({ _: 'ping', pingId: randomLong(env) })
  session.pingedAt = elapsed
  session.pingAt = elapsed + PING_INTERVAL
  out.push({ _: 'timer', key: 'ping', at: session.pingAt })
  // A second ping does not give a dead link more time.
  if (session.awaitingSince !== undefined) return
  session.awaitingSince = elapsed
  out.push({ _: 'timer', key: 'pong', at: elapsed + PONG_LIMIT })
}

/** Whether it is time for a ping, or when it will be. */
export function pingDue(session: SessionCore, slept: boolean, turn: Turn): void {
  if (session.phase !== 'ready') return
  if (slept) {
    awake(session, turn)
    return
  }
  const { elapsed } = turn.env
  const silentSince = Math.max(session.heardAt, session.pingedAt)
  const busy = session.calls.inFlight > 0 && session.awaitingSince === undefined
  const due = Math.min(
    session.pingedAt + PING_INTERVAL,
    busy ? silentSince + BUSY_PING_DELAY : Number.POSITIVE_INFINITY,
  )
  if (due <= elapsed) {
    ping(session, turn)
    flush(session, turn)
    return
  }
  session.pingAt = due
  turn.out.push({ _: 'timer', key: 'ping', at: due })
}

/** Who knows what became of the link meanwhile: a ping at once, and all its time to be answered. */
function awake(session: SessionCore, turn: Turn): void {
  session.awaitingSince = undefined
  ping(session, turn)
  flush(session, turn)
}

/** The time for a pong is over. Any packet counts as one: real ones queue behind big answers. */
export function deadLink(session: SessionCore, slept: boolean, turn: Turn): void {
  if (session.phase !== 'ready' || session.awaitingSince === undefined) return
  const until = session.awaitingSince + PONG_LIMIT
  if (slept) awake(session, turn)
  else if (turn.env.elapsed < until) turn.out.push({ _: 'timer', key: 'pong', at: until })
  else drop(session, new TransportError(`no sign of life for ${PONG_LIMIT / 1000} s after a ping`, 'unknown'), turn)
}

/** The server broke the protocol, or we did: the link is closed, the session goes on. */
export function breakLink(session: SessionCore, why: string, turn: Turn): void {
  drop(session, new ProtocolError(why), turn)
}
