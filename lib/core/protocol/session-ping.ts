/**
 * Pings: they measure the way, show silence, and keep the server from closing the link.
 * https://core.telegram.org/mtproto/service_messages#deferred-connection-closure--ping
 */
import { disconnectDelay, PING_INTERVAL, PING_JITTER, patience, pongLimit } from './session-patience.ts'
import { flush } from './session-send.ts'
import { randomLong, type SessionCore, type Turn } from './session-state.ts'

/** A ping goes with the next packet, and something has to come after it. */
export function ping(session: SessionCore, { env, out }: Turn): void {
  // What came with the packet that cost us the link is still heard. The next link begins with a ping of its own.
  if (session.phase !== 'ready') return
  const { elapsed } = env
  const [jitter = 0] = env.random(1)
  session.outbox.add({ _: 'ping', pingId: randomLong(env), disconnectDelay: disconnectDelay(session), at: elapsed })
  session.pingedAt = elapsed
  session.nextPingAt = elapsed + PING_INTERVAL + (PING_JITTER * jitter) / 255
  session.pingAt = session.nextPingAt
  out.push({ _: 'timer', key: 'ping', at: session.pingAt })
  // A second ping does not give a dead link more time.
  if (session.awaitingSince !== undefined) return
  session.awaitingSince = elapsed
  out.push({ _: 'timer', key: 'pong', at: elapsed + pongLimit(session) })
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
  const isBusy = session.calls.inFlight > 0 && session.awaitingSince === undefined
  const due = Math.min(session.nextPingAt, isBusy ? silentSince + patience(session) : Number.POSITIVE_INFINITY)
  if (due <= elapsed) {
    ping(session, turn)
    flush(session, turn)
    return
  }
  session.pingAt = due
  turn.out.push({ _: 'timer', key: 'ping', at: due })
}

/** Who knows what became of the link meanwhile: a ping at once, and all its time to be answered. */
export function awake(session: SessionCore, turn: Turn): void {
  session.awaitingSince = undefined
  ping(session, turn)
  flush(session, turn)
}
