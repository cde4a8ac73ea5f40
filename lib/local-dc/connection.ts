/**
 * One accepted connection as far as its bytes go: it finds out what the client speaks, and from then on cuts packets out
 * of the stream and wraps those that go back.
 * https://core.telegram.org/mtproto/mtproto-transports
 */
import { concat } from '../core/bytes.ts'
import { ProtocolError } from '../core/errors.ts'
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
import { OBFUSCATED_HEADER_LENGTH, obfuscateServer } from '../core/protocol/obfuscation.ts'
import { sniff } from '../core/protocol/sniff.ts'

/** A packet of the client. */
export type Packet = Extract<Frame, { _: 'packet' }>

/** What the client turned out to speak. */
interface Speech {
  readonly framing: Framing
  /** The number that the obfuscated header names; told, but never relied on: some clients write noise there. */
  readonly dc: number | undefined
  readonly decode: FrameDecoder
  readonly encode: FrameEncoder
  encrypt(bytes: Uint8Array): Uint8Array
  decrypt(bytes: Uint8Array): Uint8Array
}

const same = (bytes: Uint8Array): Uint8Array => bytes

export class Connection {
  readonly #random: (length: number) => Uint8Array
  #head: Uint8Array = new Uint8Array(0)
  #speech: Speech | undefined

  constructor(random: (length: number) => Uint8Array) {
    this.#random = random
  }

  /** What it speaks; undefined while that is not known. */
  get speech(): { readonly framing: Framing; readonly dc: number | undefined } | undefined {
    return this.#speech
  }

  /**
   * Takes the next bytes, returns the packets that they completed.
   *
   * @throws {ProtocolError} for a stream that nothing can be made of: the connection is over.
   */
  receive(chunk: Uint8Array): readonly Packet[] {
    if (this.#speech !== undefined) return packets(this.#speech.decode(this.#speech.decrypt(chunk)))
    // At most 64 bytes are needed, so this never grows.
    this.#head = concat(this.#head, chunk)
    const begun = begin(this.#head, this.#random)
    if (begun === undefined) return []
    this.#speech = begun.speech
    this.#head = new Uint8Array(0)
    return packets(begun.speech.decode(begun.speech.decrypt(begun.rest)))
  }

  /** The bytes that bring a packet to the client. */
  packet(bytes: Uint8Array): Uint8Array {
    const { encode, encrypt } = this.#speaking()
    return encrypt(encode(bytes))
  }

  /** The bytes of a transport error. */
  error(code: number): Uint8Array {
    const { encode, encrypt } = this.#speaking()
    return encrypt(errorFrame(encode, code))
  }

  /** The bytes of a quick ack; undefined where the framing has none. */
  quickAck(token: number): Uint8Array | undefined {
    const { framing, encrypt } = this.#speaking()
    return framing === 'full' ? undefined : encrypt(quickAckFrame(framing, token))
  }

  #speaking(): Speech {
    if (this.#speech === undefined) throw new ProtocolError('expected a client that has spoken, got one that has not')
    return this.#speech
  }
}

/** What the first bytes tell, and those of them that belong to the frames; undefined while they tell too little. */
function begin(
  head: Uint8Array,
  random: (length: number) => Uint8Array,
): { readonly speech: Speech; readonly rest: Uint8Array } | undefined {
  const sniffed = sniff(head)
  if (sniffed === 'need more') return undefined
  if (typeof sniffed === 'object') {
    const { framing } = sniffed
    const rest = head.subarray(frameTag(framing).length)
    return { speech: { ...coders(framing, random), framing, dc: undefined, encrypt: same, decrypt: same }, rest }
  }
  if (sniffed !== 'obfuscated') throw new ProtocolError(`expected MTProto, got ${sniffed}`)
  if (head.length < OBFUSCATED_HEADER_LENGTH) return undefined
  const obfuscation = obfuscateServer(head.slice(0, OBFUSCATED_HEADER_LENGTH))
  if (obfuscation === undefined)
    throw new ProtocolError('expected the tag of a framing in the obfuscated header, got none')
  const { framing, dc, encrypt, decrypt } = obfuscation
  return {
    speech: { ...coders(framing, random), framing, dc, encrypt, decrypt },
    rest: head.subarray(OBFUSCATED_HEADER_LENGTH),
  }
}

function coders(framing: Framing, random: (length: number) => Uint8Array): Pick<Speech, 'decode' | 'encode'> {
  return { decode: frameDecoder(framing, 'server'), encode: frameEncoder(framing, random) }
}

function packets(frames: readonly Frame[]): readonly Packet[] {
  return frames.filter((frame) => frame._ === 'packet')
}
