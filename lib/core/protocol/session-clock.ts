/**
 * The wall clock of this machine against the one that never jumps: somebody set it, or the machine slept. The server's
 * time is kept by the other, so that the first costs nothing.
 * https://core.telegram.org/mtproto/description#message-identifier-msg-id
 */
import { awake } from './session-ping.ts'
import { type SessionCore, saveSalts, type Turn } from './session-state.ts'

/** Two clocks that move apart by more milliseconds than this between two looks did not drift. */
const STEP = 2_000

/** Looks whether the wall clock jumped. */
export function watchClocks(session: SessionCore, turn: Turn): void {
  const { env } = turn
  const apart = env.now - env.elapsed
  const moved = apart - session.clocksApart
  session.clocksApart = apart
  if (Math.abs(moved) < STEP) return
  session.hasClockMoved = true
  // Forwards it may be the other clock that stood still, in a sleep: then the next packet tells the time.
  if (moved < 0) return
  session.synchronised = false
  if (session.phase === 'ready') awake(session, turn)
}

/** The server's time is known again: its distance from the wall clock is kept for the next run. */
export function keepClock(session: SessionCore, turn: Turn): void {
  if (!session.hasClockMoved) return
  session.hasClockMoved = false
  saveSalts(session, turn)
}
