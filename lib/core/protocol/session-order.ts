/**
 * Calls in a row, which the server runs one after the other: each but the first names the message of the one before
 * it. https://core.telegram.org/api/invoking#invoking-methods-in-order (invokeAfterMsg) and, for what the server says
 * when it does not want to wait, https://core.telegram.org/api/errors (MSG_WAIT_FAILED, MSG_WAIT_TIMEOUT)
 */
/** `invokeAfterMsg#cb9f372d {X:Type} msg_id:long query:!X = X` */
const INVOKE_AFTER: number = 0xcb9f372d | 0
/** Its id and the message id. */
const WRAPPER = 12

/** A call that was refused so often goes once all before it has ended, and waits for nothing at the server. */
const MOST_WAITS = 10

/** Calls that ended without an answer and still have those that come after them; beyond this the oldest are let go. */
const MAX_GONE = 1_024

/** What a row knows of a call. */
export interface Ordered {
  readonly body: Uint8Array
  readonly state: 'waiting' | 'sent' | 'acked' | 'unknown'
  readonly messageId: bigint
  readonly place: Place | undefined
}

/** A call's place in its row. */
export interface Place {
  /** Undefined: the call was never taken. */
  readonly call: Ordered | undefined
  before: Place | undefined
  /** Nothing has to wait for this one: it was answered, or it was never sent, or the server knows nothing of it. */
  past: boolean
  /** Its call ended, and nobody will tell any more what became of it. */
  gone: boolean
  /** The message that the server was asked to wait for, and the one for which it refused to; 0 for none. */
  named: bigint
  refused: bigint
  /** How often it refused. */
  waits: number
}

/** The rows of one session. */
export class Rows {
  /** By the number of the call. */
  readonly #gone = new Map<number, Place>()
  /** How many calls were held back the last time that something was sent. */
  held = 0

  /** The place of a new call that comes after `before`. Without a call it is one that was never taken. */
  place(call: Ordered | undefined, before: Place | undefined): Place {
    return { call, before, past: call === undefined, gone: call === undefined, named: 0n, refused: 0n, waits: 0 }
  }

  /** The place of a call that ended without an answer. */
  goneBy(id: number): Place | undefined {
    return this.#gone.get(id)
  }

  /** A call ended. Only what was answered needs no place any more. */
  leave(id: number, place: Place): void {
    place.gone = true
    // What was never sent, or surely did not arrive, is over; anything else may still run.
    if (place.call?.state === 'waiting') place.past = true
    if (!place.past || place.before !== undefined) this.keep(id, place)
  }

  /** Keeps the place of a call that ended, for those that come after it. */
  keep(id: number, place: Place): void {
    this.#gone.set(id, place)
    if (this.#gone.size <= MAX_GONE) return
    for (const [oldest, forgotten] of this.#gone) {
      this.#gone.delete(oldest)
      forgotten.past = true
      forgotten.before = undefined
      return
    }
  }

  /** Another session begins: no message of the old one can be named in it. */
  startOver(): void {
    for (const place of this.#gone.values()) place.past = true
  }
}

/** The call was answered: nothing has to wait for it, nor for what it waited for. */
export function answeredInRow({ place }: Ordered): void {
  if (place === undefined) return
  place.past = true
  place.before = undefined
}

/** The server knows nothing of the call, or will never tell: it can't be waited for, but what came before it can. */
export function lostInRow({ place }: Ordered): void {
  if (place !== undefined) place.past = true
}

/** What must come before that place, if anything does. */
function before(place: Place): Place | undefined {
  let each = place.before
  // Nobody will tell of one that is gone: in the end it is not waited for.
  while (each !== undefined && (each.past || (each.gone && place.waits >= MOST_WAITS))) each = each.before
  place.before = each
  return each
}

/** Whether that call may leave now, behind those of `batch`. */
export function isNext({ place }: Ordered, batch: readonly Ordered[]): boolean {
  const first = place === undefined ? undefined : before(place)
  if (place === undefined || first === undefined) return true
  const { call } = first
  if (call === undefined || place.waits >= MOST_WAITS) return false
  if (first.gone) return true
  if (call.state === 'waiting') return batch.at(-1) === call || batch.includes(call)
  // Nobody knows whether the server has it: what names it might wait for nothing.
  return call.state !== 'unknown' && call.messageId !== place.refused
}

/**
 * The call as it travels in its row: inside invokeAfterMsg, unless all before it has ended. `idOf` tells the ids of
 * those that leave in the same packet.
 */
export function bodyInRow({ place, body }: Ordered, idOf: (call: Ordered) => bigint | undefined): Uint8Array {
  if (place === undefined) return body
  const call = before(place)?.call
  place.named = call === undefined ? 0n : (idOf(call) ?? call.messageId)
  if (place.named === 0n) return body
  const wrapped = new Uint8Array(WRAPPER + body.length)
  const view = new DataView(wrapped.buffer)
  view.setInt32(0, INVOKE_AFTER, true)
  view.setBigInt64(4, place.named, true)
  wrapped.set(body, WRAPPER)
  return wrapped
}

/**
 * The server refused to wait for the call before: was that the reason? Then this one did not run, and is to be sent
 * again: once the one before has ended, or has gone out anew.
 */
export function isRefusedWait({ place }: Ordered, text: string): boolean {
  if (place === undefined || place.named === 0n) return false
  if (text !== 'MSG_WAIT_FAILED' && text !== 'MSG_WAIT_TIMEOUT') return false
  place.waits++
  const first = before(place)
  if (first?.gone) {
    // It will never be heard of: one that failed is over, and one that takes long does not wait for ever.
    first.past = text === 'MSG_WAIT_FAILED' || place.waits >= MOST_WAITS
  } else place.refused = place.named
  return true
}
