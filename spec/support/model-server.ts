import type { SessionEvent } from '../../lib/core/protocol/session-events.ts'
import type { FakeServer, Heard, HeardPacket, Said } from './fake-server.ts'
import { callBody, callId } from './session-table.ts'

/** Something that the server said and that was not acked. */
interface Unacked {
  readonly said: Said
  readonly messageId: bigint
}

/** What the server knows of one session. */
interface Known {
  /** Of messages before this one the session knows nothing. */
  readonly since: bigint
  readonly seen: Set<bigint>
  /** Calls that run: the id of their message to the number of the call. */
  readonly running: Map<bigint, number>
  readonly unacked: Unacked[]
}

/**
 * A server that keeps to the protocol, on a network that loses what is under way when a link breaks. Both directions
 * are queues, so that a spec decides when anything arrives.
 */
export class ModelServer {
  /** How often each call was executed. */
  readonly executions: Map<number, number> = new Map()
  readonly #server: FakeServer
  readonly #sessions = new Map<bigint, Known>()
  #toServer: Uint8Array[] = []
  #toClient: { said: Said; messageId: bigint | undefined }[] = []
  #salt = 1n
  #uniqueId = 1n
  #current: bigint | undefined

  constructor(server: FakeServer) {
    this.#server = server
  }

  /** Nothing is under way. */
  get idle(): boolean {
    return this.#toServer.length + this.#toClient.length === 0
  }

  sent(packet: Uint8Array): void {
    this.#toServer.push(packet)
  }

  /** The link breaks: what is under way is lost. */
  breaks(): void {
    this.#toServer = []
    this.#toClient = []
    this.#current = undefined
  }

  /** What the server has just said, or what it was about to hear, is lost, and the link goes on: no link does that. */
  loses(way: 'to client' | 'to server'): void {
    if (way === 'to client') this.#toClient.shift()
    else this.#toServer.shift()
  }

  /** The session is of no use any more: a message that the client has just sent is refused. */
  refuses(code: number): void {
    const bytes = this.#toServer.shift()
    if (bytes === undefined) return
    const { messageId, seqNo } = this.#server.openPacket(bytes)
    this.#says({ _: 'bad_msg_notification', badMsgId: messageId, badMsgSeqno: seqNo, errorCode: code })
  }

  /** From now on another salt is right. */
  changesSalt(): void {
    this.#salt += 1n
  }

  /** All sessions are forgotten, with what ran in them. */
  forgets(): void {
    this.#sessions.clear()
    this.#toClient = []
    this.#current = undefined
  }

  /** One packet arrives at the server. */
  hears(): void {
    const bytes = this.#toServer.shift()
    if (bytes === undefined) return
    const packet = this.#server.openPacket(bytes)
    if (packet.salt !== this.#salt) {
      this.#says({
        _: 'bad_server_salt',
        badMsgId: packet.messageId,
        badMsgSeqno: packet.seqNo,
        errorCode: 48,
        newServerSalt: this.#salt,
      })
      return
    }
    const session = this.#session(packet)
    if (this.#current !== packet.sessionId) {
      this.#current = packet.sessionId
      for (const { said, messageId } of session.unacked) this.#toClient.push({ said, messageId })
    }
    for (const message of packet.messages) this.#handles(session, message)
  }

  /** One of the running calls is done. `choice` picks it. */
  finishes(choice: number): void {
    const session = this.#current === undefined ? undefined : this.#sessions.get(this.#current)
    const running = [...(session?.running ?? [])]
    const [messageId, id] = running[choice % Math.max(1, running.length)] ?? []
    if (session === undefined || messageId === undefined || id === undefined) return
    session.running.delete(messageId)
    this.#insists(session, this.#server.result(messageId, callBody(id)))
  }

  /** The server acks what runs: the answer takes time. */
  acks(): void {
    const session = this.#current === undefined ? undefined : this.#sessions.get(this.#current)
    if (session !== undefined && session.running.size > 0)
      this.#says({ _: 'msgs_ack', msgIds: [...session.running.keys()] })
  }

  /** One message, or as many as there are in one container, arrives at the client. */
  delivers(all: boolean): SessionEvent | undefined {
    const [first, ...rest] = all ? this.#toClient.splice(0) : this.#toClient.splice(0, 1)
    if (first === undefined) return undefined
    if (rest.length === 0) return this.#server.says(first.said, this.#manner(first.messageId))
    const said = [first, ...rest]
    const manners = said.map(({ messageId }) => this.#manner(messageId))
    const packet = this.#server.container(
      said.map((each) => each.said),
      manners,
    )
    return { _: 'received', link: this.#server.link, packet }
  }

  /** What the client has got already comes once more. */
  repeats(): void {
    for (const session of this.#sessions.values()) {
      for (const { said, messageId } of session.unacked) this.#toClient.push({ said, messageId })
    }
  }

  #manner(messageId: bigint | undefined): { messageId?: bigint } {
    return messageId === undefined ? {} : { messageId }
  }

  #session({ sessionId, messages }: HeardPacket): Known {
    const known = this.#sessions.get(sessionId)
    if (known !== undefined) return known
    const session: Known = { since: messages[0]!.messageId, seen: new Set(), running: new Map(), unacked: [] }
    this.#sessions.set(sessionId, session)
    this.#current = sessionId
    this.#insists(session, {
      _: 'new_session_created',
      firstMsgId: messages[0]!.messageId,
      uniqueId: this.#uniqueId++,
      serverSalt: this.#salt,
    })
    return session
  }

  #handles(session: Known, { messageId, body, service }: Heard): void {
    if (session.seen.has(messageId)) return
    session.seen.add(messageId)
    switch (service?._) {
      case undefined: {
        const id = callId(body)
        this.executions.set(id, (this.executions.get(id) ?? 0) + 1)
        session.running.set(messageId, id)
        return
      }
      case 'ping_delay_disconnect':
        this.#says({ _: 'pong', msgId: messageId, pingId: service.pingId })
        return
      case 'msgs_ack': {
        const acked = new Set(service.msgIds)
        session.unacked.splice(0, Infinity, ...session.unacked.filter((each) => !acked.has(each.messageId)))
        return
      }
      case 'msgs_state_req':
        this.#says({
          _: 'msgs_state_info',
          reqMsgId: messageId,
          info: Uint8Array.from(service.msgIds, (id) => {
            if (!session.seen.has(id)) return id < session.since ? 1 : 2
            return 4 + (session.running.has(id) ? 32 : 64)
          }),
        })
        return
      case 'destroy_session': {
        const found = this.#sessions.delete(service.sessionId)
        this.#says({ _: found ? 'destroy_session_ok' : 'destroy_session_none', sessionId: service.sessionId })
        return
      }
      case 'rpc_drop_answer':
        session.running.delete(service.reqMsgId)
        this.#insists(session, this.#server.refusal(messageId, 0, 'dropped'))
        return
    }
  }

  /** It is said again on each new link until it is acked. */
  #insists(session: Known, said: Said): void {
    const messageId = this.#server.nextId()
    session.unacked.push({ said, messageId })
    this.#toClient.push({ said, messageId })
  }

  #says(said: Said): void {
    this.#toClient.push({ said, messageId: undefined })
  }
}
