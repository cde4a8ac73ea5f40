import type { AuthKey } from '../../lib/core/crypto/message-key.ts'
import { type TelegramError, TransportError } from '../../lib/core/errors.ts'
import { createSession } from '../../lib/core/protocol/session.ts'
import type { SessionEffect, SessionEvent } from '../../lib/core/protocol/session-events.ts'
import { FAKE_KEY, FakeServer, type Heard, type HeardPacket, type Manner, type Said } from './fake-server.ts'
import { type FakeEnv, type Fold, fakeEnv, foldMachine } from './machine.ts'

/** A call that is told from others by its number: an object of `size` bytes with a made-up constructor. */
export function callBody(id: number, size = 8): Uint8Array {
  const body = new Uint8Array(size)
  const view = new DataView(body.buffer)
  view.setInt32(0, 0x0c_a1_1000, true)
  view.setInt32(4, id, true)
  return body
}

/** Whether `body` is of `callBody`, and which. */
export function callId(body: Uint8Array): number {
  return new DataView(body.buffer, body.byteOffset).getInt32(4, true)
}

/** A session under a fake env, and a server that it talks to. */
export class SessionTable {
  readonly env: FakeEnv
  readonly server: FakeServer
  readonly fold: Fold<SessionEvent, SessionEffect>
  /** The packets that the session wrote, as the server reads them. */
  readonly packets: HeardPacket[] = []
  #link = 1

  /** `skew`: how many milliseconds the client's clock is ahead of the server's. */
  constructor({ skew = 0, seed = 1 }: { skew?: number; seed?: number } = {}) {
    const env = fakeEnv({ seed })
    const { now } = env
    env.now = now + skew
    this.env = env
    this.server = new FakeServer({
      get now() {
        return env.now - skew
      },
      get elapsed() {
        return env.elapsed
      },
      random: env.random,
    })
    this.fold = foldMachine(createSession(), env)
  }

  /** The link is open. Returns what follows, in words. */
  open({
    key = FAKE_KEY,
    salt = 1n,
    timeOffset = 0,
  }: {
    key?: AuthKey
    salt?: bigint
    timeOffset?: number
  } = {}): readonly string[] {
    this.server.link = this.#link
    return this.send({ _: 'opened', link: this.#link, key, salt, timeOffset })
  }

  /** An open session that the server has heard and answered. */
  openAndGreet(): this {
    this.open()
    const ping = this.last('ping_delay_disconnect')
    this.says({ _: 'pong', msgId: ping.messageId, pingId: 1n })
    return this
  }

  /** One event. Returns its effects in words, without timers. */
  send(event: SessionEvent): readonly string[] {
    // A packet is opened in place, and so used up: what comes twice comes in two arrays, as from a socket.
    const own = event._ === 'received' ? { ...event, packet: event.packet.slice() } : event
    return this.#tell(this.fold.send(own))
  }

  /** Calls, all in one turn. Returns what leaves. */
  call(...ids: readonly number[]): readonly string[] {
    const atOnce = ids.flatMap((id) => this.send({ _: 'invoke', id, body: callBody(id) }))
    return [...atOnce, ...this.pass(0)]
  }

  /** The server speaks, and what is due at once happens. */
  says(said: Said, manner?: Manner): readonly string[] {
    return [...this.send(this.server.says(said, manner)), ...this.pass(0)]
  }

  /** The same, in a container. */
  saysAll(...all: readonly Said[]): readonly string[] {
    return [...this.send(this.server.saysAll(...all)), ...this.pass(0)]
  }

  /** The server answers a call with `callBody(id)`. */
  answers(id: number): readonly string[] {
    return this.says(this.server.result(this.sent(id).messageId, callBody(id)))
  }

  /** Milliseconds pass. */
  pass(milliseconds: number): readonly string[] {
    return this.#tell(this.fold.advance(milliseconds))
  }

  /** The link is gone. */
  lose(reason?: unknown): readonly string[] {
    return this.send({ _: 'closed', link: this.#link, reason })
  }

  /** The link is gone, the pause passes, and the next one is open. */
  reconnect(reason?: unknown): readonly string[] {
    this.lose(reason)
    this.pass(30_000)
    return this.open()
  }

  /** The message that carried that call the last time. */
  sent(id: number): Heard {
    return this.#find((message) => message.service === undefined && callId(message.body) === id, `call ${id}`)
  }

  /** The last service message of that kind. */
  last(kind: string): Heard {
    return this.#find((message) => message.service?._ === kind, kind)
  }

  #find(is: (message: Heard) => boolean, what: string): Heard {
    const found = this.packets.flatMap(({ messages }) => messages).findLast(is)
    if (found === undefined) throw new Error(`${what} was not sent`)
    return found
  }

  #tell(effects: readonly SessionEffect[]): readonly string[] {
    return effects.flatMap((effect) => {
      if (effect._ === 'timer' || effect._ === 'untimer') return []
      if (effect._ === 'open') this.#link = effect.link
      return [this.#words(effect)]
    })
  }

  #words(effect: Exclude<SessionEffect, { _: 'timer' | 'untimer' }>): string {
    switch (effect._) {
      case 'open':
      case 'drop':
        return `${effect._} ${effect.link}`
      case 'write': {
        const packet = this.server.openPacket(effect.packet)
        this.packets.push(packet)
        return `write ${packet.contained ? '[' : ''}${packet.messages.map(messageWords).join(', ')}${packet.contained ? ']' : ''}`
      }
      case 'answer':
        return `answer ${effect.id}`
      case 'refuse':
        return `refuse ${effect.id}: ${effect.code} ${effect.text}`
      case 'fail':
        return `fail ${effect.id}: ${errorWords(effect.error)}`
      case 'fault':
        return `fault: ${errorWords(effect.error)}`
      case 'fact':
        return effect.fact._ === 'newSession' && effect.fact.first ? 'newSession, the first' : effect.fact._
      case 'view':
        return effect.state._
      default:
        return effect._
    }
  }
}

function messageWords({ service, body }: Heard): string {
  if (service === undefined) return `call ${callId(body)}`
  switch (service._) {
    case 'ping_delay_disconnect':
      return 'ping'
    case 'msgs_ack':
      return `ack of ${service.msgIds.length}`
    case 'msgs_state_req':
      return `states of ${service.msgIds.length}?`
    case 'msg_resend_req':
      return `resend ${service.msgIds.length}`
    case 'rpc_drop_answer':
      return 'drop'
    case 'get_future_salts':
      return 'salts?'
    case 'msgs_state_info':
      return `states ${service.info.join(' ')}`
    default:
      return service._
  }
}

function errorWords(error: TelegramError): string {
  return error instanceof TransportError ? `${error.name} ${error.outcome}` : error.name
}
