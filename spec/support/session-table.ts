import type { AuthKey } from '../../lib/core/crypto/message-key.ts'
import { type TelegramError, TransportError } from '../../lib/core/errors.ts'
import type { Env } from '../../lib/core/machine.ts'
import { constructorOf, gzipCall } from '../../lib/core/protocol/pack.ts'
import { createSession } from '../../lib/core/protocol/session.ts'
import type { KeyBinding, SessionEffect, SessionEvent, Wishes } from '../../lib/core/protocol/session-events.ts'
import type { SessionTrace } from '../../lib/core/trace.ts'
import { FAKE_KEY, FakeServer, type Heard, type HeardPacket, type Manner, type Said } from './fake-server.ts'
import { type FakeEnv, type Fold, fakeEnv, foldMachine } from './machine.ts'
import { seededRandom } from './marbles.ts'

/** A call that is told from others by its number: an object of `size` bytes with a made-up constructor. */
export function callBody(id: number, size = 8): Uint8Array {
  const body = new Uint8Array(size)
  const view = new DataView(body.buffer)
  view.setInt32(0, 0x0c_a1_1000, true)
  view.setInt32(4, id, true)
  // Nothing that packs well, so that a size is a size.
  if (size > 8) body.set(seededRandom(id + 1)(size - 8), 8)
  return body
}

/** Whether `body` is of `callBody`, and which. */
export function callId(body: Uint8Array): number {
  return new DataView(body.buffer, body.byteOffset).getInt32(afterOf(body) === undefined ? 4 : 16, true)
}

/** The message that a call in invokeAfterMsg waits for. */
export function afterOf(body: Uint8Array): bigint | undefined {
  const view = new DataView(body.buffer, body.byteOffset)
  return view.getInt32(0, true) === (0xcb9f372d | 0) ? view.getBigInt64(4, true) : undefined
}

/** auth.bindTempAuthKey */
const BIND_TEMP_AUTH_KEY = 0xcdd42a05 | 0

/** A session under a fake env, and a server that it talks to. */
export class SessionTable {
  readonly env: FakeEnv
  /** The server's clock. */
  readonly serverEnv: Env
  #skew: number
  readonly server: FakeServer
  readonly fold: Fold<SessionEvent, SessionEffect>
  /** The packets that the session wrote, as the server reads them. */
  readonly packets: HeardPacket[] = []
  /** What the session told to those who watch. */
  readonly traces: SessionTrace[] = []
  #link = 1

  /** `skew`: how many milliseconds the client's clock is ahead of the server's. */
  constructor({ skew = 0, seed = 1 }: { skew?: number; seed?: number } = {}) {
    const env = fakeEnv({ seed })
    const { now } = env
    env.now = now + skew
    this.env = env
    this.#skew = skew
    const ahead = () => this.#skew
    this.serverEnv = {
      get now() {
        return env.now - ahead()
      },
      get elapsed() {
        return env.elapsed
      },
      random: env.random,
    }
    this.server = new FakeServer(this.serverEnv)
    this.fold = foldMachine(createSession(gzipCall), env)
  }

  /** The link is open. Returns what follows, in words. */
  open({
    key = FAKE_KEY,
    salt = 1n,
    timeOffset = 0,
    bind,
  }: {
    key?: AuthKey
    salt?: bigint
    timeOffset?: number
    bind?: KeyBinding
  } = {}): readonly string[] {
    this.server.link = this.#link
    this.server.key = key
    return this.send({ _: 'opened', link: this.#link, key, salt, timeOffset, bind })
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

  /** The same with calls that may be repeated. */
  read(...ids: readonly number[]): readonly string[] {
    const atOnce = ids.flatMap((id) => this.send({ _: 'invoke', id, body: callBody(id), repeatable: true }))
    return [...atOnce, ...this.pass(0)]
  }

  /** Calls with wishes, all in one turn. Returns what leaves. */
  callWith(wishes: Wishes, ...ids: readonly number[]): readonly string[] {
    const atOnce = ids.flatMap((id) => this.send({ _: 'invoke', id, body: callBody(id), ...wishes }))
    return [...atOnce, ...this.pass(0)]
  }

  /** Calls that are one row, all in one turn; `after` is the last one before them. Returns what leaves. */
  callInRow(after: number, ...ids: readonly number[]): readonly string[] {
    const row = [after, ...ids]
    const atOnce = ids.flatMap((id, index) => this.send({ _: 'invoke', id, body: callBody(id), after: row[index] }))
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

  /** Somebody sets the client's wall clock by so many milliseconds. */
  step(milliseconds: number): void {
    this.env.now += milliseconds
    this.#skew += milliseconds
  }

  /** Somebody sets the server's clock by so many milliseconds. */
  serverSteps(milliseconds: number): void {
    this.#skew -= milliseconds
    this.server.ids.restart()
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

  /** The call that a message carried. */
  #nameOf = (messageId: bigint): string => {
    const named = this.packets.flatMap(({ messages }) => messages).find((message) => message.messageId === messageId)
    return named === undefined ? 'an unknown message' : `${callId(named.body)}`
  }

  #find(is: (message: Heard) => boolean, what: string): Heard {
    const found = this.packets.flatMap(({ messages }) => messages).findLast(is)
    if (found === undefined) throw new Error(`${what} was not sent`)
    return found
  }

  #tell(effects: readonly SessionEffect[]): readonly string[] {
    return effects.flatMap((effect) => {
      if (effect._ === 'timer' || effect._ === 'untimer') return []
      if (effect._ === 'trace') {
        this.traces.push(effect.event)
        return []
      }
      if (effect._ === 'open') this.#link = effect.link
      return [this.#words(effect)]
    })
  }

  #words(effect: Exclude<SessionEffect, { _: 'timer' | 'untimer' | 'trace' }>): string {
    switch (effect._) {
      case 'open':
      case 'drop':
        return `${effect._} ${effect.link}`
      case 'write': {
        const packet = this.server.openPacket(effect.packet)
        this.packets.push(packet)
        return `write ${packet.contained ? '[' : ''}${packet.messages.map((each) => messageWords(each, this.#nameOf)).join(', ')}${packet.contained ? ']' : ''}`
      }
      case 'answer':
      case 'received':
        return `${effect._} ${effect.id}`
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

function messageWords({ service, body }: Heard, nameOf: (messageId: bigint) => string): string {
  if (service === undefined) return constructorOf(body) === BIND_TEMP_AUTH_KEY ? 'bind' : callWords(body, nameOf)
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
    case 'destroy_session':
      return 'destroy'
    case 'msgs_state_info':
      return `states ${service.info.join(' ')}`
    default:
      return service._
  }
}

function errorWords(error: TelegramError): string {
  return error instanceof TransportError ? `${error.name} ${error.outcome}` : error.name
}

function callWords(body: Uint8Array, nameOf: (messageId: bigint) => string): string {
  const after = afterOf(body)
  return `call ${callId(body)}${after === undefined ? '' : ` after ${nameOf(after)}`}`
}
