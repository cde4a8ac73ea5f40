/**
 * One session, client side, across any number of links: what is sent, what is acked, what is sent again, and how each
 * call ends, exactly once. https://core.telegram.org/mtproto/description#session
 * and https://core.telegram.org/mtproto/service_messages
 *
 * A machine: events in, orders out. The rest of its rules: session-rules (messages of the server), session-link (links
 * come and go), session-send (what the next packet holds); session-events lists what it is told and what it orders.
 */
import { ClosedError, type TelegramError, TransportError, UsageError } from '../errors.ts'
import type { Env, FiredEvent } from '../machine.ts'
import type { SessionEffect, SessionEvent } from './session-events.ts'
import { deadLink, drop, lost, opened, openLink, pingDue } from './session-link.ts'
import { received } from './session-rules.ts'
import { flush, flushNotices, flushSoon } from './session-send.ts'
import { type SessionCore, sessionCore, type Turn } from './session-state.ts'

/** So many calls may wait for a link; the newest fails beyond that. */
export const MAX_WAITING = 1_000

/** Servers close the connection for a packet of more than about a mebibyte: what is left for one call. */
export const MAX_CALL_BYTES = 1_044_000

/** A timer that is so late, in milliseconds, was slept through: what it was to tell is not true any more. */
const SLEPT = 5_000

/** Makes the machine of one session. It orders its first link at once. */
export function createSession(): (env: Env) => {
  readonly begin: readonly SessionEffect[]
  step(event: SessionEvent, env: Env): readonly SessionEffect[]
} {
  return (env) => {
    const session = sessionCore(env)
    const begin: SessionEffect[] = []
    openLink(session, { env, out: begin })
    return {
      begin,
      step(event, now) {
        const turn: Turn = { env: now, out: [] }
        step(session, event, turn)
        return turn.out
      },
    }
  }
}

function step(session: SessionCore, event: SessionEvent, turn: Turn): void {
  switch (event._) {
    case 'received':
      if (session.phase === 'ready' && event.link === session.link) received(session, event.packet, turn)
      return
    case 'invoke':
      invoke(session, event.id, event.body, turn)
      return
    case 'cancel':
      cancel(session, event.id, turn)
      return
    case 'fired':
      fired(session, event, turn)
      return
    case 'opened':
      if (session.phase === 'opening' && event.link === session.link) opened(session, event, turn)
      return
    case 'closed':
      if (event.link !== session.link) return
      if (session.phase === 'opening' || session.phase === 'ready') lost(session, event.reason, turn)
      return
    case 'close':
      close(session, turn)
      return
  }
}

function invoke(session: SessionCore, id: number, body: Uint8Array, turn: Turn): void {
  const { calls } = session
  const fail = (error: TelegramError) => void turn.out.push({ _: 'fail', id, error })
  if (session.phase === 'closed') {
    fail(new ClosedError('the session is closed'))
    return
  }
  if (body.length > MAX_CALL_BYTES || body.length % 4 !== 0) {
    fail(new UsageError(`expected a call of at most ${MAX_CALL_BYTES} bytes in whole words, got ${body.length}`))
    return
  }
  // With an open link a burst does not wait until it is over.
  if (calls.waiting >= MAX_WAITING) flush(session, turn)
  if (calls.waiting >= MAX_WAITING) {
    fail(new TransportError(`${MAX_WAITING} calls are waiting already: this one was not sent`, 'unsent'))
    return
  }
  calls.add(id, body)
  flushSoon(session, turn)
}

/** Whoever cancels has forgotten the call already: no effect names it. */
function cancel(session: SessionCore, id: number, turn: Turn): void {
  const call = session.calls.end(id)
  if (call === undefined || call.state === 'waiting') return
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
      if (session.phase === 'waiting') openLink(session, turn)
      return
    case 'opening':
      if (session.phase !== 'opening') return
      drop(session, new TransportError('the link took too long to open', 'unsent'), turn)
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
  for (const { id } of session.calls.all()) {
    session.calls.end(id)
    turn.out.push({ _: 'fail', id, error: new ClosedError('the session was closed before the answer came') })
  }
  turn.out.push({ _: 'view', state: { _: 'closed' } })
  turn.out.push({ _: 'end' })
}
