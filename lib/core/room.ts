/**
 * Packets with free room around them, in which a frame is put around a packet without copying it. The room belongs to
 * the packet: whoever has the one may write to the other.
 */

/** Room on each side: the longest header of a frame is 8 bytes, the longest end 16. */
export const ROOM = 16

/** Smaller packets are copied: that is cheaper than knowing about their room. */
export const ROOM_FROM = 4096

const roomy = new WeakSet<ArrayBufferLike>()

/** Zeros, with room around them. */
export function withRoom(length: number): Uint8Array {
  const whole = new Uint8Array(ROOM + length + ROOM)
  if (length >= ROOM_FROM) roomy.add(whole.buffer)
  return whole.subarray(ROOM, ROOM + length)
}

/** The packet with `before` bytes in front of it and `behind` bytes behind it, if it has such room, and only once. */
export function takeRoom(packet: Uint8Array, before: number, behind: number): Uint8Array | undefined {
  const { buffer, byteOffset, length } = packet
  if (length < ROOM_FROM || byteOffset !== ROOM || buffer.byteLength !== length + 2 * ROOM) return undefined
  return roomy.delete(buffer) ? new Uint8Array(buffer, ROOM - before, before + length + behind) : undefined
}
