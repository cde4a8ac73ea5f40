/**
 * Envelopes: one message in one packet, encrypted (MTProto 2.0) or plain.
 * https://core.telegram.org/mtproto/description and, for the checks, https://core.telegram.org/mtproto/security_guidelines
 *
 *     encrypted: auth_key_id (8) | msg_key (16) | AES-256-IGE of: salt (8) | session_id (8) | msg_id (8) | seq_no (4)
 *                | length (4) | body | padding (12 to 1024 random bytes, up to a multiple of 16)
 *     plain:     0 (8) | msg_id (8) | message_length (4) | body
 */
import { platform } from '#crypto'
import { PACKET_HEADER, type Place } from '../crypto/message-cipher.ts'
import { type AuthKey, messageKey, type Side } from '../crypto/message-key.ts'
import { ProtocolError, UsageError } from '../errors.ts'

/** What goes into an envelope. */
export interface Contents {
  readonly salt: bigint
  readonly sessionId: bigint
  readonly messageId: bigint
  readonly seqNo: number
  /** Whole 4-byte words of TL. */
  readonly body: Uint8Array
}

export interface SealOptions extends Contents {
  readonly key: AuthKey
  /** Who sends it: the two directions use different parts of the key. */
  readonly from: Side
  readonly random: (length: number) => Uint8Array
}

export interface OpenOptions {
  readonly key: AuthKey
  /** Who sent it. */
  readonly from: Side
  readonly packet: Uint8Array
  /** The packet is nobody else's, so what was in it may take its place; else it is left alone. */
  readonly reuse?: boolean | undefined
}

/** What was in an envelope. All 64-bit numbers are signed, as TL has them. `body` is a view of a larger array. */
export interface Opened extends Contents {
  /** What a quick ack of this packet says. */
  readonly quickAckToken: number
}

/** salt, session_id, msg_id, seq_no and length. */
const MESSAGE_HEADER = 32
const BLOCK = 16
/** Padding of MTProto 2.0 (description, "Padding"). */
const MIN_PADDING = 12
const MAX_PADDING = 1024
/** auth_key_id, msg_id and message_length of a plain message. */
const PLAIN_HEADER = 20

/**
 * Seals one message. The padding is the least that is allowed plus 0 to 3 random blocks, so that the length of a
 * packet does not tell the exact length of its message.
 */
export function seal(options: SealOptions): Uint8Array {
  const { place, length } = laidOut(options)
  return platform.messages.seal(options.key, options.from, place, length)
}

/** The same, and what a quick ack of the packet will say (https://core.telegram.org/mtproto/mtproto-transports#quick-ack). */
export function sealAsking(options: SealOptions): { readonly packet: Uint8Array; readonly quickAckToken: number } {
  const { key, from } = options
  const { place, length } = laidOut(options)
  const plaintext = place.bytes.slice(place.at, place.at + length)
  const { quickAckToken } = messageKey(key.bytes, plaintext, from)
  // The hash may have been made in the very memory that the place is in.
  place.bytes.set(plaintext, place.at)
  return { packet: platform.messages.seal(key, from, place, length), quickAckToken }
}

/** The plaintext, padding and all, in its place. */
function laidOut({ salt, sessionId, messageId, seqNo, body, random }: SealOptions): {
  readonly place: Place
  readonly length: number
} {
  if (body.length % 4 !== 0) throw new UsageError(`expected a body of whole 4-byte words, got ${body.length} bytes`)
  const length = MESSAGE_HEADER + body.length
  const least = MIN_PADDING + ((BLOCK - ((length + MIN_PADDING) % BLOCK)) % BLOCK)
  // One draw for both: the last byte chooses how many blocks more, the rest is the padding itself.
  const noise = random(least + 3 * BLOCK + 1)
  const padding = least + BLOCK * (noise[noise.length - 1]! & 3)
  const { messages } = platform
  const place = messages.place(length + padding)
  const { bytes, view, at } = place
  view.setBigInt64(at, salt, true)
  view.setBigInt64(at + 8, sessionId, true)
  view.setBigInt64(at + 16, messageId, true)
  view.setInt32(at + 24, seqNo, true)
  view.setInt32(at + 28, body.length, true)
  bytes.set(body, at + MESSAGE_HEADER)
  for (let i = 0; i < padding; i++) bytes[at + length + i] = noise[i]!
  return { place, length: length + padding }
}

/** Encrypts a complete plaintext, header and padding included. For `seal`, and for those who build wrong ones to test. */
export function sealPlaintext(key: AuthKey, from: Side, plaintext: Uint8Array): Uint8Array {
  const { messages } = platform
  const place = messages.place(plaintext.length)
  place.bytes.set(plaintext, place.at)
  return messages.seal(key, from, place, plaintext.length)
}

/**
 * Opens one packet: everything is checked here that concerns the packet alone. Up to 15 bytes behind the last block
 * are padding of the transport. Session, salt, and whether the id is timely and new are for the session to check.
 *
 * One error for all failures, and msg_key first: whoever made the packet learns nothing from the way it is refused.
 */
export function open({ key, from, packet, reuse = false }: OpenOptions): Opened | ProtocolError {
  const size = packet.length - PACKET_HEADER
  if (size < MESSAGE_HEADER || keyIdOf(packet) !== key.id) return refused()
  const whole = size % BLOCK === 0 ? packet : packet.subarray(0, packet.length - (size % BLOCK))
  const opened = platform.messages.open(key, from, whole, reuse)
  if (opened === undefined) return refused()
  const { plaintext, quickAckToken } = opened
  const view = new DataView(plaintext.buffer, plaintext.byteOffset, plaintext.length)
  const length = view.getInt32(28, true)
  const padding = plaintext.length - MESSAGE_HEADER - length
  if (length < 0 || length % 4 !== 0 || padding < MIN_PADDING || padding > MAX_PADDING) return refused()
  return {
    salt: view.getBigInt64(0, true),
    sessionId: view.getBigInt64(8, true),
    messageId: view.getBigInt64(16, true),
    seqNo: view.getInt32(24, true),
    body: plaintext.subarray(MESSAGE_HEADER, MESSAGE_HEADER + length),
    quickAckToken,
  }
}

function refused(): ProtocolError {
  return new ProtocolError('expected a packet sealed with the auth key, got one that does not open')
}

/** Which key a packet says it is sealed with; 0 for a plain one, and for what is too short to say. */
export function keyIdOf(packet: Uint8Array): bigint {
  if (packet.length < 8) return 0n
  return new DataView(packet.buffer, packet.byteOffset, 8).getBigInt64(0, true)
}

/** A message outside of any session: only the key exchange has them. */
export function sealPlain(messageId: bigint, body: Uint8Array): Uint8Array {
  const packet = new Uint8Array(PLAIN_HEADER + body.length)
  const view = new DataView(packet.buffer)
  view.setBigInt64(8, messageId, true)
  view.setInt32(16, body.length, true)
  packet.set(body, PLAIN_HEADER)
  return packet
}

/** The body, a view of the packet, may be longer than its TL object: some senders add random bytes. */
export function openPlain(
  packet: Uint8Array,
): { readonly messageId: bigint; readonly body: Uint8Array } | ProtocolError {
  if (packet.length < PLAIN_HEADER) {
    return new ProtocolError(`expected a plain message of at least ${PLAIN_HEADER} bytes, got ${packet.length}`)
  }
  if (keyIdOf(packet) !== 0n) return new ProtocolError('expected a plain message, got an encrypted one')
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length)
  const length = view.getInt32(16, true)
  if (length < 0 || length > packet.length - PLAIN_HEADER) {
    return new ProtocolError(
      `expected a plain message of ${packet.length - PLAIN_HEADER} bytes, got a length of ${length}`,
    )
  }
  return { messageId: view.getBigInt64(8, true), body: packet.subarray(PLAIN_HEADER, PLAIN_HEADER + length) }
}
