/**
 * Framings: how packets are cut out of a stream of bytes.
 * The client chooses one at the start of each connection; both directions use it, and a new connection starts anew.
 * https://core.telegram.org/mtproto/mtproto-transports
 */

import { crc32 } from '../crc32.ts'
import { ProtocolError, UsageError } from '../errors.ts'
import { takeRoom } from '../room.ts'
import { ByteQueue } from './byte-queue.ts'

export type Framing = 'abridged' | 'intermediate' | 'padded' | 'full'

/** What a decoder finds in the stream. */
export type Frame =
  | { readonly _: 'packet'; readonly bytes: Uint8Array; readonly quickAck: boolean }
  | { readonly _: 'error'; readonly code: number }
  | { readonly _: 'quickAck'; readonly token: number }

/** Frames one packet. With `quickAck` the sender asks for a quick ack (not in full). */
export type FrameEncoder = (payload: Uint8Array, quickAck?: boolean) => Uint8Array

/** Takes the next chunk of the stream, returns the frames that it completed. Throws ProtocolError for a broken stream. */
export type FrameDecoder = (chunk: Uint8Array) => readonly Frame[]

/** No frame may announce more than this: a length is believed before a byte of it has come. */
export const MAX_FRAME: number = 16 * 1024 * 1024

/** Abridged: lengths of fewer words than this take one byte (transports, "Abridged"). */
const LONG_FORM = 0x7f
/** The top bit of a length asks for a quick ack (transports, "Quick ack"). */
const QUICK_ACK = 0x8000_0000
/** Anything shorter is no message: neither plain (20 bytes at least) nor encrypted (24 and more). */
const MIN_MESSAGE = 16
/** Full: length, seq and crc (transports, "Full"). */
const FULL_OVERHEAD = 12
/** auth_key_id and msg_key, before the ciphertext (https://core.telegram.org/mtproto/description). */
const ENCRYPTED_HEADER = 24
/** auth_key_id, msg_id and message_length of a plain message. */
const PLAIN_HEADER = 20

const TAGS: Readonly<Record<Framing, readonly number[]>> = {
  abridged: [0xef],
  intermediate: [0xee, 0xee, 0xee, 0xee],
  padded: [0xdd, 0xdd, 0xdd, 0xdd],
  full: [],
}

const NO_FRAMES: readonly Frame[] = []

/** The bytes that a client sends before its first frame; none for full. */
export function frameTag(framing: Framing): Uint8Array {
  return Uint8Array.from(TAGS[framing])
}

/** An encoder for one direction of one connection. `random` gives the bytes of the padding. */
export function frameEncoder(framing: Framing, random: (length: number) => Uint8Array): FrameEncoder {
  switch (framing) {
    case 'abridged':
      return encodeAbridged
    case 'intermediate':
      return (payload, quickAck = false) => encodeIntermediate(checked(payload, framing), payload.length, quickAck)
    case 'padded':
      return (payload, quickAck = false) => encodePadded(payload, quickAck, random)
    case 'full':
      return fullEncoder()
  }
}

/** A transport error of the server: the code, negative, in place of a message. `encode` is the connection's encoder. */
export function errorFrame(encode: FrameEncoder, code: number): Uint8Array {
  return encode(int32Bytes(code))
}

/** The server's quick ack: it has the packet whose msg_key_large begins with `token` (transports, "Quick ack"). */
export function quickAckFrame(framing: Framing, token: number): Uint8Array {
  const bytes = int32Bytes(token)
  switch (framing) {
    case 'abridged':
      // Byte-swapped, so that the first byte has the top bit that no length has.
      return bytes.reverse()
    case 'intermediate':
      return bytes
    case 'padded':
      return encodeIntermediate(Uint8Array.of(255, 255, 255, 255, ...bytes), 8, false)
    case 'full':
      throw new UsageError('expected a framing with quick acks, got full')
  }
}

function encodeAbridged(payload: Uint8Array, quickAck = false): Uint8Array {
  const words = checked(payload, 'abridged').length / 4
  const flag = quickAck ? 0x80 : 0
  const header =
    words < LONG_FORM ? [words | flag] : [LONG_FORM | flag, words & 255, (words >>> 8) & 255, (words >>> 16) & 255]
  const frame = around(payload, header.length, 0)
  frame.set(header)
  return frame
}

function encodeIntermediate(payload: Uint8Array, length: number, quickAck: boolean): Uint8Array {
  const frame = around(payload, 4, length - payload.length)
  frame.set(int32Bytes(quickAck ? length | QUICK_ACK : length))
  return frame
}

/** The payload with bytes in front of it and behind it: in the room that it was made with, or as a copy. */
function around(payload: Uint8Array, before: number, behind: number): Uint8Array {
  const inPlace = takeRoom(payload, before, behind)
  if (inPlace !== undefined) return inPlace
  const frame = new Uint8Array(before + payload.length + behind)
  frame.set(payload, before)
  return frame
}

/** 0 to 15 random bytes follow a message. An error code goes without: some clients know it by its four bytes. */
function encodePadded(payload: Uint8Array, quickAck: boolean, random: (length: number) => Uint8Array): Uint8Array {
  checked(payload, 'padded')
  if (payload.length < MIN_MESSAGE) return encodeIntermediate(payload, payload.length, quickAck)
  const noise = random(16)
  const padding = noise[0]! & 15
  const frame = encodeIntermediate(payload, payload.length + padding, quickAck)
  frame.set(noise.subarray(1, 1 + padding), 4 + payload.length)
  return frame
}

function fullEncoder(): FrameEncoder {
  let seq = 0
  return (payload) => {
    if (payload.length > MAX_FRAME) throw tooLong(payload.length)
    const length = payload.length + FULL_OVERHEAD
    const frame = around(payload, 8, 4)
    frame.set(int32Bytes(length))
    frame.set(int32Bytes(seq), 4)
    frame.set(int32Bytes(crc32(frame.subarray(0, length - 4))), length - 4)
    seq = (seq + 1) | 0
    return frame
  }
}

function checked(payload: Uint8Array, framing: Framing): Uint8Array {
  if (payload.length > MAX_FRAME - MIN_MESSAGE) throw tooLong(payload.length)
  if (payload.length % 4 !== 0) {
    throw new UsageError(`${framing}: expected a payload of whole 4-byte words, got ${payload.length} bytes`)
  }
  return payload
}

function tooLong(length: number): UsageError {
  return new UsageError(`expected a payload of at most 16 MiB, got ${length} bytes`)
}

function int32Bytes(value: number): Uint8Array {
  return Uint8Array.of(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, (value >>> 24) & 255)
}

/** Takes one frame off the queue: the frame, undefined for one that means nothing, or how many bytes it needs. */
type Take = (queue: ByteQueue) => Frame | undefined | number

/**
 * A decoder for one direction of one connection. `side` is who reads: the client knows errors and quick acks, the
 * server the wish for a quick ack. Packets are views of the chunks as long as these hold whole frames.
 */
export function frameDecoder(framing: Framing, side: 'client' | 'server'): FrameDecoder {
  const queue = new ByteQueue()
  const take = taker(framing, side)
  let wanted = 1
  let broken: unknown
  return (chunk) => {
    // A broken stream has no place where the next frame could begin.
    if (broken !== undefined) throw broken
    queue.push(chunk, wanted)
    if (queue.length < wanted) return NO_FRAMES
    try {
      const frames: Frame[] = []
      wanted = takeAll(queue, take, frames)
      return frames
    } catch (error) {
      broken = error
      throw error
    }
  }
}

/** Takes every whole frame. Returns how many bytes the next one needs, as far as is known. */
function takeAll(queue: ByteQueue, take: Take, frames: Frame[]): number {
  while (queue.length > 0) {
    const taken = take(queue)
    if (typeof taken === 'number') return taken
    if (taken !== undefined) frames.push(taken)
  }
  return 1
}

function taker(framing: Framing, side: 'client' | 'server'): Take {
  switch (framing) {
    case 'abridged':
      return (queue) => takeAbridged(queue, side)
    case 'intermediate':
      return (queue) => takeIntermediate(queue, side, (bytes) => bytes)
    case 'padded':
      return (queue) => takeIntermediate(queue, side, withoutPadding)
    case 'full':
      return fullTaker(side)
  }
}

function takeAbridged(queue: ByteQueue, side: 'client' | 'server'): Frame | undefined | number {
  const first = queue.byte(0)
  const flag = first >= 0x80
  const words = first & 0x7f
  if (flag && side === 'client') {
    if (queue.length < 4) return 4
    const [a, b, c, d] = queue.take(4) as Uint8Array & [number, number, number, number]
    return { _: 'quickAck', token: ((a << 24) | (b << 16) | (c << 8) | d) >>> 0 }
  }
  if (words < LONG_FORM) return takePacket(queue, 1, words * 4, side, flag)
  if (queue.length < 4) return 4
  const length = (queue.uint32(0) >>> 8) * 4
  if (length < LONG_FORM * 4) throw new ProtocolError(`abridged: expected the short form of a length of ${length}`)
  return takePacket(queue, 4, length, side, flag)
}

function takeIntermediate(
  queue: ByteQueue,
  side: 'client' | 'server',
  trim: (bytes: Uint8Array) => Uint8Array,
): Frame | undefined | number {
  if (queue.length < 4) return 4
  const length = queue.uint32(0)
  const flag = length >= QUICK_ACK
  if (flag && side === 'client') {
    queue.skip(4)
    return { _: 'quickAck', token: length }
  }
  return takePacket(queue, 4, flag ? length - QUICK_ACK : length, side, flag, trim)
}

/** Full counts its packets and signs them with a checksum; a break in either ends the connection. */
function fullTaker(side: 'client' | 'server'): Take {
  let seq = 0
  return (queue) => {
    if (queue.length < 4) return 4
    const length = queue.uint32(0)
    // Some errors come bare, in the place of a length.
    if (side === 'client' && (length | 0) < 0 && (length | 0) > -1000) {
      queue.skip(4)
      return { _: 'error', code: length | 0 }
    }
    checkLength(length - FULL_OVERHEAD)
    if (queue.length < length) return length
    const frame = queue.take(length)
    const view = new DataView(frame.buffer, frame.byteOffset, length)
    const number = view.getInt32(4, true)
    if (number !== seq) throw new ProtocolError(`full: expected packet number ${seq}, got ${number}`)
    if (view.getUint32(length - 4, true) !== crc32(frame.subarray(0, length - 4))) {
      throw new ProtocolError('full: expected the checksum of the packet, got another')
    }
    seq = (seq + 1) | 0
    return frameOf(frame.subarray(8, length - 4), side, false)
  }
}

function takePacket(
  queue: ByteQueue,
  header: number,
  length: number,
  side: 'client' | 'server',
  quickAck: boolean,
  trim?: (bytes: Uint8Array) => Uint8Array,
): Frame | undefined | number {
  checkLength(length)
  if (queue.length < header + length) return header + length
  queue.skip(header)
  const bytes = queue.take(length)
  return frameOf(trim === undefined ? bytes : trim(bytes), side, quickAck)
}

function checkLength(length: number): void {
  if (length >= 4 && length <= MAX_FRAME) return
  throw new ProtocolError(`expected a frame of 4 bytes to 16 MiB, got a length of ${length}`)
}

/** What is too short for a message tells the client something else (transports, "Transport errors", "Quick ack"). */
function frameOf(bytes: Uint8Array, side: 'client' | 'server', quickAck: boolean): Frame | undefined {
  if (side === 'server' || bytes.length >= MIN_MESSAGE) return { _: 'packet', bytes, quickAck }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const code = view.getInt32(0, true)
  if (code === 0) return undefined
  if (code === -1 && bytes.length >= 8) return { _: 'quickAck', token: view.getUint32(4, true) }
  return { _: 'error', code }
}

/**
 * The packet without what the padded framing may have added: nothing on the wire says where that begins, so it
 * follows from the packet itself.
 */
function withoutPadding(bytes: Uint8Array): Uint8Array {
  if (bytes.length < PLAIN_HEADER) return bytes
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const isPlain = view.getUint32(0, true) === 0 && view.getUint32(4, true) === 0
  if (isPlain) {
    const length = PLAIN_HEADER + view.getUint32(16, true)
    return length < bytes.length ? bytes.subarray(0, length) : bytes
  }
  if (bytes.length < ENCRYPTED_HEADER) return bytes
  return bytes.subarray(0, bytes.length - ((bytes.length - ENCRYPTED_HEADER) % 16))
}
