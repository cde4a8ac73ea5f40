/**
 * Whole messages of MTProto 2.0: msg_key, key derivation and AES-256-IGE in one step, in place.
 * https://core.telegram.org/mtproto/description
 *
 *     packet: auth_key_id (8) | msg_key (16) | ciphertext, as long as the plaintext
 */
import type { AuthKey, Side } from './auth-key.ts'

/** auth_key_id and msg_key. */
export const PACKET_HEADER = 24

/** Where a plaintext is to be written, from `at` on. Good until it is sealed, and for nothing else. */
export interface Place {
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly at: number
}

/** What was in a packet. */
export interface Plaintext {
  readonly plaintext: Uint8Array
  /** What a quick ack of the packet says: an unsigned number of 32 bits with the highest one set. */
  readonly quickAckToken: number
}

/** One way to do it. All ways give the same bytes. Lengths are whole blocks, and are checked by the caller. */
export interface MessageCipher {
  /** A place for a plaintext of that length. Nothing else may use the cipher until it is sealed. */
  readonly place: (length: number) => Place
  /** Seals what was written to the place: the packet, the caller's own. */
  readonly seal: (key: AuthKey, from: Side, place: Place, length: number) => Uint8Array
  /**
   * Opens a packet of whole blocks; undefined, if its msg_key isn't that of the plaintext. With `reuse` the plaintext
   * takes the place of the ciphertext, whether it is good or not; else the packet is left alone.
   */
  readonly open: (key: AuthKey, from: Side, packet: Uint8Array, reuse: boolean) => Plaintext | undefined
}

/** "x" of the description: where a direction's part of the auth key begins. */
export function directionOffset(from: Side): number {
  return from === 'client' ? 0 : 8
}

/** The place in a packet that is made now, header and all. */
export function packetPlace(packet: Uint8Array): Place {
  return { bytes: packet, view: new DataView(packet.buffer, packet.byteOffset, packet.length), at: PACKET_HEADER }
}

/** The token is the beginning of msg_key_large (https://core.telegram.org/mtproto/mtproto-transports#quick-ack). */
export function tokenOf(large: Uint8Array): number {
  return (large[0]! | (large[1]! << 8) | (large[2]! << 16) | (large[3]! << 24) | 0x8000_0000) >>> 0
}
