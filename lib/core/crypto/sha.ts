/** The hashes of MTProto: SHA-1, SHA-256 and HMAC-SHA-256. */
import { hmacSha256 as keyedHash, platform } from '#crypto'

/** SHA-1 of the parts joined: 20 bytes. */
export function sha1(...parts: readonly Uint8Array[]): Uint8Array {
  return platform.sha1(parts)
}

/** SHA-256 of the parts joined: 32 bytes. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return platform.sha256(parts)
}

/** HMAC-SHA-256 of the parts joined: 32 bytes. */
export function hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  return keyedHash(key, parts)
}
