/**
 * The calls of a session, from the wish to the end: each is found by its own number, and once it was sent also by
 * the id of the message that carries it. https://core.telegram.org/mtproto/service_messages#rpc-call
 */

import { Passing } from '../passing.ts'
import type { Wishes } from './session-events.ts'
import { type Place, Rows } from './session-order.ts'

/** One open call. */
export interface Call {
  /** The caller's number for it. */
  readonly id: number
  /** The request, as it travels. */
  readonly body: Uint8Array
  /**
   * `waiting`: to be sent, and the server surely does not have it. `sent`: on the open link. `acked`: the server has
   * it. `unknown`: it was sent on a link that is gone.
   */
  state: 'waiting' | 'sent' | 'acked' | 'unknown'
  /** The id of the message that carries it. */
  messageId: bigint
  /** The id of the packet's outer message: a container's, or its own. */
  packetId: bigint
  /** How often the server refused it. */
  refusals: number
  /** When the server is asked about it, in Env.elapsed, and how often it was. */
  askAt: number
  asked: number
  /** The link on which the server said that it has answered; 0: it did not. */
  answeredOn: number
  /** How often a link was opened anew for its answer. */
  renewals: number
  /** Whether running it twice is like running it once. */
  readonly repeatable: boolean
  /** Whether its caller is still to be told that the server has it. */
  wantsReceipt: boolean
  /** Its place in a row, if it is in one. */
  place: Place | undefined
}

/** Every open call of one session. */
export class Calls {
  readonly #byId = new Passing<number, Call>()
  readonly #byMessage = new Passing<bigint, Call>()
  readonly #waiting = new Passing<number, Call>()
  readonly rows: Rows = new Rows()

  #bytes = 0

  /** How many bytes all open calls hold: each is kept until it ends, since it may have to be sent again. */
  get bytes(): number {
    return this.#bytes
  }

  /** How many wait to be sent. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** How many were sent and have no answer. */
  get inFlight(): number {
    return this.#byMessage.size
  }

  add(id: number, body: Uint8Array, { after, quickAck = false, repeatable = false }: Wishes = {}): Call {
    const call: Call = {
      id,
      body,
      state: 'waiting',
      messageId: 0n,
      packetId: 0n,
      refusals: 0,
      askAt: Number.POSITIVE_INFINITY,
      asked: 0,
      answeredOn: 0,
      renewals: 0,
      repeatable,
      wantsReceipt: quickAck,
      place: undefined,
    }
    if (after !== undefined) call.place = this.rows.place(call, this.#placeOf(after))
    this.#byId.set(id, call)
    this.#waiting.set(id, call)
    this.#bytes += body.length
    return call
  }

  /** A call of a row is not taken: those that come after it come after what was before it. */
  skip(id: number, after: number): void {
    this.rows.keep(id, this.rows.place(undefined, this.#placeOf(after)))
  }

  #placeOf(id: number): Place | undefined {
    return this.#byId.get(id)?.place ?? this.rows.goneBy(id)
  }

  /** An open call by its number. */
  byId(id: number): Call | undefined {
    return this.#byId.get(id)
  }

  /** The call that a message of ours carries. */
  ofMessage(messageId: bigint): Call | undefined {
    return this.#byMessage.get(messageId)
  }

  /** The calls that went out in that packet; a scan, since only refusals ask for it. */
  ofPacket(packetId: bigint): readonly Call[] {
    return this.sent().filter((call) => call.packetId === packetId)
  }

  /** All that were sent and have no answer. */
  sent(): readonly Call[] {
    return [...this.#byMessage.values()]
  }

  /** All that are open. */
  all(): readonly Call[] {
    return [...this.#byId.values()]
  }

  /** Those that wait, in the order in which they are to be sent. */
  waitingInOrder(): Iterable<Call> {
    return this.#waiting.values()
  }

  /** It leaves in a message. */
  send(call: Call, messageId: bigint, packetId: bigint, askAt: number): void {
    this.#waiting.take(call.id)
    this.#byMessage.set(messageId, call)
    call.messageId = messageId
    call.packetId = packetId
    call.state = 'sent'
    call.askAt = askAt
    call.asked = 0
    call.answeredOn = 0
  }

  /** The server surely does not have them: they are sent anew, before those that came later. */
  again(calls: readonly Call[]): void {
    if (calls.length === 0) return
    for (const call of calls) {
      this.#byMessage.take(call.messageId)
      call.state = 'waiting'
    }
    const waiting = [...calls, ...this.#waiting.values()].sort((a, b) => a.id - b.id)
    this.#waiting.clear()
    for (const call of waiting) this.#waiting.set(call.id, call)
  }

  /** It ended, in whatever way. Undefined: it had ended before. */
  end(id: number): Call | undefined {
    const call = this.#byId.take(id)
    if (call === undefined) return undefined
    this.#bytes -= call.body.length
    if (call.state === 'waiting') this.#waiting.take(id)
    else this.#byMessage.take(call.messageId)
    if (call.place !== undefined) this.rows.leave(id, call.place)
    return call
  }
}
