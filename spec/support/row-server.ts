import type { SessionEvent } from '../../lib/core/protocol/session-events.ts'
import type { FakeServer, Heard, Said } from './fake-server.ts'
import { afterOf, callBody, callId } from './session-table.ts'

/** A call that the server has. */
interface Had {
  readonly messageId: bigint
  readonly id: number
  readonly after: bigint | undefined
  /** `failed`: it will not run, or ran in vain; who waits for it is refused. */
  state: 'queued' | 'running' | 'done' | 'failed'
  /** Nobody wants the answer. */
  dropped: boolean
}

/**
 * A server that begins what it has in any order, but for what was asked to wait, on a network that loses what is under
 * way when a link breaks. A spec decides when anything happens.
 */
export class RowServer {
  /** The calls, in the order in which they began to run. */
  readonly log: number[] = []
  readonly #server: FakeServer
  readonly #calls = new Map<bigint, Had>()
  readonly #seen = new Set<bigint>()
  #unacked: { readonly said: Said; readonly messageId: bigint }[] = []
  #toServer: Uint8Array[] = []
  #toClient: { readonly said: Said; readonly messageId: bigint }[] = []
  #salt = 1n
  #isNew = true
  #isOpen = false
  #isForgotten = false
  #uniqueId = 1n

  constructor(server: FakeServer) {
    this.#server = server
  }

  get idle(): boolean {
    return this.#toServer.length + this.#toClient.length + this.#ready().length + this.#running().length === 0
  }

  sent(packet: Uint8Array): void {
    this.#isOpen = true
    this.#toServer.push(packet)
  }

  breaks(): void {
    this.#toServer = []
    this.#toClient = []
    this.#isNew = true
    this.#isOpen = false
  }

  /** The session is forgotten, with all that was in it. */
  forgets(): void {
    this.#calls.clear()
    this.#seen.clear()
    this.#unacked = []
    this.#toClient = []
    this.#isForgotten = true
  }

  changesSalt(): void {
    this.#salt += 1n
  }

  hears(): void {
    const bytes = this.#toServer.shift()
    if (bytes === undefined) return
    const packet = this.#server.openPacket(bytes)
    const { messageId: badMsgId, seqNo: badMsgSeqno } = packet
    if (packet.salt !== this.#salt) {
      const refusal = { badMsgId, badMsgSeqno, errorCode: 48, newServerSalt: this.#salt }
      this.#says({ _: 'bad_server_salt', ...refusal })
      return
    }
    if (this.#isNew) this.#toClient.push(...this.#unacked)
    this.#isNew = false
    if (this.#isForgotten) this.#begins(packet.messages[0]!.messageId)
    for (const message of packet.messages) this.#handles(message)
  }

  /** One of the calls that may run begins. */
  starts(choice: number): void {
    const call = pick(this.#ready(), choice)
    if (call === undefined) return
    call.state = 'running'
    this.log.push(call.id)
  }

  /** One of the calls that run is done, or fails. */
  finishes(choice: number): void {
    const call = pick(this.#running(), choice)
    if (call === undefined) return
    const fails = choice % 5 === 0
    call.state = fails || call.dropped ? 'failed' : 'done'
    if (!call.dropped) {
      const { messageId, id } = call
      this.#insists(
        fails ? this.#server.refusal(messageId, 400, 'FAILED') : this.#server.result(messageId, callBody(id)),
      )
    }
    this.#failWaiting()
  }

  /** One of the calls that wait has waited too long. */
  losesPatience(choice: number): void {
    const waiting = [...this.#calls.values()].filter((call) => call.state === 'queued' && !this.#mayRun(call))
    const call = pick(waiting, choice)
    if (call !== undefined) this.#refuses(call, -503, 'MSG_WAIT_TIMEOUT')
    this.#failWaiting()
  }

  delivers(): SessionEvent | undefined {
    const first = this.#toClient.shift()
    return first === undefined ? undefined : this.#server.says(first.said, { messageId: first.messageId })
  }

  #begins(firstMsgId: bigint): void {
    this.#isForgotten = false
    this.#insists({ _: 'new_session_created', firstMsgId, uniqueId: this.#uniqueId++, serverSalt: this.#salt })
  }

  #ready(): readonly Had[] {
    return [...this.#calls.values()].filter((call) => call.state === 'queued' && this.#mayRun(call))
  }

  #running(): readonly Had[] {
    return [...this.#calls.values()].filter(({ state }) => state === 'running')
  }

  #mayRun({ after }: Had): boolean {
    return after === undefined || this.#calls.get(after)?.state === 'done'
  }

  #failWaiting(): void {
    for (const call of this.#calls.values()) {
      if (call.state !== 'queued' || call.after === undefined) continue
      const before = this.#calls.get(call.after)
      if (before === undefined || before.state === 'failed') this.#refuses(call, 400, 'MSG_WAIT_FAILED')
    }
  }

  #refuses(call: Had, code: number, text: string): void {
    call.state = 'failed'
    if (!call.dropped) this.#insists(this.#server.refusal(call.messageId, code, text))
  }

  #handles({ messageId, body, service }: Heard): void {
    if (this.#seen.has(messageId)) return
    this.#seen.add(messageId)
    switch (service?._) {
      case undefined: {
        const call: Had = { messageId, id: callId(body), after: afterOf(body), state: 'queued', dropped: false }
        this.#calls.set(messageId, call)
        this.#failWaiting()
        return
      }
      case 'ping_delay_disconnect':
        this.#says({ _: 'pong', msgId: messageId, pingId: service.pingId })
        return
      case 'msgs_ack': {
        const acked = new Set(service.msgIds)
        this.#unacked = this.#unacked.filter((each) => !acked.has(each.messageId))
        return
      }
      case 'msgs_state_req': {
        const info = Uint8Array.from(service.msgIds, (id) => (this.#seen.has(id) ? 4 : 2))
        this.#says({ _: 'msgs_state_info', reqMsgId: messageId, info })
        return
      }
      case 'rpc_drop_answer': {
        const call = this.#calls.get(service.reqMsgId)
        if (call !== undefined) call.dropped = true
        if (call?.state === 'queued') call.state = 'failed'
        this.#failWaiting()
        this.#insists(this.#server.refusal(messageId, 0, 'dropped'))
        return
      }
    }
  }

  /** It is said again on each new link until it is acked. */
  #insists(said: Said): void {
    const each = { said, messageId: this.#server.nextId() }
    this.#unacked.push(each)
    if (this.#isOpen && !this.#isNew) this.#toClient.push(each)
  }

  #says(said: Said): void {
    this.#toClient.push({ said, messageId: this.#server.nextId() })
  }
}

function pick<Item>(items: readonly Item[], choice: number): Item | undefined {
  return items[choice % Math.max(1, items.length)]
}
