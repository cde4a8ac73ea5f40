/** Base64 as people paste it: RFC 4648 sections 4 and 5. */

/** So many bytes at once become characters: arguments of a call are limited. */
const CHUNK = 4096

/** The bytes of base64url or base64, with or without its padding, white space in it or not; undefined for what is neither. */
export function fromBase64(text: string): Uint8Array | undefined {
  let characters: string
  try {
    characters = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  } catch {
    return undefined
  }
  // A loop: `from` with a function makes garbage of hundreds of times the size.
  const bytes = new Uint8Array(characters.length)
  for (let i = 0; i < characters.length; i++) bytes[i] = characters.charCodeAt(i)
  return bytes
}

/** Base64 with padding. */
export function toBase64(bytes: Uint8Array): string {
  let characters = ''
  for (let at = 0; at < bytes.length; at += CHUNK) characters += String.fromCharCode(...bytes.subarray(at, at + CHUNK))
  return btoa(characters)
}
