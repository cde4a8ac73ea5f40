/**
 * The first record of a connection in disguise: a ClientHello of TLS 1.3 (RFC 8446, section 4.1.2) as a browser sends
 * it, with what only a proxy that knows the secret can see in its random.
 * https://core.telegram.org/mtproto/mtproto-transports
 */
import { concat, fromHex, xor } from '../bytes.ts'
import { hmacSha256 } from '../crypto/sha.ts'
import { mlKemLooking, x25519Looking } from './looking-keys.ts'

export interface HelloOptions {
  /** The 16 bytes of the secret. */
  readonly key: Uint8Array
  /** Whom it pretends to call. */
  readonly domain: string
  /** Unix time in seconds: a proxy refuses hellos of another time. */
  readonly time: number
  readonly random: (length: number) => Uint8Array
}

/** What differs from one hello to the next, beside the digest. */
export interface HelloParts {
  readonly domain: string
  readonly sessionId: Uint8Array
  /** Seven values that no standard will ever use (RFC 8701). */
  readonly grease: Uint8Array
  /** The order of the extensions between the first and the last: each index once. */
  readonly order: readonly number[]
  /** Key shares of X25519MLKEM768 and of X25519. */
  readonly hybridKey: Uint8Array
  readonly x25519Key: Uint8Array
  /** Encrypted Client Hello: an id of one byte, a key, and a payload. */
  readonly echId: Uint8Array
  readonly echKey: Uint8Array
  readonly echPayload: Uint8Array
}

/** Where the random lies in the record: proxies look for it there. */
export const HELLO_RANDOM_AT = 11
export const RANDOM_LENGTH = 32
/** The digest's own part of the random; the rest of it hides the time. */
export const DIGEST_LENGTH = 28

const EXTENSIONS = 16
const ECH_PAYLOADS: readonly number[] = [144, 176, 208, 240]

/** A hello with its digest, ready for the wire. */
export function clientHello({ key, domain, time, random }: HelloOptions): Uint8Array {
  return signHello(helloRecord(drawParts(domain, random)), key, time)
}

/** Puts the digest of a record whose random is zero into its place, the time hidden in the last four bytes. */
export function signHello(record: Uint8Array, key: Uint8Array, time: number): Uint8Array {
  const digest = hmacSha256(key, record)
  const clock = new Uint8Array(RANDOM_LENGTH)
  new DataView(clock.buffer).setUint32(DIGEST_LENGTH, time, true)
  const signed = record.slice()
  signed.set(xor(digest, clock), HELLO_RANDOM_AT)
  return signed
}

/** Draws all that is random. */
export function drawParts(domain: string, random: (length: number) => Uint8Array): HelloParts {
  return {
    domain,
    sessionId: random(32),
    grease: greaseOf(random(7)),
    order: shuffled(EXTENSIONS, random),
    hybridKey: concat(mlKemLooking(random), x25519Looking(random)),
    x25519Key: x25519Looking(random),
    echId: random(1),
    echKey: random(32),
    echPayload: random(ECH_PAYLOADS[random(1)[0]! & 3]!),
  }
}

/** The record, its random still zero. */
export function helloRecord(parts: HelloParts): Uint8Array {
  const hello = concat(
    fromHex('0303'),
    new Uint8Array(RANDOM_LENGTH),
    Uint8Array.of(parts.sessionId.length),
    parts.sessionId,
    sized(grease(parts, 0), fromHex('130113021303c02bc02fc02cc030cca9cca8c013c014009c009d002f0035')),
    fromHex('0100'),
    sized(...extensions(parts)),
  )
  const body = concat(Uint8Array.of(1, hello.length >>> 16, hello.length >>> 8, hello.length), hello)
  return concat(fromHex('160301'), sized(body))
}

function extensions(parts: HelloParts): readonly Uint8Array[] {
  const { domain, order, hybridKey, x25519Key, echId, echKey, echPayload } = parts
  const name = Uint8Array.from(domain, (character) => character.charCodeAt(0))
  const shares = sized(
    grease(parts, 4),
    fromHex('000100'),
    fromHex('11ec'),
    sized(hybridKey),
    fromHex('001d'),
    sized(x25519Key),
  )
  const shuffled: readonly Uint8Array[] = [
    extension('0000', sized(Uint8Array.of(0), sized(name))),
    extension('0005', fromHex('0100000000')),
    extension('000a', sized(grease(parts, 4), fromHex('11ec001d00170018'))),
    extension('000b', fromHex('0100')),
    extension('000d', sized(fromHex('04030804040105030805050108060601'))),
    extension('0010', fromHex('000c02683208687474702f312e31')),
    extension('0012'),
    extension('0017'),
    extension('001b', fromHex('020002')),
    extension('0023'),
    extension('002b', Uint8Array.of(6), grease(parts, 6), fromHex('03040303')),
    extension('002d', fromHex('0101')),
    extension('0033', shares),
    extension('44cd', fromHex('0003026832')),
    extension('fe0d', fromHex('0000010001'), echId, sized(echKey), sized(echPayload)),
    extension('ff01', fromHex('00')),
  ]
  const first = concat(grease(parts, 2), fromHex('0000'))
  const last = concat(grease(parts, 3), fromHex('000100'))
  return [first, ...order.map((index) => shuffled[index]!), last]
}

function extension(type: string, ...content: readonly Uint8Array[]): Uint8Array {
  return concat(fromHex(type), sized(...content))
}

/** Preceded by its length in two bytes. */
function sized(...content: readonly Uint8Array[]): Uint8Array {
  const whole = concat(...content)
  return concat(Uint8Array.of(whole.length >>> 8, whole.length), whole)
}

/** A value of RFC 8701, which is one byte twice. */
function grease({ grease: values }: HelloParts, index: number): Uint8Array {
  return Uint8Array.of(values[index]!, values[index]!)
}

/** RFC 8701: 0a, 1a, ... fa; neighbours that must differ do. */
function greaseOf(noise: Uint8Array): Uint8Array {
  const values = noise.map((byte) => (byte & 0xf0) | 0x0a)
  for (let odd = 1; odd < values.length; odd += 2) if (values[odd] === values[odd - 1]) values[odd]! ^= 0x10
  return values
}

/** The numbers below `count` in random order (Fisher and Yates). */
function shuffled(count: number, random: (length: number) => Uint8Array): readonly number[] {
  const order = Array.from({ length: count }, (_, index) => index)
  const noise = random(count * 4)
  const view = new DataView(noise.buffer, noise.byteOffset, noise.length)
  for (let at = count - 1; at > 0; at--) {
    const other = view.getUint32(4 * at, true) % (at + 1)
    const kept = order[at]!
    order[at] = order[other]!
    order[other] = kept
  }
  return order
}
