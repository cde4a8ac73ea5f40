/**
 * Messages that hold other messages: containers, packed objects, copies, and the answers to calls. They are read by
 * hand, because what is inside is handed on as bytes and decoded later, each by its own reader.
 * https://core.telegram.org/mtproto/service_messages#containers and
 * https://core.telegram.org/mtproto/service_messages#packed-object
 */
import { gunzip, gzip } from '#gzip'
import { DecodeError, UsageError } from '../errors.ts'
import { idText } from '../tl/ids.ts'
import { decode, readBytes, readId } from '../tl/reader.ts'
import { encode, writeBytes, writeInt } from '../tl/writer.ts'

/** One message of a session. `body` is a boxed object; a view where that is possible. */
export interface Message {
  readonly messageId: bigint
  readonly seqNo: number
  readonly body: Uint8Array
}

/** A message that was delivered whole, and whose body is none. */
export interface BadMessage {
  readonly messageId: bigint
  readonly seqNo: number
  readonly error: DecodeError
}

/** What was in a packet. */
export interface Unpacked {
  /** Whether it came in a container: then the outer id is the container's own. */
  readonly container: boolean
  /** In the order of the container, none of them packed any more. */
  readonly messages: readonly Message[]
  /** One bad message does not keep the others from being handled. */
  readonly bad: readonly BadMessage[]
}

/** The answer to a call. The error stands for a result that can't be unpacked: the call fails, and only it. */
export interface RpcResult {
  /** The id of the message that made the call. */
  readonly requestId: bigint
  readonly result: Uint8Array | DecodeError
}

const MSG_CONTAINER: number = 0x73f1f8dc
const MSG_COPY: number = 0xe06046b2 | 0
const GZIP_PACKED: number = 0x3072cfa1
const RPC_RESULT: number = 0xf35c6d01 | 0

/** A container may hold so many messages (service messages, "Containers": more are refused by some servers). */
export const MAX_CONTAINER_MESSAGES = 1020
/** What a container adds: its id and its count; and for each message: msg_id, seqno and bytes. */
export const CONTAINER_OVERHEAD = 8
export const CONTAINED_OVERHEAD = 16
/** All that one packet may unpack to, so that a few packed bytes can't fill the memory. */
export const MAX_UNPACKED: number = 16 * 1024 * 1024
/** Deflate makes at most so many bytes of one (RFC 1951: 258 of two bits, and what its codes cost). */
const MAX_RATIO = 1032

/** What is left of the bytes that one packet may unpack to. */
export interface Budget {
  left: number
}

/** The budget of a new packet. */
export function packetBudget(): Budget {
  return { left: MAX_UNPACKED }
}

/** The constructor id that a body begins with, signed; undefined for less than four bytes. */
export function constructorOf(body: Uint8Array): number | undefined {
  // Asked several times for every message: a view each time was 8 % of the garbage of a call.
  return body.length < 4 ? undefined : body[0]! | (body[1]! << 8) | (body[2]! << 16) | (body[3]! << 24)
}

/** Whether a body is a container. */
export function isContainer(body: Uint8Array): boolean {
  return constructorOf(body) === MSG_CONTAINER
}

/** Whether a body is packed. */
export function isGzipPacked(body: Uint8Array): boolean {
  return constructorOf(body) === GZIP_PACKED
}

/** Whether a body is the answer to a call. */
export function isRpcResult(body: Uint8Array): boolean {
  return constructorOf(body) === RPC_RESULT
}

/**
 * Takes a message apart as far as it goes: containers (not nested), packed bodies (one level), copies.
 * A DecodeError means a container whose borders are broken: none of its messages counts.
 */
export function readPacked(outer: Message, budget: Budget = packetBudget()): Unpacked | DecodeError {
  const messages: Message[] = []
  const bad: BadMessage[] = []
  const { messageId, seqNo } = outer
  try {
    const body = unpackBody(outer.body, budget)
    if (!isContainer(body)) {
      messages.push(unwrapCopy({ messageId, seqNo, body }, budget))
      return { container: false, messages, bad }
    }
    for (const message of readContainer(body)) readContained(message, budget, messages, bad)
    return { container: true, messages, bad }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    if (isContainer(outer.body)) return error
    return { container: false, messages: [], bad: [{ messageId, seqNo, error }] }
  }
}

function readContained(message: Message, budget: Budget, messages: Message[], bad: BadMessage[]): void {
  const { messageId, seqNo } = message
  try {
    const unpacked = unwrapCopy({ messageId, seqNo, body: unpackBody(message.body, budget) }, budget)
    if (isContainer(unpacked.body)) throw new DecodeError('expected no container inside a container')
    messages.push(unpacked)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    bad.push({ messageId, seqNo, error })
  }
}

function readContainer(body: Uint8Array): readonly Message[] {
  const view = viewOf(body)
  if (body.length < CONTAINER_OVERHEAD) throw new DecodeError('expected a container, got only its id')
  const count = view.getInt32(4, true)
  if (count < 0 || count > MAX_CONTAINER_MESSAGES) {
    throw new DecodeError(`expected a container of at most ${MAX_CONTAINER_MESSAGES} messages, got ${count}`)
  }
  const messages: Message[] = []
  let at = CONTAINER_OVERHEAD
  for (let index = 0; index < count; index++) {
    const message = readMessage(body, view, at)
    messages.push(message)
    at += CONTAINED_OVERHEAD + message.body.length
  }
  if (at !== body.length) throw new DecodeError(`expected the end of the container, got ${body.length - at} more bytes`)
  return messages
}

/** `message msg_id:long seqno:int bytes:int body:Object`: its length counts, not what a reader makes of it. */
function readMessage(bytes: Uint8Array, view: DataView, at: number): Message {
  const left = bytes.length - at - CONTAINED_OVERHEAD
  if (left < 0) throw new DecodeError(`expected one more message, got ${bytes.length - at} bytes`)
  const length = view.getInt32(at + 12, true)
  if (length < 0 || length > left || length % 4 !== 0) {
    throw new DecodeError(`expected a message of at most ${left} bytes in whole words, got a length of ${length}`)
  }
  const from = at + CONTAINED_OVERHEAD
  const body = bytes.subarray(from, from + length)
  return { messageId: view.getBigInt64(at, true), seqNo: view.getInt32(at + 8, true), body }
}

/** `msg_copy orig_message:Message`: historic; what counts is the message inside. */
function unwrapCopy(message: Message, budget: Budget): Message {
  const { body } = message
  if (constructorOf(body) !== MSG_COPY) return message
  const { messageId, seqNo, body: inner } = readMessage(body, viewOf(body), 4)
  const original = { messageId, seqNo, body: unpackBody(inner, budget) }
  const id = constructorOf(original.body)
  if (id === MSG_COPY || id === MSG_CONTAINER)
    throw new DecodeError(`expected a plain message copied, got ${idText(id)}`)
  return original
}

function unpackBody(body: Uint8Array, budget: Budget): Uint8Array {
  return isGzipPacked(body) ? ungzipWithin(body, budget) : body
}

/**
 * The object in a `gzip_packed`.
 *
 * @throws {DecodeError} when it is damaged, longer than `limit`, or packed once more.
 */
export function ungzip(body: Uint8Array, limit: number = MAX_UNPACKED): Uint8Array {
  return ungzipWithin(body, { left: limit })
}

function ungzipWithin(body: Uint8Array, budget: Budget): Uint8Array {
  const packed = decode(body, readGzipPacked)
  if (budget.left <= 0) throw new DecodeError('gzip: the packet unpacks to too many bytes')
  // One that fails has been unpacked too, nobody knows how far: or many of them would cost more than the limit.
  let cost = packed.length * MAX_RATIO
  try {
    const unpacked = gunzip(packed, budget.left)
    cost = unpacked.length
    if (isGzipPacked(unpacked)) throw new DecodeError('gzip: expected an object packed once, got one packed twice')
    return unpacked
  } finally {
    budget.left -= cost
  }
}

function readGzipPacked(): Uint8Array {
  const id = readId()
  if (id !== GZIP_PACKED) throw new DecodeError(`expected gzip_packed, got ${idText(id)}`)
  return readBytes()
}

/** A `gzip_packed` of the body. Whether that is shorter is for the caller to see. */
export function writeGzipPacked(body: Uint8Array): Uint8Array {
  return encode(gzip(body), (packed, position) => writeBytes(packed, writeInt(GZIP_PACKED, position)))
}

/** It makes no sense to pack so few bytes (service messages, "Packed Object"), */
const LEAST_PACKED = 255
/** nor to save less than a tenth, */
const WORTHWHILE = 0.9
/** and of a big body, which may be a photo, a sample from its middle is tried first. */
const BIG = 16_384
const SAMPLE = 1_024

/** How the body of a call travels: as something shorter, or as it is. */
export type Pack = (body: Uint8Array) => Uint8Array

/**
 * Packs calls by gzip where that pays: what clients on Node do, and others as the option `pack`.
 * https://core.telegram.org/mtproto/service_messages#packed-object
 */
export function gzipCall(body: Uint8Array): Uint8Array {
  if (body.length <= LEAST_PACKED) return body
  if (body.length > BIG) {
    const from = (body.length - SAMPLE) >> 1
    if (gzip(body.subarray(from, from + SAMPLE)).length > SAMPLE * WORTHWHILE) return body
  }
  const packed = writeGzipPacked(body)
  return packed.length <= body.length * WORTHWHILE ? packed : body
}

/** A container of the messages, in order. */
export function writeContainer(messages: readonly Message[]): Uint8Array {
  if (messages.length > MAX_CONTAINER_MESSAGES) {
    throw new UsageError(`expected at most ${MAX_CONTAINER_MESSAGES} messages, got ${messages.length}`)
  }
  let length = CONTAINER_OVERHEAD
  for (const { body } of messages) length += CONTAINED_OVERHEAD + body.length
  const container = new Uint8Array(length)
  const view = viewOf(container)
  view.setInt32(0, MSG_CONTAINER, true)
  view.setInt32(4, messages.length, true)
  let at = CONTAINER_OVERHEAD
  for (const { messageId, seqNo, body } of messages) {
    if (body.length % 4 !== 0) throw new UsageError(`expected a body of whole 4-byte words, got ${body.length} bytes`)
    view.setBigInt64(at, messageId, true)
    view.setInt32(at + 8, seqNo, true)
    view.setInt32(at + 12, body.length, true)
    container.set(body, at + CONTAINED_OVERHEAD)
    at += CONTAINED_OVERHEAD + body.length
  }
  return container
}

/** Whose answer an `rpc_result` is, read without unpacking it. A DecodeError: it is no such thing. */
export function readRequestId(body: Uint8Array): bigint | DecodeError {
  if (body.length < 16 || !isRpcResult(body)) return new DecodeError('expected rpc_result with a result')
  return viewOf(body).getBigInt64(4, true)
}

/**
 * Reads `rpc_result req_msg_id:long result:Object`, unpacking the result from what is left to its packet.
 * A DecodeError: it is no such thing.
 */
export function readRpcResult(body: Uint8Array, budget: Budget = packetBudget()): RpcResult | DecodeError {
  const requestId = readRequestId(body)
  if (requestId instanceof DecodeError) return requestId
  try {
    return { requestId, result: unpackBody(body.subarray(12), budget) }
  } catch (error) {
    if (error instanceof DecodeError) return { requestId, result: error }
    throw error
  }
}

/** The answer to the call that came in the message `requestId`. */
export function writeRpcResult(requestId: bigint, result: Uint8Array): Uint8Array {
  const body = new Uint8Array(12 + result.length)
  const view = viewOf(body)
  view.setInt32(0, RPC_RESULT, true)
  view.setBigInt64(4, requestId, true)
  body.set(result, 12)
  return body
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
