/**
 * The calls of a session, from the wish to the end: each is found by its own number, and once it was sent also by
 * the id of the message that carries it. https://core.telegram.org/mtproto/service_messages#rpc-call
 */

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
}

/** Every open call of one session. */
export class Calls {
  readonly #byId = new Map<number, Call>()
  readonly #byMessage = new Map<bigint, Call>()
  #waiting = new Map<number, Call>()

  /** How many wait to be sent. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** How many were sent and have no answer. */
  get inFlight(): number {
    return this.#byMessage.size
  }

  add(id: number, body: Uint8Array): void {
    const call: Call = { id, body, state: 'waiting', messageId: 0n, packetId: 0n, refusals: 0 }
    this.#byId.set(id, call)
    this.#waiting.set(id, call)
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
  send(call: Call, messageId: bigint, packetId: bigint): void {
    this.#waiting.delete(call.id)
    this.#byMessage.set(messageId, call)
    call.messageId = messageId
    call.packetId = packetId
    call.state = 'sent'
  }

  /** The server surely does not have them: they are sent anew, before those that came later. */
  again(calls: readonly Call[]): void {
    if (calls.length === 0) return
    for (const call of calls) {
      this.#byMessage.delete(call.messageId)
      call.state = 'waiting'
    }
    const waiting = [...calls, ...this.#waiting.values()].sort((a, b) => a.id - b.id)
    this.#waiting = new Map(waiting.map((call) => [call.id, call]))
  }

  /** It ended, in whatever way. Undefined: it had ended before. */
  end(id: number): Call | undefined {
    const call = this.#byId.get(id)
    if (call === undefined) return undefined
    this.#byId.delete(id)
    this.#waiting.delete(id)
    if (call.state !== 'waiting') this.#byMessage.delete(call.messageId)
    return call
  }
}
