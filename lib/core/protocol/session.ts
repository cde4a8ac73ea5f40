/**
 * One session, client side, across any number of links: what is sent, what is acked, what is sent again, and how each
 * call ends, exactly once. https://core.telegram.org/mtproto/description#session
 * and https://core.telegram.org/mtproto/service_messages
 *
 * A machine: events in, orders out. The rest of its rules: session-rules (messages of the server), session-link (links
 * come and go), session-send (what the next packet holds); session-binding and session-bound (temporary
 * keys); session-events lists what it is told and what it orders.
 */
import { ClosedError, type TelegramError, TransportError, UsageError } from '../errors.ts'
import type { Env, FiredEvent } from '../machine.ts'
import { isContainer, type Pack } from './pack.ts'
import { bindingDue, leaveWhenQuiet } from './session-bound.ts'
import { watchClocks } from './session-clock.ts'
import type { SessionEffect, SessionEvent } from './session-events.ts'
import { connectAfter, deadLink, drop, lost, opened, openLink, tellLink } from './session-link.ts'
import { networkChanged } from './session-network.ts'
import { pingDue } from './session-ping.ts'
import { quickAcked } from './session-received.ts'
import { received } from './session-rules.ts'
import { flush, flushNotices, flushSoon, LATE_TIMER, releaseHeld } from './session-send.ts'
import { errorText, fail, type SessionCore, sessionCore, type Turn, trace } from './session-state.ts'
import { lateDue } from './session-states.ts'
import { BINDING_TIMERS } from './session-temporary.ts'

/** So many calls may wait for a link; the newest fails beyond that. */
export const MAX_WAITING = 1_000

/**
 * So many calls leave without waiting for the end of the turn. Fewer make more packets; more leave the server idle while
 * they are made: with 128 calls always under way there is a quarter less done.
 */
export const CALLS_AT_ONCE = 64

/** So many bytes may be open at once, sent or not, since what is sent is kept for as long; the newest fails beyond that. */
export const MAX_OPEN_BYTES: number = 128 * 1024 * 1024

/** Servers close the connection for a packet of more than about a mebibyte: what is left for one call. */
export const MAX_CALL_BYTES = 1_044_000

/** A timer that is so late, in milliseconds, was slept through: what it was to tell is not true any more. */
const SLEPT = 1_000

/** Makes the machine of one session. It orders its first link at once. Without `pack` calls travel as they are. */
export function createSession(pack?: Pack): (env: Env) => {
  readonly begin: readonly SessionEffect[]
  step(event: SessionEvent, env: Env): readonly SessionEffect[]
} {
  return (env) => {
    const session = sessionCore(env, pack)
    const begin: SessionEffect[] = []
    openLink(session, { env, out: begin })
    return {
      begin,
      step(event, now) {
        const turn: Turn = { env: now, out: [] }
        step(session, event, turn)
        leaveWhenQuiet(session, turn)
        // Who waits for nothing waits for no quick ack either.
        if (session.calls.inFlight === 0) session.receipts.clear()
        return turn.out
      },
    }
  }
}

function step(session: SessionCore, event: SessionEvent, turn: Turn): void {
  // Not for those by which many calls come and go: one look at each turn is enough.
  if (event._ !== 'invoke' && event._ !== 'cancel') watchClocks(session, turn)
  switch (event._) {
    case 'received':
      if (session.phase === 'ready' && event.link === session.link) received(session, event.packet, turn)
      releaseHeld(session, turn)
      return
    case 'quickAck':
      if (session.phase === 'ready' && event.link === session.link) quickAcked(session, event.token, turn)
      return
    case 'invoke':
      invoke(session, event, turn)
      return
    case 'cancel':
      cancel(session, event.id, turn)
      releaseHeld(session, turn)
      return
    case 'fired':
      fired(session, event, turn)
      return
    case 'observe':
      session.observed = event.on
      tellLink(session, turn)
      return
    case 'opened':
      if (session.phase === 'opening' && event.link === session.link) opened(session, event, turn)
      return
    case 'exchanging':
      if (session.phase === 'opening' && event.link === session.link)
        turn.out.push({ _: 'view', state: { _: 'handshake' } })
      return
    case 'closed':
      if (event.link !== session.link) return
      if (session.phase === 'opening' || session.phase === 'ready') lost(session, event.reason, turn)
      return
    case 'network':
      networkChanged(session, event.change, turn)
      return
    case 'close':
      close(session, turn)
      return
  }
}

function invoke(session: SessionCore, event: Extract<SessionEvent, { _: 'invoke' }>, turn: Turn): void {
  const { calls } = session
  const { id, body } = event
  const refuse = (error: TelegramError): void => {
    if (session.observed) trace({ _: 'call', step: 'failed', call: id, error: errorText(error) }, turn)
    turn.out.push({ _: 'fail', id, error })
    if (event.after !== undefined) calls.skip(id, event.after)
  }
  if (session.phase === 'closed') {
    refuse(new ClosedError('the session is closed'))
    return
  }
  if (body.length > MAX_CALL_BYTES || body.length % 4 !== 0) {
    refuse(new UsageError(`expected a call of at most ${MAX_CALL_BYTES} bytes in whole words, got ${body.length}`))
    return
  }
  if (isContainer(body)) {
    refuse(new UsageError('expected a call, got a container: those are made here, and hold no others'))
    return
  }
  // With an open link a burst does not wait until it is over.
  if (calls.waiting >= MAX_WAITING) flush(session, turn)
  if (calls.waiting >= MAX_WAITING) {
    refuse(new TransportError(`${MAX_WAITING} calls are waiting already: this one was not sent`, 'unsent'))
    return
  }
  const travels = session.pack?.(body) ?? body
  if (calls.bytes + travels.length > MAX_OPEN_BYTES) {
    refuse(new TransportError(`${calls.bytes} bytes of calls are open already: this one was not sent`, 'unsent'))
    return
  }
  calls.add(id, travels, event)
  if (session.observed) trace({ _: 'call', step: 'queued', call: id, bytes: body.length }, turn)
  // A long burst leaves in pieces: the server answers the first while the others are still being made.
  if (calls.waiting % CALLS_AT_ONCE === 0) flush(session, turn)
  else flushSoon(session, turn)
}

/** Whoever cancels has forgotten the call already: no effect names it. */
function cancel(session: SessionCore, id: number, turn: Turn): void {
  const call = session.calls.end(id)
  if (call === undefined) return
  if (session.observed) trace({ _: 'call', step: 'dropped', call: id }, turn)
  if (call.state === 'waiting') return
  session.outbox.add({ _: 'drop', messageId: call.messageId })
  flushNotices(session, turn)
  // There is room for another one.
  if (session.calls.waiting > 0) flushSoon(session, turn)
}

/** Timers: their keys are their reasons. */
function fired(session: SessionCore, { key, late }: FiredEvent, turn: Turn): void {
  switch (key) {
    case 'flush':
      session.flushing = false
      flush(session, turn)
      return
    case 'notices':
      session.noticesAt = undefined
      flush(session, turn)
      return
    case 'retry':
      if (session.phase === 'waiting') connectAfter(session, 0, turn)
      return
    case 'opening':
      if (session.phase !== 'opening') return
      drop(session, new TransportError('the link took too long to open', 'unsent'), turn)
      return
    case BINDING_TIMERS.answer:
    case BINDING_TIMERS.renew:
    case BINDING_TIMERS.leave:
      bindingDue(session, key, turn)
      return
    case LATE_TIMER:
      lateDue(session, turn)
      return
    case 'ping':
      pingDue(session, late > SLEPT, turn)
      return
    case 'pong':
      deadLink(session, late > SLEPT, turn)
      return
  }
}

/** What the server should still hear is sent; calls that it has not answered end. */
function close(session: SessionCore, turn: Turn): void {
  if (session.phase === 'closed') return
  if (session.phase === 'ready') flush(session, turn, { calls: false })
  if (session.phase === 'ready' || session.phase === 'opening') turn.out.push({ _: 'drop', link: session.link })
  session.phase = 'closed'
  tellLink(session, turn)
  for (const call of session.calls.all())
    fail(session, call, new ClosedError('the session was closed before the answer came'), turn)
  turn.out.push({ _: 'view', state: { _: 'closed' } })
  turn.out.push({ _: 'end' })
}
