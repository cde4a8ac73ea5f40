/**
 * Obfuscated2: the stream of a connection under AES-256-CTR, with keys from 64 random bytes that the client sends
 * first. It hides what is spoken; it protects nothing.
 * https://core.telegram.org/mtproto/mtproto-transports#transport-obfuscation
 */
import { concat } from '../bytes.ts'
import { ctrStream } from '../crypto/aes-ctr.ts'
import { sha256 } from '../crypto/sha.ts'
import { ProtocolError, UsageError } from '../errors.ts'
import { type Framing, frameTag } from './frame.ts'

/** The two streams of one connection. Each byte passes exactly once, in order. */
export interface Obfuscation {
  encrypt(bytes: Uint8Array): Uint8Array
  decrypt(bytes: Uint8Array): Uint8Array
}

export interface ClientObfuscation extends Obfuscation {
  /** What the client sends before its first frame; the framing's tag is inside it. */
  readonly header: Uint8Array
}

export interface ServerObfuscation extends Obfuscation {
  readonly framing: TaggedFraming
  /** As the client wrote it: + 10000 for a test DC, negative for media only. Noise if it wrote none. */
  readonly dc: number
  /** Which of the secrets fits. */
  readonly secret: Uint8Array | undefined
}

/** Full has no tag, so it can't be told inside the header. */
export type TaggedFraming = Exclude<Framing, 'full'>

export interface ObfuscationOptions {
  readonly framing: Framing
  /** The DC's number, + 10000 for a test DC, negated for media only. A proxy needs it to know where to connect. */
  readonly dc?: number | undefined
  /** The 16 bytes of a proxy's secret. */
  readonly secret?: Uint8Array | undefined
  readonly random: (length: number) => Uint8Array
}

export const OBFUSCATED_HEADER_LENGTH = 64

/** Where the parts of the header lie. */
const KEY_AT = 8
const IV_AT = 40
const TAG_AT = 56
const DC_AT = 60

/** The first four bytes that would look like another transport to the server. */
const FORBIDDEN_STARTS: readonly number[] = [
  0x44414548, // HEAD
  0x54534f50, // POST
  0x20544547, // GET
  0x4954504f, // OPTI
  0x02010316, // a TLS record
  0xdddddddd,
  0xeeeeeeee,
]
const ABRIDGED_TAG = 0xef
/** A good source is refused once in 16 million draws. */
const MAX_DRAWS = 16

const TAGGED: readonly TaggedFraming[] = ['abridged', 'intermediate', 'padded']

/** Whether a header must not begin so, because the server would take it for another transport. */
export function isForbiddenStart(header: Uint8Array): boolean {
  const view = new DataView(header.buffer, header.byteOffset, header.length)
  return (
    header[0] === ABRIDGED_TAG || FORBIDDEN_STARTS.includes(view.getUint32(0, true)) || view.getUint32(4, true) === 0
  )
}

/** The client's side of a new connection. */
export function obfuscateClient({ framing, dc, secret, random }: ObfuscationOptions): ClientObfuscation {
  const init = drawInit(random)
  init.set(headerTag(framing), TAG_AT)
  if (dc !== undefined) new DataView(init.buffer, init.byteOffset).setInt16(DC_AT, dc, true)
  const { fromClient, fromServer } = streams(init, secret)
  const encrypted = fromClient(init)
  const header = concat(init.subarray(0, TAG_AT), encrypted.subarray(TAG_AT))
  return { header, encrypt: fromClient, decrypt: fromServer }
}

/**
 * The server's side, from the 64 bytes of the header. Undefined when no secret fits; without `secrets` the
 * connection has none. The answer to that is silence: an error would tell a prober what listens here.
 */
export function obfuscateServer(
  header: Uint8Array,
  secrets: readonly Uint8Array[] = [],
): ServerObfuscation | undefined {
  if (header.length !== OBFUSCATED_HEADER_LENGTH) {
    throw new UsageError(`expected a header of ${OBFUSCATED_HEADER_LENGTH} bytes, got ${header.length}`)
  }
  const candidates: readonly (Uint8Array | undefined)[] = secrets.length === 0 ? [undefined] : secrets
  for (const secret of candidates) {
    const { fromClient, fromServer } = streams(header, secret)
    const plain = fromClient(header)
    const framing = TAGGED.find((each) => headerTag(each).every((byte, index) => plain[TAG_AT + index] === byte))
    if (framing === undefined) continue
    const dc = new DataView(plain.buffer, plain.byteOffset).getInt16(DC_AT, true)
    return { framing, dc, secret, encrypt: fromServer, decrypt: fromClient }
  }
  return undefined
}

function drawInit(random: (length: number) => Uint8Array): Uint8Array {
  for (let draw = 0; draw < MAX_DRAWS; draw++) {
    const init = Uint8Array.from(random(OBFUSCATED_HEADER_LENGTH))
    if (!isForbiddenStart(init)) return init
  }
  throw new ProtocolError('expected random bytes for the header, got forbidden ones each time')
}

/** The tag fills four bytes, also abridged's. */
function headerTag(framing: Framing): Uint8Array {
  const tag = frameTag(framing)
  if (tag.length === 0) throw new UsageError(`expected a framing with a tag, got ${framing}`)
  return new Uint8Array(4).fill(tag[0]!)
}

/** Both key streams. The bytes of key and iv are sent in the clear, hence they may be read from either form. */
function streams(header: Uint8Array, secret: Uint8Array | undefined) {
  if (secret !== undefined && secret.length !== 16) {
    throw new UsageError(`expected a proxy secret of 16 bytes, got ${secret.length}`)
  }
  const keyed = (key: Uint8Array) => (secret === undefined ? key : sha256(key, secret))
  const forth = header.slice(KEY_AT, TAG_AT)
  const back = header.slice(KEY_AT, TAG_AT).reverse()
  const keyLength = IV_AT - KEY_AT
  return {
    fromClient: ctrStream(keyed(forth.slice(0, keyLength)), forth.slice(keyLength)),
    fromServer: ctrStream(keyed(back.slice(0, keyLength)), back.slice(keyLength)),
  }
}
