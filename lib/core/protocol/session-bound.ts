/**
 * What the server says of a temporary key: that it stands for the permanent one, that it does not, or that nobody knows
 * it any more; and when a session lets go of such a key by itself.
 * https://core.telegram.org/method/auth.bindTempAuthKey and https://core.telegram.org/api/errors
 */
import { DecodeError, ProtocolError, parseErrorText, TransportError } from '../errors.ts'
import { constructorOf } from './pack.ts'
import type { Call } from './session-calls.ts'
import { drop, failAll, loseKey, reopen } from './session-link.ts'
import { flushSoon } from './session-send.ts'
import { fault, type SessionCore, startOver, type Turn, trace } from './session-state.ts'
import { BINDING_TIMERS, loseTemporaryKey, setRenewal } from './session-temporary.ts'

/** With so many refusals in a row the calls that wait fail; others may try again. */
const MAX_REFUSALS = 5

/** Milliseconds that a key whose end is near stays in use while calls overlap, and that calls then wait for others. */
const RIPE_LIMIT = 300_000
const RENEW_PATIENCE = 60_000
/** The same when the server says that a key is not bound: it refuses what is under way, so there is little to wait for. */
const UNBOUND_PATIENCE = 5_000

/** The longest pause that a server can order, in seconds. */
const MOST_PAUSED = 3_600

const BOOL_TRUE = 0x997275b5 | 0

/** "The key is not bound" (api/errors, 401). */
const NOT_BOUND = 'AUTH_KEY_PERM_EMPTY'

/** The permanent key is of no use any more: it was used from two places at once, or is broken (api/errors, 401 and 406). */
const KEY_GONE: ReadonlySet<string> = new Set(['AUTH_KEY_DUPLICATED', 'AUTH_KEY_INVALID'])

/** A server in trouble, or one that wants to be left alone: the key is as good as before. */
function isPassing(code: number): boolean {
  return code === 420 || Math.abs(code) >= 500
}

/** An error as the server said it. */
export interface Refusal {
  readonly code: number
  readonly text: string
}

/** The answer to the binding call came. */
export function bindAnswered(session: SessionCore, answer: Uint8Array | DecodeError | Refusal, turn: Turn): void {
  const { binding, key } = session
  if (binding === undefined || key === undefined) return
  turn.out.push({ _: 'untimer', key: BINDING_TIMERS.answer })
  if (!(answer instanceof Uint8Array)) {
    bindRefused(session, answer instanceof DecodeError ? { code: 500, text: 'no Bool' } : answer, turn)
    return
  }
  if (constructorOf(answer) !== BOOL_TRUE) {
    bindRefused(session, { code: 400, text: 'boolFalse' }, turn)
    return
  }
  binding.step = 'bound'
  if (session.observed) trace({ _: 'key', what: 'bound', temporary: true }, turn)
  turn.out.push({ _: 'fact', fact: { _: 'bound', keyId: key.id, expiresAt: binding.expiresAt } })
  turn.out.push({ _: 'view', state: { _: 'ready' } })
  setRenewal(session, turn)
  flushSoon(session, turn)
}

/** The key is made anew, after a pause that grows with each refusal; a passing trouble leaves it as it is. */
function bindRefused(session: SessionCore, { code, text }: Refusal, turn: Turn): void {
  const wait = code === 420 ? parseErrorText(text).value : undefined
  if (wait !== undefined) {
    pause(session, wait, turn)
    return
  }
  const keyId = session.key!.id
  turn.out.push({ _: 'fact', fact: { _: 'bindRefused', keyId, error: text } })
  if (KEY_GONE.has(text)) loseKey(session, notTaken(text), turn)
  else if (!isPassing(code)) loseTemporaryKey(session, turn)
  refusedAgain(session, text, turn)
  drop(session, notTaken(text), turn)
}

/** The server wants to be asked later. */
function pause(session: SessionCore, seconds: number, turn: Turn): void {
  if (session.binding === undefined) return
  session.binding.step = 'paused'
  fault(notTaken(`FLOOD_WAIT_${seconds}`), turn)
  const at = turn.env.elapsed + Math.min(seconds, MOST_PAUSED) * 1000
  turn.out.push({ _: 'timer', key: BINDING_TIMERS.answer, at })
}

function refusedAgain(session: SessionCore, text: string, turn: Turn): void {
  session.bindRefusals++
  // The refusal itself was a sign of life, but not one to come back for at once.
  session.failures = session.bindRefusals - 1
  if (session.bindRefusals >= MAX_REFUSALS) failAll(session, notTaken(text), turn)
}

function notTaken(text: string): TransportError {
  const name = /^[A-Z\d_]{1,64}$/.test(text) ? text : 'an answer that is none'
  return new TransportError(`the server does not take the temporary key: ${name}`, 'unsent')
}

/**
 * A call was refused because of the key and not for itself. Whether that is all: then the call is made again under the
 * next one.
 */
export function refusedUnbound(session: SessionCore, call: Call, { text }: Refusal, turn: Turn): boolean {
  const { binding } = session
  if (binding === undefined || text !== NOT_BOUND) return false
  session.calls.again([call])
  if (binding.step === 'bound' || binding.step === 'ripe') leave(session, 'unbound', turn)
  return true
}

/** A call was answered, so the key is a good one. Unless the error says that nothing will ever be answered under it. */
export function answeredUnder(session: SessionCore, refusal: Refusal | undefined, turn: Turn): void {
  session.bindRefusals = 0
  if (refusal === undefined || !KEY_GONE.has(refusal.text)) return
  const gone = new TransportError(`the server does not take the auth key: ${refusal.text}`, 'unsent')
  loseKey(session, gone, turn)
  drop(session, gone, turn)
}

/** The server knows the permanent key after all: on with a temporary one. */
export function probed(session: SessionCore, turn: Turn): void {
  if (session.key === undefined || session.binding?.step !== 'probing') return
  turn.out.push({ _: 'fact', fact: { _: 'keyKnown', keyId: session.key.id } })
  session.failures = session.bindRefusals
  reopen(session, turn)
}

/** A timer of the binding. */
export function bindingDue(session: SessionCore, key: string, turn: Turn): void {
  const { binding } = session
  if (binding === undefined || session.phase !== 'ready') return
  if (key === BINDING_TIMERS.answer && binding.step === 'sent')
    drop(session, new TransportError('the server did not answer auth.bindTempAuthKey', 'unsent'), turn)
  else if (key === BINDING_TIMERS.answer && binding.step === 'paused') {
    binding.again()
    flushSoon(session, turn)
  } else if (key === BINDING_TIMERS.renew && binding.step === 'bound') {
    binding.step = 'ripe'
    turn.out.push({ _: 'timer', key: BINDING_TIMERS.leave, at: turn.env.elapsed + RIPE_LIMIT })
  } else if (key === BINDING_TIMERS.leave && binding.step === 'ripe') leave(session, 'renew', turn)
  else if (key === BINDING_TIMERS.leave && binding.step === 'leaving') left(session, turn)
}

/** No new call leaves; those under way have some time. */
function leave(session: SessionCore, why: 'renew' | 'unbound', turn: Turn): void {
  const { binding } = session
  if (binding === undefined) return
  binding.step = 'leaving'
  binding.why = why
  const patience = why === 'renew' ? RENEW_PATIENCE : UNBOUND_PATIENCE
  turn.out.push({ _: 'timer', key: BINDING_TIMERS.leave, at: turn.env.elapsed + patience })
}

/** After each step: a key that is to be given up is so as soon as nothing is under way. */
export function leaveWhenQuiet(session: SessionCore, turn: Turn): void {
  const { binding, calls } = session
  if (binding === undefined || session.phase !== 'ready' || calls.inFlight > 0) return
  if (binding.step === 'leaving' || (binding.step === 'ripe' && calls.waiting === 0)) left(session, turn)
}

/** The key is given up for another. What is still under way goes by the rule of a lost one. */
function left(session: SessionCore, turn: Turn): void {
  const { binding, key } = session
  if (binding === undefined || key === undefined) return
  if (binding.why === 'unbound') {
    turn.out.push({ _: 'fact', fact: { _: 'bindRefused', keyId: key.id, error: NOT_BOUND } })
    refusedAgain(session, NOT_BOUND, turn)
    fault(new ProtocolError('expected the temporary key to be bound, got a refusal'), turn)
    reopen(session, turn)
    return
  }
  if (session.observed) trace({ _: 'key', what: 'renewed', temporary: true }, turn)
  turn.out.push({ _: 'fact', fact: { _: 'keyStale', keyId: key.id } })
  reopen(session, turn, () => {
    startOver(session, () => false, 'the temporary key was renewed', turn)
    session.key = undefined
  })
}
