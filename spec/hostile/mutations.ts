import { concat } from '../../lib/core/bytes.ts'
import {
  isContainer,
  isGzipPacked,
  isRpcResult,
  type Message,
  readPacked,
  ungzip,
  writeContainer,
  writeGzipPacked,
  writeRpcResult,
} from '../../lib/core/protocol/pack.ts'
import type { Draws } from './draws.ts'

/** Numbers on which bounds lie. */
const EDGES = [
  0, 1, 2, 3, 4, 7, 0x7f, 0xff, 0x100, 1020, 1021, 8193, 0xffff, 0xfffffe, 0xffffff, 0x1000000, 0x7ffffffc,
].concat([0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff])

/** Ids that make a reader turn somewhere. */
const IDS = [0x73f1f8dc, 0xe06046b2, 0x3072cfa1, 0xf35c6d01, 0x1cb5c415, 0x2144ca19, 0x997275b5, 0xedab447b, 0xa7eff811]
  .concat([0x9ec20908, 0x62d6b459, 0x347773c5, 0xae500895, 0x04deb57d, 0x8cc0d131, 0x276d3ec6, 0x809db6df, 0xda69fb52])
  .concat([0x7d861a08, 0x74ae4240, 0x5e2ad36e, 0xcd78e586, 0xa43ad8b7, 0xe22045fc, 0x62d350c9, 0x58e4a740, 0xb921bd04])

function setWord(bytes: Uint8Array, at: number, value: number): Uint8Array {
  if (at + 4 <= bytes.length) new DataView(bytes.buffer, bytes.byteOffset).setUint32(at, value >>> 0, true)
  return bytes
}

type Change = (bytes: Uint8Array, draws: Draws, others: readonly Uint8Array[]) => Uint8Array

/** What may happen to bytes. Each gives bytes of its own. */
const changes: Readonly<Record<string, Change>> = {
  flip(bytes, draws) {
    const copy = bytes.slice()
    const at = draws.below(copy.length)
    copy[at]! ^= 1 << draws.below(8)
    return copy
  },
  set(bytes, draws) {
    const copy = bytes.slice()
    copy[draws.below(copy.length)] = draws.pick([0, 1, 0x7f, 0x80, 0xfe, 0xff, draws.below(256)])
    return copy
  },
  word: (bytes, draws) => setWord(bytes.slice(), draws.below(bytes.length), draws.pick(EDGES)),
  length: (bytes, draws) => setWord(bytes.slice(), draws.below(2) * 4, draws.pick(EDGES.concat(bytes.length - 4))),
  cut: (bytes, draws) => bytes.slice(0, draws.below(bytes.length)),
  lose(bytes, draws) {
    const from = draws.below(bytes.length)
    return concat(bytes.subarray(0, from), bytes.subarray(from + 1 + draws.below(32)))
  },
  insert(bytes, draws) {
    const at = draws.below(bytes.length)
    return concat(bytes.subarray(0, at), draws.bytes(1 + draws.below(32)), bytes.subarray(at))
  },
  double(bytes, draws) {
    const from = draws.below(bytes.length)
    const to = from + 1 + draws.below(bytes.length - from)
    return concat(bytes.subarray(0, to), bytes.subarray(from))
  },
  splice(bytes, draws, others) {
    const other = draws.pick(others)
    return concat(bytes.subarray(0, draws.below(bytes.length)), other.subarray(draws.below(other.length)))
  },
  noise: (bytes, draws) => draws.bytes(bytes.length),
}

const names: readonly string[] = Object.keys(changes)

/** Changes bytes once or a few times. `others`: bytes of the same kind, to take parts of. */
export function mutated(bytes: Uint8Array, draws: Draws, others: readonly Uint8Array[]): Uint8Array {
  let changed = bytes
  for (let left = draws.pick([1, 1, 1, 2, 3]); left > 0 && changed.length > 0; left--)
    changed = changes[draws.pick(names)]!(changed, draws, others)
  return changed
}

/** What may happen to an object: it stays in whole words, as all of TL does. */
const objectChanges: readonly Change[] = [
  changes['flip']!,
  changes['flip']!,
  changes['set']!,
  (bytes, draws) => setWord(bytes.slice(), draws.below(bytes.length >> 2) * 4, draws.pick(EDGES)),
  (bytes, draws) => setWord(bytes.slice(), draws.below(bytes.length >> 2) * 4, draws.pick(IDS)),
  (bytes, draws) => setWord(bytes.slice(), 0, draws.pick(IDS)),
  (bytes, draws) => bytes.slice(0, draws.below((bytes.length >> 2) + 1) * 4),
  (bytes, draws) => {
    const from = draws.below(bytes.length >> 2) * 4
    return concat(bytes.subarray(0, from), bytes.subarray(from + 4 * (1 + draws.below(4))))
  },
  (bytes, draws) => {
    const at = draws.below(bytes.length >> 2) * 4
    return concat(bytes.subarray(0, at), draws.bytes(4 * (1 + draws.below(4))), bytes.subarray(at))
  },
  (bytes, draws, others) => {
    const other = draws.pick(others)
    const from = draws.below((other.length >> 2) + 1) * 4
    return concat(bytes.subarray(0, draws.below((bytes.length >> 2) + 1) * 4), other.subarray(from))
  },
  (bytes) => writeGzipPacked(bytes),
  (bytes, draws) => concat(...Array.from({ length: 1 + draws.below(8) }, () => bytes)),
]

/**
 * Changes a body somewhere inside: in one of the messages of a container, in what is packed, in a result. The borders
 * around it are made right again, so that the change is reached.
 */
export function mutatedBody(body: Uint8Array, draws: Draws, others: readonly Uint8Array[]): Uint8Array {
  const whole = draws.below(4) === 0 || body.length < 8
  if (!whole && isContainer(body)) return mutatedContainer(body, draws, others)
  if (!whole && isGzipPacked(body)) return writeGzipPacked(mutatedBody(ungzip(body), draws, others))
  if (!whole && isRpcResult(body) && body.length >= 16) {
    const requestId = new DataView(body.buffer, body.byteOffset).getBigInt64(4, true)
    return writeRpcResult(requestId, mutatedBody(body.subarray(12), draws, others))
  }
  let changed = body
  for (let left = draws.pick([1, 1, 2, 4]); left > 0 && changed.length >= 4; left--)
    changed = draws.pick(objectChanges)(changed, draws, others)
  return changed.slice(0, changed.length & ~3)
}

function mutatedContainer(body: Uint8Array, draws: Draws, others: readonly Uint8Array[]): Uint8Array {
  const unpacked = readPacked({ messageId: 1n, seqNo: 0, body })
  if (unpacked instanceof Error || unpacked.messages.length === 0) return body
  const at = draws.below(unpacked.messages.length)
  const messages: Message[] = unpacked.messages.map((message, index) =>
    index === at ? { ...message, body: mutatedBody(message.body, draws, others) } : message,
  )
  const [from, to] = [draws.below(messages.length), draws.below(messages.length)]
  switch (draws.below(8)) {
    case 0:
      messages.splice(from, 1)
      break
    case 1:
      messages.push(messages[from]!)
      break
    case 2:
      messages[from] = { ...messages[from]!, messageId: messages[to]!.messageId }
      break
    case 3:
      messages[from] = { ...messages[from]!, messageId: messages[from]!.messageId + BigInt(draws.pick([-8, -1, 1, 2])) }
      break
    case 4:
      messages[from] = { ...messages[from]!, seqNo: draws.pick(EDGES) | 0 }
      break
  }
  return writeContainer(messages)
}

/** Changes what stands before a body: salt, session, id, number. */
export function mutatedHeader(plaintext: Uint8Array, draws: Draws): Uint8Array {
  const view = new DataView(plaintext.buffer, plaintext.byteOffset)
  const second = 1n << 32n
  switch (draws.below(6)) {
    case 0:
      view.setBigInt64(0, BigInt(draws.below(1000)), true)
      break
    case 1:
      view.setBigInt64(8, BigInt(draws.below(1000)), true)
      break
    case 2:
      view.setBigInt64(16, view.getBigInt64(16, true) + BigInt(draws.below(2000) - 1000) * second, true)
      break
    case 3:
      view.setBigInt64(16, view.getBigInt64(16, true) ^ BigInt(1 + draws.below(7)), true)
      break
    case 4:
      view.setInt32(24, draws.pick(EDGES) | 0, true)
      break
    default:
      view.setInt32(28, draws.pick(EDGES.concat(plaintext.length)) | 0, true)
  }
  return plaintext
}
