/** UTF-8 both ways on Node: the native functions behind Buffer, which take any Uint8Array and are faster than TextDecoder. */
import { decodeUnits, MAX_UNITS, unitBytes, unitText } from './utf8.ts'

interface NativeText {
  readonly utf8Slice: (this: Uint8Array, start: number, end: number) => string
  readonly ucs2Slice: (this: Uint8Array, start: number, end: number) => string
  readonly utf8Write: (this: Uint8Array, text: string, at: number) => number
}

const { utf8Slice, ucs2Slice, utf8Write } = Buffer.prototype as unknown as NativeText

/**
 * Up to here a text that is not ASCII is decoded by hand into UTF-16. From Node 24 on the native decoder is quick with
 * those too, and wins soon; on big-endian machines the units would stand the wrong way round.
 */
const BY_HAND = new Uint8Array(new Uint16Array([1]).buffer)[0] === 0 ? 0 : isOld() ? MAX_UNITS : 40

/** Up to here a string is made of units faster without a native call. */
const FEW = 8

function isOld(): boolean {
  return Number.parseInt(process.versions.node, 10) < 24
}

/** The text of `bytes` from `start` to `end`. Never throws for bad UTF-8: bad bytes become U+FFFD. */
export function decodeText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= BY_HAND && looksForeign(bytes, start, end)) {
    const units = decodeUnits(bytes, start, end)
    if (units !== -1) return units <= FEW ? unitText(units) : ucs2Slice.call(unitBytes, 0, units * 2)
  }
  return utf8Slice.call(bytes, start, end)
}

/** Whether the beginning is not ASCII: a text in another script shows it at once, and one in Latin letters is quick anyway. */
function looksForeign(bytes: Uint8Array, start: number, end: number): boolean {
  let all = 0
  for (let at = Math.min(end, start + 8) - 1; at >= start; at--) all |= bytes[at]!
  return all > 127
}

/** Writes `text` at `at` and returns how many bytes that took. The caller has made room for three a UTF-16 unit. */
export function encodeText(text: string, target: Uint8Array, at: number): number {
  return utf8Write.call(target, text, at)
}
