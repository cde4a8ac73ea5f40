/**
 * What a temporary key means for the link that it came with, and for those after it.
 * https://core.telegram.org/api/pfs
 */
import { Binding } from './session-binding.ts'
import type { KeyBinding } from './session-events.ts'
import { type SessionCore, serverTime, startOver, type Turn, trace } from './session-state.ts'

/** The timers of a binding: its answer is late, its key's end is near, calls under way take long. */
export const BINDING_TIMERS = { answer: 'bind', renew: 'renew', leave: 'leave' } as const

/** A link is open: whether calls may leave over it. */
export function beginBinding(session: SessionCore, bind: KeyBinding | undefined, turn: Turn): void {
  session.binding = bind === undefined ? undefined : new Binding(bind.permanent, bind.expiresAt, bind.as ?? 'due')
  setRenewal(session, turn)
}

/** When the next key is to be made: by the server's clock as it is now, and from then on by one that never jumps. */
export function setRenewal(session: SessionCore, turn: Turn): void {
  if (session.binding?.step !== 'bound') return
  const delay = session.binding.renewIn(serverTime(session, turn), turn.env)
  turn.out.push({ _: 'timer', key: BINDING_TIMERS.renew, at: turn.env.elapsed + delay })
}

/** The link is gone, and with it what was known of its key. */
export function endBinding(session: SessionCore, turn: Turn): void {
  if (session.binding === undefined) return
  session.binding = undefined
  for (const key of Object.values(BINDING_TIMERS)) turn.out.push({ _: 'untimer', key })
}

/** The server does not know the temporary key: it alone is gone. Calls wait for the next one. */
export function loseTemporaryKey(session: SessionCore, turn: Turn): void {
  if (session.key === undefined) return
  const keyId = session.key.id
  startOver(session, () => false, 'the temporary key was lost', turn)
  session.key = undefined
  if (session.observed) trace({ _: 'key', what: 'lost', temporary: true }, turn)
  turn.out.push({ _: 'fact', fact: { _: 'keyLost', keyId, temporary: true } })
}
