/** Base64 as people paste it: RFC 4648 sections 4 and 5. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** The bytes of base64url or base64, with or without its padding; undefined for what is neither. */
export function fromBase64(text: string): Uint8Array | undefined {
  const digits = text
    .replace(/={1,2}$/, '')
    .replaceAll('+', '-')
    .replaceAll('/', '_')
  if (digits.length % 4 === 1) return undefined
  const bytes = new Uint8Array((digits.length * 3) >> 2)
  let bits = 0
  let at = 0
  for (let i = 0; i < digits.length; i++) {
    const value = ALPHABET.indexOf(digits[i]!)
    if (value < 0) return undefined
    // Only the lowest bits count: at most 6 + 6 are still to come out.
    bits = ((bits << 6) | value) & 0xfff
    const have = (i & 3) * 2
    if (have !== 0) bytes[at++] = bits >> (6 - have)
  }
  return bytes
}
