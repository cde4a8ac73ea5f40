/**
 * Links come and go, the session stays: when one is opened, how one is known to be dead, and what a lost one means for
 * the calls. https://core.telegram.org/mtproto/service_messages#deferred-connection-closure--ping
 * and https://core.telegram.org/mtproto/mtproto-transports#transport-errors
 */
import { ProtocolError, TelegramError, TransportError } from '../errors.ts'
import { CONNECTS_REMEMBERED, earliestConnect, FLOOD_FAILURES, reconnectDelay } from './backoff.ts'
import { MessageIds } from './message-id.ts'
import { Salts } from './salts.ts'
import type { SessionEvent } from './session-events.ts'
import { lateAfter, pongLimit } from './session-patience.ts'
import { awake, ping } from './session-ping.ts'
import { flush, LATE_TIMER, watchBusyLink } from './session-send.ts'
import { errorText, fail, fault, type SessionCore, startOver, type Turn, trace } from './session-state.ts'
import { beginBinding, endBinding, loseTemporaryKey } from './session-temporary.ts'

/** A link that is not open after so many milliseconds, key exchange included, is given up. */
const OPENING_LIMIT = 30_000

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
  session.connects = [...session.connects, turn.env.elapsed].slice(-CONNECTS_REMEMBERED)
  turn.out.push({ _: 'view', state: { _: 'connecting' } })
  tellLink(session, turn)
  turn.out.push({ _: 'timer', key: 'opening', at: turn.env.elapsed + OPENING_LIMIT })
  turn.out.push({ _: 'open', link: session.link })
}

/**
 * The next link is opened after so many milliseconds: not before servers bear one more, and not at all while there is
 * said to be no network.
 */
export function connectAfter(session: SessionCore, delay: number, turn: Turn, isTroubled = false): void {
  const { env, out } = turn
  session.phase = 'waiting'
  if (session.isOffline) {
    out.push({ _: 'untimer', key: 'retry' }, { _: 'view', state: { _: 'offline' } })
    return
  }
  const at = Math.max(env.elapsed + delay, earliestConnect(session.connects, isTroubled))
  if (at <= env.elapsed) {
    out.push({ _: 'untimer', key: 'retry' })
    openLink(session, turn)
    return
  }
  out.push({ _: 'timer', key: 'retry', at })
  out.push({ _: 'view', state: { _: 'offline', retryAt: env.now + at - env.elapsed } })
}

/** Tells whoever watches how the link is. */
export function tellLink(session: SessionCore, turn: Turn): void {
  if (!session.observed) return
  const { phase, link } = session
  const state = phase === 'opening' ? 'opening' : phase === 'ready' ? 'open' : 'closed'
  trace({ _: 'link', link, state }, turn)
}

/** A link is open: what waited leaves, and what became of the rest is asked. */
export function opened(session: SessionCore, event: Extract<SessionEvent, { _: 'opened' }>, turn: Turn): void {
  if (session.key?.id !== event.key.id) changeKey(session, event, turn)
  session.phase = 'ready'
  beginBinding(session, event.bind, turn)
  tellLink(session, turn)
  turn.out.push({ _: 'untimer', key: 'opening' })
  turn.out.push({ _: 'view', state: { _: session.binding?.holdsCalls === true ? 'handshake' : 'ready' } })
  askForUnknown(session, turn)
  // A ping tells at once whether the key, the clock and the salt are right, and where to send updates.
  ping(session, turn)
  flush(session, turn)
}

function askForUnknown(session: SessionCore, { env }: Turn): void {
  const unknown = session.calls.sent().filter(({ state }) => state === 'unknown')
  if (unknown.length === 0) return
  for (const call of unknown) call.askAt = env.elapsed + lateAfter(session, 1)
  session.outbox.add({ _: 'states', messageIds: unknown.map(({ messageId }) => messageId) })
}

function changeKey(session: SessionCore, event: Extract<SessionEvent, { _: 'opened' }>, turn: Turn): void {
  if (session.key !== undefined) startOver(session, () => false, 'the key was replaced', turn)
  session.outbox.keyLost()
  session.key = event.key
  session.keyRefusals = 0
  session.synchronised = false
  session.ids = new MessageIds(event.timeOffset)
  session.ids.anchor(turn.env)
  session.salts = new Salts(event.salts)
  if (event.salt !== 0n) session.salts.take(event.salt, session.ids.serverTime(turn.env))
  if (session.observed && event.fresh)
    trace({ _: 'key', what: 'made', temporary: event.bind !== undefined && event.bind.as !== 'probing' }, turn)
}

/** A packet of the server came: the link and the key are good. */
export function heard(session: SessionCore, turn: Turn): void {
  session.heardAt = turn.env.elapsed
  session.failures = 0
  session.silences = 0
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
  const isTemporary = session.binding !== undefined && session.binding.step !== 'probing'
  linkGone(session, turn)
  session.failures++
  const error = asError(reason)
  if (error !== undefined) fault(error, turn)
  const code = error instanceof TransportError ? error.code : undefined
  if (code === FLOOD) session.failures = Math.max(session.failures, FLOOD_FAILURES)
  const isRemade = code === KEY_UNKNOWN && wasReady && isTemporary
  if (isRemade) loseTemporaryKey(session, turn)
  else if (code === KEY_UNKNOWN && wasReady) keyRefused(session, turn)
  // Waiting would not help against these: the calls fail now, while the link is still tried for those to come.
  if (error !== undefined && (!wasReady || code === WRONG_DC) && isHopeless(error)) failAll(session, error, turn)
  // A temporary key is remade at once: once, that is.
  const isFirst = isRemade && session.failures === 1
  const delay = isFirst ? 0 : reconnectDelay(session.failures, (length) => turn.env.random(length))
  if (session.observed) {
    const why = error === undefined ? undefined : errorText(error)
    trace({ _: 'link', link: session.link, state: 'closed', reason: why, retryIn: delay }, turn)
  }
  connectAfter(session, delay, turn, code === FLOOD || error instanceof ProtocolError)
}

/** What holds for every link that is gone. */
export function linkGone(session: SessionCore, turn: Turn): void {
  session.phase = 'waiting'
  session.flushing = false
  session.noticesAt = undefined
  session.pingAt = Number.POSITIVE_INFINITY
  session.awaitingSince = undefined
  session.lateAt = undefined
  for (const key of ['opening', 'flush', 'notices', 'ping', 'pong', LATE_TIMER]) turn.out.push({ _: 'untimer', key })
  endBinding(session, turn)
  for (const call of session.calls.sent()) if (call.state === 'sent') call.state = 'unknown'
  session.outbox.linkLost()
  session.receipts.clear()
}

/**
 * Closes the link because the next one is to have another key, and nothing is wrong: it is opened at once, unless that
 * was in vain before. `meanwhile`: what happens between the two.
 */
export function reopen(session: SessionCore, turn: Turn, meanwhile: () => void = () => {}): void {
  flush(session, turn, { calls: false })
  turn.out.push({ _: 'drop', link: session.link })
  if (session.failures > 0) {
    lost(session, undefined, turn)
    meanwhile()
    return
  }
  linkGone(session, turn)
  tellLink(session, turn)
  meanwhile()
  connectAfter(session, 0, turn)
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

/** The permanent key is asked for once more before it is given up. */
function keyRefused(session: SessionCore, turn: Turn): void {
  if (++session.keyRefusals < KEY_REFUSALS) return
  loseKey(session, new TransportError('the server does not know the auth key', 'unsent', { code: KEY_UNKNOWN }), turn)
}

/** The permanent key is of no use any more: with it everything is gone that was under way. */
export function loseKey(session: SessionCore, error: TransportError, turn: Turn): void {
  if (session.key === undefined) return
  const keyId = session.binding?.permanent.id ?? session.key.id
  failAll(session, error, turn)
  startOver(session, () => false, 'the key was lost', turn)
  session.key = undefined
  if (session.observed) trace({ _: 'key', what: 'lost', temporary: false }, turn)
  turn.out.push({ _: 'fact', fact: { _: 'keyLost', keyId, temporary: false } })
}

/** Ends every call: with the reason itself those that the server surely does not have. */
export function failAll(session: SessionCore, error: TelegramError, turn: Turn): void {
  const code = error instanceof TransportError ? error.code : undefined
  const options = code === undefined ? { cause: error } : { cause: error, code }
  for (const call of session.calls.all()) {
    if (call.state === 'waiting') fail(session, call, error, turn)
    else fail(session, call, new TransportError(`${error.message}: the call may have run`, 'unknown', options), turn)
  }
}

/** The time for a pong is over. Any packet counts as one: real ones queue behind big answers. */
export function deadLink(session: SessionCore, slept: boolean, turn: Turn): void {
  if (session.phase !== 'ready' || session.awaitingSince === undefined) return
  const limit = pongLimit(session)
  const until = session.awaitingSince + limit
  if (slept) awake(session, turn)
  else if (turn.env.elapsed < until) turn.out.push({ _: 'timer', key: 'pong', at: until })
  else {
    session.silences++
    drop(session, new TransportError(`no sign of life for ${limit / 1000} s after a ping`, 'unknown'), turn)
  }
}

/** The server broke the protocol, or we did: the link is closed, the session goes on. */
export function breakLink(session: SessionCore, why: string, turn: Turn): void {
  drop(session, new ProtocolError(why), turn)
}
