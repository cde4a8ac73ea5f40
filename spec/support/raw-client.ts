import { Subscription } from 'rxjs'
import { readUpdates } from '../../lib/api/codec.ts'
import type { Updates } from '../../lib/api/index.ts'
import { LAYER } from '../../lib/api/layer.ts'
import { initConnectionRequest, invokeWithLayerRequest } from '../../lib/api/root.ts'
import type { AuthKey } from '../../lib/core/crypto/message-key.ts'
import { parsePublicKey } from '../../lib/core/crypto/rsa.ts'
import { ProtocolError, RpcError, TransportError } from '../../lib/core/errors.ts'
import type { Request } from '../../lib/core/invoker.ts'
import type { Env } from '../../lib/core/machine.ts'
import { open, seal } from '../../lib/core/protocol/envelope.ts'
import { createHandshake } from '../../lib/core/protocol/handshake.ts'
import type { HandshakeOptions } from '../../lib/core/protocol/handshake-events.ts'
import { MessageIds } from '../../lib/core/protocol/message-id.ts'
import { constructorOf, type Message, readPacked, readRpcResult, writeContainer } from '../../lib/core/protocol/pack.ts'
import {
  isServiceId,
  readServiceObject,
  type ServiceObject,
  writeServiceObject,
} from '../../lib/core/protocol/service.ts'
import { decode, readId, readInt, readString } from '../../lib/core/tl/reader.ts'
import { encode, encodeRequest } from '../../lib/core/tl/writer.ts'
import type { Connect, Endpoint, Link } from '../../lib/runtime/transport/link.ts'
import { seededRandom } from './marbles.ts'

/** What the server said: one message, containers taken apart. */
export interface Heard extends Message {
  /** The id of the packet's own message. */
  readonly packetId: bigint
  readonly service: ServiceObject | undefined
  readonly answer: { readonly requestId: bigint; readonly result: Uint8Array } | undefined
  readonly updates: Updates | undefined
}

/** What may be sent: a service message, a call, or bytes. */
export type Said = ServiceObject | Request<unknown> | Uint8Array

export interface RawClientOptions {
  readonly publicKeyPem: string
  readonly seed?: number
  /** Milliseconds that the client's clock is ahead. */
  readonly skew?: number
}

const RPC_ERROR = 0x2144ca19
let seeds = 1000

/** A client with no will of its own: it does what a spec says, and tells all that it hears. */
export class RawClient {
  readonly heard: Heard[] = []
  readonly env: Env
  key: AuthKey | undefined
  salt = 0n
  sessionId: bigint
  ids: MessageIds = new MessageIds()
  /** Set once the connection ended: `true`, or what broke it. */
  ended: true | Error | undefined
  /** How pushed updates are read: as of the project's own layer. */
  readsUpdates: (body: Uint8Array) => Updates = (body) => decode(body, readUpdates)
  /** Whether calls are wrapped in invokeWithLayer and initConnection. */
  wraps = true
  readonly #publicKeyPem: string
  #link: Link | undefined
  #subscription: Subscription | undefined
  #waiting: (() => void)[] = []
  #onPacket: (packet: Uint8Array) => void = () => {}

  constructor({ publicKeyPem, seed = ++seeds, skew = 0 }: RawClientOptions) {
    this.#publicKeyPem = publicKeyPem
    const random = seededRandom(seed)
    const begun = Date.now()
    const start = performance.now()
    this.env = {
      get now() {
        return begun + (performance.now() - start) + skew
      },
      get elapsed() {
        return performance.now()
      },
      random,
    }
    this.sessionId = new DataView(random(8).buffer).getBigInt64(0, true)
  }

  /** Opens a connection; the one before is left. */
  async connect(connect: Connect, endpoint: Endpoint): Promise<this> {
    this.disconnect()
    this.ended = undefined
    this.#onPacket = (packet) => this.#read(packet)
    const subscription = new Subscription()
    this.#subscription = subscription
    subscription.add(
      connect(endpoint).subscribe({
        next: (link) => {
          this.#link = link
          const ended = (how: true | Error) => this.#end(how)
          subscription.add(
            link.incoming$.subscribe({
              next: (packet) => this.#onPacket(packet),
              error: ended,
              complete: () => ended(true),
            }),
          )
          this.#wake()
        },
        error: (error) => this.#end(error as Error),
      }),
    )
    await this.until(() => this.#link !== undefined || this.ended !== undefined)
    const ended = this.ended as true | Error | undefined
    if (ended instanceof Error) throw ended
    return this
  }

  disconnect(): void {
    this.#subscription?.unsubscribe()
    this.#subscription = undefined
    this.#link = undefined
  }

  /** Sends bytes as one packet. */
  packet(bytes: Uint8Array): void {
    this.#link!.send(bytes)
  }

  /** Makes an auth key; it and its salt are used from now on. */
  async handshake(options: Partial<HandshakeOptions> = {}): Promise<AuthKey> {
    const publicKeys = [parsePublicKey(this.#publicKeyPem)]
    const exchange = createHandshake({ dc: 1, publicKeys, ...options })
    let failed: Error | undefined
    this.key = undefined
    const step = (event: Parameters<typeof exchange.step>[0]) => {
      for (const effect of exchange.step(event, this.env)) {
        if (effect._ === 'write') this.packet(effect.packet)
        if (effect._ === 'failed') failed = effect.error
        if (effect._ === 'done') {
          this.key = effect.key
          this.salt = effect.salt
          this.ids = new MessageIds(effect.timeOffset)
        }
      }
      this.#wake()
    }
    this.#onPacket = (packet) => step({ _: 'received', packet })
    step({ _: 'opened' })
    await this.until(() => this.key !== undefined || failed !== undefined || this.ended !== undefined)
    this.#onPacket = (packet) => this.#read(packet)
    if (this.key === undefined)
      throw failed ?? (this.ended instanceof Error ? this.ended : new Error('the server hung up'))
    return this.key
  }

  /** Begins another session under the same key. */
  restart(): void {
    this.sessionId = new DataView(this.env.random(8).buffer).getBigInt64(0, true)
    this.ids.restart()
  }

  /** A message with id and seq_no: calls are odd, service messages even. */
  message(said: Said, given: Partial<Message> = {}): Message {
    const isService = '_' in said
    const body = '_' in said ? encode(said, writeServiceObject) : 'method' in said ? encodeRequest(said) : said
    const messageId = given.messageId ?? this.ids.next(this.env)
    return { messageId, seqNo: given.seqNo ?? this.ids.nextSeqNo(!isService), body }
  }

  /** Sends messages as one packet: one bare, several in a container. Returns the ids. */
  send(...messages: readonly (Said | Message)[]): readonly bigint[] {
    const list = messages.map((each) => ('messageId' in each && 'body' in each ? each : this.message(each)))
    const outer =
      list.length === 1 ? list[0]! : this.message(writeContainer(list), { seqNo: this.ids.nextSeqNo(false) })
    this.sealed(outer)
    return list.map(({ messageId }) => messageId)
  }

  /** Sends one message as it is. */
  sealed(message: Message, salt: bigint = this.salt): void {
    const { key, sessionId } = this
    const random = (length: number) => this.env.random(length)
    this.packet(seal({ key: key!, from: 'client', salt, sessionId, random, ...message }))
  }

  /** A call, its answer decoded; an RpcError when it is refused. */
  async call<Result>(request: Request<Result>): Promise<Result> {
    const [id] = this.send(this.wraps ? wrapped(request) : request) as [bigint]
    return decode(await this.answerTo(id, request.method), request.read)
  }

  /** The result of a call, as bytes. */
  async answerTo(id: bigint, method = 'call'): Promise<Uint8Array> {
    const heard = await this.find(({ answer }) => answer?.requestId === id)
    const { result } = heard.answer!
    if (constructorOf(result) === RPC_ERROR) throw decode(result, () => readError(method))
    return result
  }

  /** The first message that fits, heard already or to come. */
  async find(fits: (heard: Heard) => boolean): Promise<Heard> {
    await this.until(() => this.heard.some(fits) || this.ended !== undefined)
    const found = this.heard.find(fits)
    if (found === undefined) throw this.ended instanceof Error ? this.ended : new Error('the server hung up')
    return found
  }

  /** The first service message of that kind, heard already or to come. */
  async service<Name extends ServiceObject['_']>(name: Name): Promise<Extract<ServiceObject, { _: Name }>> {
    const { service } = await this.find((heard) => heard.service?._ === name)
    return service as Extract<ServiceObject, { _: Name }>
  }

  async until(done: () => boolean): Promise<void> {
    while (!done()) await new Promise<void>((wake) => void this.#waiting.push(wake))
  }

  /** Confirms everything that was heard and wants it. */
  ack(): void {
    const msgIds = this.heard.filter(({ seqNo }) => seqNo % 2 === 1).map(({ messageId }) => messageId)
    this.send({ _: 'msgs_ack', msgIds })
  }

  #read(packet: Uint8Array): void {
    const opened = open({ key: this.key!, from: 'server', packet })
    if (opened instanceof ProtocolError) throw opened
    const unpacked = readPacked(opened)
    if (unpacked instanceof Error) throw unpacked
    for (const message of unpacked.messages) this.heard.push(heardOf(message, opened.messageId, this.readsUpdates))
    this.#wake()
  }

  #end(how: true | Error): void {
    this.ended ??= how
    this.#link = undefined
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }
}

/** What a transport error says, when that is what ended the connection. */
export function errorCodeOf({ ended }: RawClient): number | undefined {
  return ended instanceof TransportError ? ended.code : undefined
}

export function wrapped<Result>(request: Request<Result>, layer: number = LAYER): Request<Result> {
  const about = { apiId: 1, deviceModel: 'spec', systemVersion: '1', appVersion: '1' }
  const query = initConnectionRequest({ ...about, systemLangCode: 'en', langPack: '', langCode: 'en', query: request })
  return invokeWithLayerRequest({ layer, query })
}

function heardOf(message: Message, packetId: bigint, readsUpdates: (body: Uint8Array) => Updates): Heard {
  const id = constructorOf(message.body)
  const service = id !== undefined && isServiceId(id) ? decode(message.body, readServiceObject) : undefined
  const rpc = service === undefined ? readRpcResult(message.body) : undefined
  const answer =
    rpc === undefined || rpc instanceof Error || rpc.result instanceof Error
      ? undefined
      : { requestId: rpc.requestId, result: rpc.result }
  const updates = service === undefined && answer === undefined ? readsUpdates(message.body) : undefined
  return { ...message, packetId, service, answer, updates }
}

function readError(method: string): RpcError {
  readId()
  return new RpcError(readInt(), readString(), method)
}
