/** UTF-8 both ways where there is only the web platform. `text.node.ts` is the same for Node. */
import { decodeUnits, unitText } from './utf8.ts'

/** A TL string may be cut inside a character: bad bytes become U+FFFD, and a byte order mark is text like any other. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const encoder = new TextEncoder()

/** Up to here decoding by hand is faster than TextDecoder, whose call alone costs as much. */
const BY_HAND = 20

/** The text of `bytes` from `start` to `end`. Never throws for bad UTF-8. */
export function decodeText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= BY_HAND) {
    const units = decodeUnits(bytes, start, end)
    if (units !== -1) return unitText(units)
  }
  return decoder.decode(bytes.subarray(start, end))
}

/** Writes `text` at `at` and returns how many bytes that took. The caller has made room for three a UTF-16 unit. */
export function encodeText(text: string, target: Uint8Array, at: number): number {
  return encoder.encodeInto(text, target.subarray(at)).written
}
