/** What an auth key is, and whose messages it seals: types only. https://core.telegram.org/mtproto/description */

/** A key that client and server share. */
export interface AuthKey {
  /** What its packets begin with: the signed little-endian number that the last 8 bytes of its SHA-1 are. */
  readonly id: bigint
  /** 256 bytes, secret. */
  readonly bytes: Uint8Array
}

/** Who sends the message: the two directions use different parts of the key. */
export type Side = 'client' | 'server'
