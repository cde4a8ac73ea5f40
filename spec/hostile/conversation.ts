import { of, Subject, Subscription } from 'rxjs'
import {
  readHelpAppConfig,
  readNearestDc,
  readUpdates,
  readUser,
  writeHelpAppConfig,
  writeNearestDc,
  writeUpdates,
} from '../../lib/api/codec.ts'
import { getAppConfigRequest, getNearestDcRequest } from '../../lib/api/help.ts'
import type { Updates } from '../../lib/api/types.ts'
import { getUsersRequest } from '../../lib/api/users.ts'
import { type AuthKey, authKey } from '../../lib/core/crypto/message-key.ts'
import { DecodeError } from '../../lib/core/errors.ts'
import type { Framing } from '../../lib/core/protocol/frame.ts'
import { gzipCall, writeGzipPacked } from '../../lib/core/protocol/pack.ts'
import { proxySecret } from '../../lib/core/protocol/proxy-secret.ts'
import { writeServiceObject } from '../../lib/core/protocol/service.ts'
import { createSession } from '../../lib/core/protocol/session.ts'
import type { SessionEffect, SessionEvent } from '../../lib/core/protocol/session-events.ts'
import { decode, readVector } from '../../lib/core/tl/reader.ts'
import { encode, encodeRequest } from '../../lib/core/tl/writer.ts'
import { Hub, type HubEffect, type HubEvent } from '../../lib/local-dc/hub.ts'
import { Keys } from '../../lib/local-dc/keys.ts'
import { ProxyDoor } from '../../lib/local-dc/proxy-door.ts'
import { writeRpcError } from '../../lib/local-dc/session/write-service.ts'
import { Sessions } from '../../lib/local-dc/sessions.ts'
import type { Clock } from '../../lib/runtime/rx/clock.ts'
import type { Link } from '../../lib/runtime/transport/link.ts'
import { proxied } from '../../lib/runtime/transport/mtproxy.ts'
import { packets } from '../../lib/runtime/transport/packets.ts'
import { syntheticKey } from '../core/protocol/exchange.ts'
import { type FakeEnv, type Fold, fakeEnv, foldMachine } from '../support/machine.ts'
import { seededRandom } from '../support/marbles.ts'
import { wrapped } from '../support/raw-client.ts'

/** A way by which packets travel. */
export interface Channel {
  readonly name: string
  readonly framing: Framing
  readonly obfuscated?: boolean
  /** Of a proxy. */
  readonly secret?: string
}

const SECRET = '00112233445566778899aabbccddeeff'

export const CHANNELS: readonly Channel[] = [
  { name: 'abridged', framing: 'abridged' },
  { name: 'intermediate', framing: 'intermediate' },
  { name: 'padded', framing: 'padded' },
  { name: 'full', framing: 'full' },
  { name: 'abridged, obfuscated', framing: 'abridged', obfuscated: true },
  { name: 'intermediate, obfuscated', framing: 'intermediate', obfuscated: true },
  { name: 'padded, obfuscated', framing: 'padded', obfuscated: true },
  { name: 'padded, by a proxy', framing: 'padded', secret: `dd${SECRET}` },
  {
    name: 'TLS records, by a proxy',
    framing: 'padded',
    secret: `ee${SECRET}${Buffer.from('example.org').toString('hex')}`,
  },
]

/** The key of all conversations. */
export const KEY: AuthKey = authKey(seededRandom(7)(256))
const SALT = 5n
const privateKey = syntheticKey()
const endpoint = { dc: 1, host: 'dc', port: 1 }

/** More effects than that in one case are no answer to what came. */
export const MOST_EFFECTS = 20_000

interface Call {
  readonly id: number
  readonly body: Uint8Array
  readonly read: () => unknown
}

const config = Array.from({ length: 120 }, (_, at) => ({
  _: 'jsonObjectValue' as const,
  key: `setting_${at}`,
  value: {
    _: 'jsonArray' as const,
    value: [
      { _: 'jsonString' as const, value: `value ${at}` },
      { _: 'jsonNumber' as const, value: at },
    ],
  },
}))
const appConfig = encode(
  { _: 'help.appConfig' as const, hash: 1, config: { _: 'jsonObject' as const, value: config } },
  writeHelpAppConfig,
)
const nearestDc = encode({ _: 'nearestDc' as const, country: 'N', thisDc: 1, nearestDc: 1 }, writeNearestDc)

const update = (id: number): Uint8Array =>
  encode<Updates>(
    {
      _: 'updateShortMessage',
      id,
      userId: 777,
      message: `message ${id}`,
      pts: id,
      ptsCount: 1,
      date: 1_700_000_000,
      entities: [{ _: 'messageEntityBold', offset: 0, length: 3 }],
    },
    writeUpdates,
  )

const CALLS: readonly Call[] = [
  { id: 1, body: encodeRequest(wrapped(getNearestDcRequest())), read: readNearestDc },
  { id: 2, body: encodeRequest(getAppConfigRequest({ hash: 0 })), read: readHelpAppConfig },
  {
    id: 3,
    body: encodeRequest(getUsersRequest({ id: [{ _: 'inputUserSelf' }] })),
    read: () => readVector(readUser, 12),
  },
  { id: 4, body: encodeRequest(getNearestDcRequest()), read: readNearestDc },
  { id: 5, body: encodeRequest(getAppConfigRequest({ hash: 1 })), read: readHelpAppConfig },
  { id: 6, body: encodeRequest(getUsersRequest({ id: [] })), read: () => readVector(readUser, 12) },
]

/** rpc_answer_dropped_running: what the server says to a call whose answer is not wanted. */
const DROPPED = encode({ _: 'rpc_answer_dropped_running' }, writeServiceObject)

const GET_NEAREST_DC = 0x1fb33026
const GET_APP_CONFIG = 0x61e3f854

/** What the server says to a call; undefined: nothing, ever. */
function answerTo(
  method: number,
  query: Uint8Array,
): { readonly result: Uint8Array; readonly failed: boolean } | undefined {
  if (method === GET_NEAREST_DC) return { result: nearestDc, failed: false }
  if (method === GET_APP_CONFIG) return { result: writeGzipPacked(appConfig), failed: false }
  return query.length > 12 ? { result: writeRpcError(401, 'AUTH_KEY_UNREGISTERED'), failed: true } : undefined
}

/** What a client or a server does by itself, and how many milliseconds pass then. */
interface Step {
  readonly client?: (client: ClientEnd) => void
  readonly server?: (server: ServerEnd) => void
  readonly pause: number
}

const invoke = (client: ClientEnd, ...ids: readonly number[]) => {
  for (const { id, body } of CALLS)
    if (ids.includes(id)) client.send({ _: 'invoke', id, body, quickAck: id === 4, repeatable: id !== 5 })
}

/** Time passes in such pieces, in milliseconds: what one side says is heard by the other in the next. */
const TICK = 1500

/** The whole conversation: calls alone and in containers, packed answers, an error, updates, acks, a cancelled call. */
const ACTS: readonly Step[] = [
  { client: (client) => client.open(), pause: 0 },
  { client: (client) => invoke(client, 1, 2, 3), pause: 50 },
  { server: (server) => server.push(update(1), update(2)), pause: 10 },
  { client: (client) => invoke(client, 4), pause: 31_000 },
  { client: (client) => invoke(client, 5, 6), pause: 20 },
  { client: (client) => client.send({ _: 'cancel', id: 6 }), pause: 150 },
  { server: (server) => server.push(update(3)), pause: 35_000 },
]

const STEPS: readonly Step[] = ACTS.flatMap(({ pause, ...acts }) => [
  { ...acts, pause: Math.min(pause, TICK) },
  ...ticks(pause - TICK),
])

function ticks(pause: number): readonly Step[] {
  return pause <= 0 ? [] : [{ pause: Math.min(pause, TICK) }, ...ticks(pause - TICK)]
}

/** Bytes that travelled, as they were sent. */
export interface Chunk {
  readonly from: 'client' | 'server'
  /** In which step. */
  readonly step: number
  readonly bytes: Uint8Array
}

/** A client: all stages from the carrier's bytes to the session. */
export class ClientEnd {
  /** What came of it that somebody would act on: answers, refusals, updates. In words, and how often. */
  readonly acted: Map<string, number> = new Map()
  /** How each call ended. */
  readonly ended: Map<number, number> = new Map()
  readonly packets: Uint8Array[] = []
  effects = 0
  /** How much that was in the honest conversation. */
  heard = 0
  readonly env: FakeEnv = fakeEnv({ seed: 3 })
  readonly #fold: Fold<SessionEvent, SessionEffect>
  readonly #channel: Channel
  readonly #out: (bytes: Uint8Array) => void
  readonly #bytes = new Subject<Uint8Array>()
  readonly #life = new Subscription()
  #link: Link | undefined

  constructor(channel: Channel, out: (bytes: Uint8Array) => void) {
    this.#channel = channel
    this.#out = out
    this.#fold = foldMachine(createSession(gzipCall), this.env)
  }

  open(): void {
    const { framing, obfuscated = false, secret } = this.#channel
    const random = seededRandom(4)
    const { env } = this
    const clock: Clock = { now: () => env.now, elapsed: () => env.elapsed, after: () => of(undefined) }
    const raw: Link = { incoming$: this.#bytes, send: (bytes) => this.#out(bytes.slice()), buffered: 0 }
    const stages =
      secret === undefined
        ? packets(endpoint, { framing, obfuscated, random })
        : proxied(proxySecret(secret), endpoint, { random, clock })
    const closed = (reason?: unknown) => {
      this.#life.unsubscribe()
      this.send({ _: 'closed', link: 1, reason })
    }
    this.#life.add(
      of(raw)
        .pipe(stages)
        .subscribe({ next: (link) => this.#opened(link, closed), error: closed }),
    )
  }

  #opened(link: Link, closed: (reason?: unknown) => void): void {
    this.#link = link
    this.send({ _: 'opened', link: 1, key: KEY, salt: SALT, timeOffset: 0 })
    this.#life.add(
      link.incoming$.subscribe({
        next: (packet) => this.send({ _: 'received', link: 1, packet }),
        error: closed,
        complete: () => closed(),
      }),
    )
  }

  /** Bytes of the server; its own from now on. */
  hear(bytes: Uint8Array): void {
    this.#bytes.next(bytes.slice())
    this.pass(0)
  }

  /** A packet of the server, past all framings. */
  hearPacket(packet: Uint8Array): void {
    this.send({ _: 'received', link: 1, packet: packet.slice() })
    this.pass(0)
  }

  send(event: SessionEvent): void {
    this.#obey(this.#fold.send(event))
  }

  pass(milliseconds: number): void {
    this.#obey(this.#fold.advance(milliseconds))
  }

  #obey(effects: readonly SessionEffect[]): void {
    this.effects += effects.length
    if (this.effects > MOST_EFFECTS) throw new Error(`a hang: more than ${MOST_EFFECTS} effects of the session`)
    for (const effect of effects) {
      if (effect._ === 'write') {
        if (this.packets.length < 100) this.packets.push(effect.packet.slice())
        const onQuickAck = (token: number): void => this.send({ _: 'quickAck', link: 1, token })
        this.#link?.send(effect.packet, effect.quickAck ? onQuickAck : undefined)
      } else if (effect._ === 'drop') this.#life.unsubscribe()
      else if (effect._ === 'update') this.#act(`update ${text(effect.body)}`, readUpdates, effect.body)
      else if (effect._ === 'answer') {
        this.#end(effect.id)
        this.#act(`answer ${effect.id} ${text(effect.body)}`, CALLS[effect.id - 1]!.read, effect.body)
      } else if (effect._ === 'refuse') {
        this.#end(effect.id)
        this.#act(`refuse ${effect.id} ${effect.code} ${effect.text}`)
      } else if (effect._ === 'received') this.#act(`received ${effect.id}`)
      else if (effect._ === 'fail') this.#end(effect.id)
    }
  }

  #end(id: number): void {
    const times = (this.ended.get(id) ?? 0) + 1
    if (times > 1) throw new Error(`call ${id} ended twice`)
    this.ended.set(id, times)
  }

  #act(what: string, read?: () => unknown, body?: Uint8Array): void {
    this.acted.set(what, (this.acted.get(what) ?? 0) + 1)
    if (read === undefined || body === undefined) return
    try {
      decode(body, read)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
    }
  }
}

/** A local DC: from the carrier's bytes to the calls. */
export class ServerEnd {
  /** The calls that would be run. In words, and how often. */
  readonly acted: Map<string, number> = new Map()
  effects = 0
  closed = false
  heard = 0
  readonly env: FakeEnv = fakeEnv({ seed: 5 })
  readonly #fold: Fold<HubEvent, HubEffect>
  readonly #out: (bytes: Uint8Array) => void
  readonly #sessions = new Sessions()

  constructor(channel: Channel, out: (bytes: Uint8Array) => void) {
    this.#out = out
    const keys = new Keys()
    keys.add({ key: KEY, salt: SALT, dc: 1, testMode: false, expiresIn: undefined }, this.env)
    const door = new ProxyDoor(channel.secret === undefined ? [] : [channel.secret])
    const proxy = { door, dcs: 1 }
    const hub = new Hub({ privateKey, keys, sessions: this.#sessions, methodName: () => undefined, proxy })
    this.#fold = foldMachine(() => hub, this.env)
    this.#obey(this.#fold.send({ _: 'opened', link: 1, dc: 1, remote: 'spec', test: false }))
  }

  hear(bytes: Uint8Array): void {
    this.#obey(this.#fold.send({ _: 'received', link: 1, bytes: bytes.slice() }))
    this.pass(0)
  }

  pass(milliseconds: number): void {
    this.#obey(this.#fold.advance(milliseconds))
  }

  push(...bodies: readonly Uint8Array[]): void {
    for (const { name } of this.#sessions.all())
      for (const body of bodies) this.#obey(this.#fold.send({ _: 'session', name, event: { _: 'push', body } }))
  }

  #obey(effects: readonly HubEffect[]): void {
    this.effects += effects.length
    if (this.effects > MOST_EFFECTS) throw new Error(`a hang: more than ${MOST_EFFECTS} effects of the local DC`)
    for (const effect of effects) {
      if (effect._ === 'send') {
        if (!this.closed) this.#out(effect.bytes.slice())
      } else if (effect._ === 'close') this.closed = true
      else if (effect._ === 'later') this.#obey(this.#fold.send(effect.event))
      else if (effect._ === 'call') {
        const { live, query, call } = effect
        const what = `call ${call.method} ${text(call.query)}`
        this.acted.set(what, (this.acted.get(what) ?? 0) + 1)
        const answer = answerTo(call.method, call.query)
        if (answer !== undefined)
          this.#obey(this.#fold.send({ _: 'session', name: live.name, event: { _: 'answered', query, ...answer } }))
      }
    }
  }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

/** A conversation as it went. */
export interface Recording {
  readonly channel: Channel
  readonly chunks: readonly Chunk[]
  readonly client: ClientEnd
  readonly server: ServerEnd
}

/** Both ends talk, and nobody lies. */
export function record(channel: Channel): Recording {
  const chunks: Chunk[] = []
  const waiting: { from: Chunk['from']; bytes: Uint8Array }[] = []
  const client = new ClientEnd(channel, (bytes) => waiting.push({ from: 'client', bytes }))
  const server = new ServerEnd(channel, (bytes) => waiting.push({ from: 'server', bytes }))
  const settle = (step: number) => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      chunks.push({ ...next, step })
      if (next.from === 'client') server.hear(next.bytes)
      else client.hear(next.bytes)
    }
  }
  STEPS.forEach((does, step) => {
    does.client?.(client)
    does.server?.(server)
    client.pass(0)
    server.pass(0)
    settle(step)
    client.pass(does.pause)
    server.pass(does.pause)
    settle(step)
  })
  client.heard = client.acted.size
  server.heard = server.acted.size
  // Said too, and rightly not heard any more: it was about the call that was cancelled.
  client.acted.set(`answer 6 ${text(DROPPED)}`, 1)
  return { channel, chunks, client, server }
}

/** The client alone, and what it is told in each step in the server's place. */
export function replayClient(channel: Channel, tell: (client: ClientEnd, step: number) => void): ClientEnd {
  const client = new ClientEnd(channel, () => {})
  STEPS.forEach((does, step) => {
    does.client?.(client)
    client.pass(0)
    tell(client, step)
    client.pass(does.pause)
  })
  return client
}

/** The server alone, and what it is told in each step in the client's place. */
export function replayServer(channel: Channel, tell: (server: ServerEnd, step: number) => void): ServerEnd {
  const server = new ServerEnd(channel, () => {})
  STEPS.forEach((does, step) => {
    does.server?.(server)
    server.pass(0)
    tell(server, step)
    server.pass(does.pause)
  })
  return server
}
