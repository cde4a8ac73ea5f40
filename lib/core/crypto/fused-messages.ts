/** Whole messages by the WebAssembly module: one call each up to 64 KiB, in pieces beyond. */
import { withRoom } from '../room.ts'
import type { Arena } from './arena.ts'
import type { AuthKey, Side } from './auth-key.ts'
import { directionOffset, type MessageCipher, PACKET_HEADER, type Place, packetPlace } from './message-cipher.ts'
import { layout } from './wasm-module.ts'

const { authKey, capacity, data, hash, header, messageKey } = layout

/** The most that SHA-256 puts behind a message. */
const HASH_PADDING = 72

/** See MessageCipher. */
export function fusedMessages(arena: Arena): MessageCipher {
  const place: Place = { bytes: arena.bytes, view: arena.view, at: data }
  return {
    place: (length) => (length <= capacity ? place : packetPlace(withRoom(PACKET_HEADER + length))),
    seal(key, from, target, length) {
      arena.bytes.set(key.bytes, authKey)
      if (target.bytes !== arena.bytes) return sealLong(arena, key, from, target, length)
      arena.seal(directionOffset(from), length)
      arena.view.setBigInt64(header, key.id, true)
      const packet = arena.bytes.slice(header, data + length)
      clear(arena, length)
      return packet
    },
    open(key, from, packet, reuse) {
      const length = packet.length - PACKET_HEADER
      arena.bytes.set(key.bytes, authKey)
      if (length > capacity) return openLong(arena, from, packet, reuse)
      arena.bytes.set(packet, header)
      const quickAckToken = arena.open(directionOffset(from), length) >>> 0
      const opened =
        quickAckToken === 0 ? undefined : { plaintext: takeOut(arena, packet, length, reuse), quickAckToken }
      clear(arena, length)
      return opened
    },
  }
}

/** Wipes what a message of that length has left: header, data, and the padding of the hash behind it. */
export function clear({ bytes }: Arena, length: number): void {
  bytes.fill(0, header, data + Math.min(capacity, length) + HASH_PADDING)
}

/** The plaintext as the caller's own: in place of the ciphertext, or a copy. */
export function takeOut({ bytes }: Arena, packet: Uint8Array, length: number, reuse: boolean): Uint8Array {
  if (!reuse) return bytes.slice(data, data + length)
  packet.set(bytes.subarray(data, data + length), PACKET_HEADER)
  return packet.subarray(PACKET_HEADER)
}

/** Twice through the arena, since the key hangs on the hash of everything. */
function sealLong(
  arena: Arena,
  key: AuthKey,
  from: Side,
  { bytes: packet, view, at }: Place,
  length: number,
): Uint8Array {
  const { bytes } = arena
  const x = directionOffset(from)
  bytes.copyWithin(data - 32, authKey + 88 + x, authKey + 120 + x)
  arena.shaBegin()
  for (let done = 0; done < length; done += capacity) {
    const size = Math.min(capacity, length - done)
    bytes.set(packet.subarray(at + done, at + done + size), data)
    hashPiece(arena, size, done + size === length ? length : undefined)
  }
  bytes.copyWithin(messageKey, hash + 8, hash + 24)
  view.setBigInt64(0, key.id, true)
  packet.set(bytes.subarray(messageKey, messageKey + 16), 8)
  arena.deriveKey(x)
  arena.expandEncrypt()
  for (let done = 0; done < length; done += capacity) {
    const piece = packet.subarray(at + done, at + Math.min(done + capacity, length))
    bytes.set(piece, data)
    arena.igeEncrypt(data, piece.length >> 4)
    piece.set(bytes.subarray(data, data + piece.length))
  }
  arena.wipe()
  clear(arena, length)
  return packet
}

/** Once through the arena: each piece is hashed as soon as it is plain. */
function openLong(arena: Arena, from: Side, packet: Uint8Array, reuse: boolean): ReturnType<MessageCipher['open']> {
  const { bytes, view } = arena
  const x = directionOffset(from)
  const length = packet.length - PACKET_HEADER
  const plaintext = reuse ? packet.subarray(PACKET_HEADER) : new Uint8Array(length)
  bytes.set(packet.subarray(8, PACKET_HEADER), messageKey)
  arena.deriveKey(x)
  arena.expandDecrypt()
  bytes.copyWithin(data - 32, authKey + 88 + x, authKey + 120 + x)
  arena.shaBegin()
  for (let done = 0; done < length; done += capacity) {
    const size = Math.min(capacity, length - done)
    bytes.set(packet.subarray(PACKET_HEADER + done, PACKET_HEADER + done + size), data)
    arena.igeDecrypt(data, size >> 4)
    plaintext.set(bytes.subarray(data, data + size), done)
    hashPiece(arena, size, done + size === length ? length : undefined)
  }
  // All of it is compared, whatever differs.
  let difference = 0
  for (let i = 0; i < 16; i++) difference |= bytes[hash + 8 + i]! ^ packet[8 + i]!
  const quickAckToken = (view.getInt32(hash, true) | 0x8000_0000) >>> 0
  arena.wipe()
  clear(arena, length)
  return difference === 0 ? { plaintext, quickAckToken } : undefined
}

/** Hashes a piece and the 32 bytes before it; what is left of it goes before the next one. `total` ends the hash. */
function hashPiece(arena: Arena, size: number, total: number | undefined): void {
  if (total !== undefined) {
    arena.shaEnd(data - 32, 32 + size, 32 + total)
    return
  }
  arena.shaBlocks(data - 32, capacity >> 6)
  arena.bytes.copyWithin(data - 32, data + capacity - 32, data + capacity)
}
