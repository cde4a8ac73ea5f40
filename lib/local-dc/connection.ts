/**
 * One accepted connection as far as its bytes go: it finds out what the client speaks, and from then on cuts packets out
 * of the stream and wraps those that go back.
 * https://core.telegram.org/mtproto/mtproto-transports
 */
import { concat } from '../core/bytes.ts'
import { ProtocolError } from '../core/errors.ts'
import { helloLength } from '../core/protocol/fake-tls-server.ts'
import {
  errorFrame,
  type Frame,
  type FrameDecoder,
  type FrameEncoder,
  type Framing,
  frameDecoder,
  frameEncoder,
  frameTag,
  quickAckFrame,
} from '../core/protocol/frame.ts'
import { OBFUSCATED_HEADER_LENGTH, obfuscateServer, type ServerObfuscation } from '../core/protocol/obfuscation.ts'
import type { ProxySecret } from '../core/protocol/proxy-secret.ts'
import { sniff } from '../core/protocol/sniff.ts'
import { tlsReader, tlsWriter } from '../core/protocol/tls-records.ts'
import { ProxyDoor, streamOf } from './proxy-door.ts'

/** A packet of the client. */
export type Packet = Extract<Frame, { _: 'packet' }>

/** What the client turned out to speak. */
interface Speech {
  readonly framing: Framing
  /** The number that the obfuscated header names; told, but never relied on: some clients write noise there. */
  readonly dc: number | undefined
  /** The kind of the proxy secret by which it came: then the number is the DC that it wants. */
  readonly proxy: ProxySecret['kind'] | undefined
  readonly decode: FrameDecoder
  readonly encode: FrameEncoder
  encrypt(bytes: Uint8Array): Uint8Array
  decrypt(bytes: Uint8Array): Uint8Array
}

/** A connection in disguise: its secret, and what its records are read and written by. */
interface Disguise {
  readonly secret: ProxySecret
  open(bytes: Uint8Array): Uint8Array
  wrap(bytes: Uint8Array): Uint8Array
}

export interface ConnectionOptions {
  readonly random: (length: number) => Uint8Array
  /** The secrets by which it may come as to a proxy. */
  readonly door?: ProxyDoor | undefined
  /** Sends what is no packet: the answer to a TLS hello. */
  answer?(bytes: Uint8Array): void
}

const same = (bytes: Uint8Array): Uint8Array => bytes

export class Connection {
  readonly #random: (length: number) => Uint8Array
  readonly #door: ProxyDoor
  readonly #answer: (bytes: Uint8Array) => void
  #head: Uint8Array = new Uint8Array(0)
  #speech: Speech | undefined
  #disguise: Disguise | undefined
  #isSilent = false

  constructor({ random, door = new ProxyDoor([]), answer = () => {} }: ConnectionOptions) {
    this.#random = random
    this.#door = door
    this.#answer = answer
  }

  /** What it speaks; undefined while that is not known. */
  get speech(): Pick<Speech, 'framing' | 'dc' | 'proxy'> | undefined {
    return this.#speech
  }

  /** Whether the connection is over, but must not be closed: a proxy doesn't tell strangers that it knows one. */
  get isSilent(): boolean {
    return this.#isSilent
  }

  /**
   * Takes the next bytes, returns the packets that they completed. `now` is the wall clock.
   *
   * @throws {ProtocolError} for a stream that nothing can be made of: the connection is over.
   */
  receive(chunk: Uint8Array, now: number): readonly Packet[] {
    const bytes = this.#disguise === undefined ? chunk : this.#disguise.open(chunk)
    if (this.#speech !== undefined) return packets(this.#speech.decode(this.#speech.decrypt(bytes)))
    // At most 64 bytes are needed, or a TLS hello of 4 KiB, so this never grows.
    this.#head = concat(this.#head, bytes)
    if (this.#disguise === undefined && sniff(this.#head) === 'tls' && this.#door.takesTls) this.#shake(now)
    const begun = this.#begin()
    if (begun === undefined) return []
    this.#speech = begun.speech
    this.#head = new Uint8Array(0)
    return packets(begun.speech.decode(begun.speech.decrypt(begun.rest)))
  }

  /** The bytes that bring a packet to the client. */
  packet(bytes: Uint8Array): Uint8Array {
    const { encode, encrypt } = this.#speaking()
    return this.#wrap(encrypt(encode(bytes)))
  }

  /** The bytes of a transport error. */
  error(code: number): Uint8Array {
    const { encode, encrypt } = this.#speaking()
    return this.#wrap(encrypt(errorFrame(encode, code)))
  }

  /** The bytes of a quick ack; undefined where the framing has none. */
  quickAck(token: number): Uint8Array | undefined {
    const { framing, encrypt } = this.#speaking()
    return framing === 'full' ? undefined : this.#wrap(encrypt(quickAckFrame(framing, token)))
  }

  #wrap(bytes: Uint8Array): Uint8Array {
    return this.#disguise === undefined ? bytes : this.#disguise.wrap(bytes)
  }

  #speaking(): Speech {
    if (this.#speech === undefined) throw new ProtocolError('expected a client that has spoken, got one that has not')
    return this.#speech
  }

  /** Answers the hello at the head, once it is whole; what is behind it are records. */
  #shake(now: number): void {
    const length = helloLength(this.#head)
    if (length === undefined || this.#head.length < length) return
    const { secret, answer } = this.#door.shake(this.#head.slice(0, length), now, this.#random)
    const read = tlsReader()
    this.#disguise = { secret, open: (bytes) => concat(...read(bytes)), wrap: tlsWriter('server') }
    this.#answer(answer)
    this.#head = this.#disguise.open(this.#head.subarray(length))
  }

  /** What the first bytes tell, and those of them that belong to the frames; undefined while they tell too little. */
  #begin(): { readonly speech: Speech; readonly rest: Uint8Array } | undefined {
    const head = this.#head
    // In a disguise, or with its hello not yet whole, there is nothing to be told by the first bytes.
    const sniffed = this.#disguise === undefined ? sniff(head) : 'obfuscated'
    if (sniffed === 'need more' || (sniffed === 'tls' && this.#door.takesTls)) return undefined
    if (typeof sniffed === 'object') {
      const { framing } = sniffed
      const rest = head.subarray(frameTag(framing).length)
      const plain = { framing, dc: undefined, proxy: undefined, encrypt: same, decrypt: same }
      return { speech: { ...coders(framing, this.#random), ...plain }, rest }
    }
    if (sniffed !== 'obfuscated') throw new ProtocolError(`expected MTProto, got ${sniffed}`)
    if (head.length < OBFUSCATED_HEADER_LENGTH) return undefined
    const { stream, proxy } = this.#enter(head.slice(0, OBFUSCATED_HEADER_LENGTH))
    const { framing, dc, encrypt, decrypt } = stream
    const speech = { ...coders(framing, this.#random), framing, dc, proxy, encrypt, decrypt }
    return { speech, rest: head.subarray(OBFUSCATED_HEADER_LENGTH) }
  }

  /** Finds out by which secret, or without any, a header makes sense. */
  #enter(header: Uint8Array): { readonly stream: ServerObfuscation; readonly proxy: Speech['proxy'] } {
    const secret = this.#disguise?.secret
    const stream = secret === undefined ? obfuscateServer(header) : streamOf(header, secret)
    if (stream !== undefined) return { stream, proxy: secret?.kind }
    const entered = secret === undefined ? this.#door.enter(header) : undefined
    if (entered !== undefined) return { stream: entered.stream, proxy: entered.secret.kind }
    this.#isSilent = this.#door.isProxy && secret === undefined
    const expected = this.#isSilent ? 'a known secret or the tag of a framing' : 'the tag of a framing'
    throw new ProtocolError(`expected ${expected} in the obfuscated header, got none`)
  }
}

function coders(framing: Framing, random: (length: number) => Uint8Array): Pick<Speech, 'decode' | 'encode'> {
  return { decode: frameDecoder(framing, 'server'), encode: frameEncoder(framing, random) }
}

function packets(frames: readonly Frame[]): readonly Packet[] {
  return frames.filter((frame) => frame._ === 'packet')
}
