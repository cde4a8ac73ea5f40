/**
 * UTF-8 by hand, both ways, for texts so short that a native call costs more than its work, and (decoding) for texts
 * that are hardly ASCII at all, where it beats the native decoders too.
 */

/** How many UTF-16 units `decodeUnits` may be asked to make. */
export const MAX_UNITS = 512

const units: Uint16Array = new Uint16Array(MAX_UNITS)

/** The units that the last `decodeUnits` made, as bytes in the machine's order. */
export const unitBytes: Uint8Array = new Uint8Array(units.buffer)

/**
 * Decodes at most `MAX_UNITS` bytes and returns how many UTF-16 units they make, or -1 if they are not UTF-8: how
 * many U+FFFD that gives, the platform's decoder knows better.
 */
export function decodeUnits(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  let n = 0
  while (at < end) {
    const a = bytes[at++]!
    if (a < 0x80) {
      units[n++] = a
      continue
    }
    // c0 and c1 could only begin an overlong form; 80 to bf begin nothing.
    if (a < 0xc2 || at >= end) return -1
    const b = bytes[at++]!
    if ((b & 0xc0) !== 0x80) return -1
    if (a < 0xe0) {
      units[n++] = ((a & 0x1f) << 6) | (b & 0x3f)
      // Letters of a script with two bytes each come in words: stay here while they do.
      while (at + 1 < end) {
        const lead = bytes[at]!
        const next = bytes[at + 1]!
        if (lead < 0xc2 || lead > 0xdf || (next & 0xc0) !== 0x80) break
        units[n++] = ((lead & 0x1f) << 6) | (next & 0x3f)
        at += 2
      }
      continue
    }
    if (at >= end) return -1
    const c = bytes[at++]!
    if ((c & 0xc0) !== 0x80) return -1
    if (a < 0xf0) {
      const unit = ((a & 0x0f) << 12) | ((b & 0x3f) << 6) | (c & 0x3f)
      if (unit < 0x800 || (unit & 0xf800) === 0xd800) return -1
      units[n++] = unit
      continue
    }
    if (at >= end) return -1
    const d = bytes[at++]!
    if ((d & 0xc0) !== 0x80 || a > 0xf4) return -1
    const rest = (((a & 0x07) << 18) | ((b & 0x3f) << 12) | ((c & 0x3f) << 6) | (d & 0x3f)) - 0x10000
    if (rest < 0 || rest > 0xfffff) return -1
    units[n++] = 0xd800 | (rest >> 10)
    units[n++] = 0xdc00 | (rest & 0x3ff)
  }
  return n
}

const text = String.fromCharCode

/** The first `n` units that the last `decodeUnits` made. */
export function unitText(n: number): string {
  let start = ''
  let i = 0
  for (; i + 4 < n; i += 4) start += text(units[i]!, units[i + 1]!, units[i + 2]!, units[i + 3]!)
  return start + lastUnits(i, n - i)
}

/** At most four: with a fixed number of arguments no string is made but the one that is wanted, as for an emoji. */
function lastUnits(at: number, n: number): string {
  if (n === 0) return ''
  if (n === 1) return text(units[at]!)
  if (n === 2) return text(units[at]!, units[at + 1]!)
  if (n === 3) return text(units[at]!, units[at + 1]!, units[at + 2]!)
  return text(units[at]!, units[at + 1]!, units[at + 2]!, units[at + 3]!)
}

/** Writes `text` at `start` and returns how many bytes that took. A lone surrogate becomes U+FFFD. */
export function encodeUnits(text: string, target: Uint8Array, start: number): number {
  let at = start
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) {
      target[at++] = unit
    } else if (unit < 0x800) {
      target[at++] = 0xc0 | (unit >> 6)
      target[at++] = 0x80 | (unit & 0x3f)
    } else if ((unit & 0xf800) !== 0xd800) {
      at = writeThree(unit, target, at)
    } else {
      const low = unit < 0xdc00 ? text.charCodeAt(i + 1) : 0
      if ((low & 0xfc00) !== 0xdc00) {
        at = writeThree(0xfffd, target, at)
      } else {
        i++
        at = writeFour(0x10000 + ((unit & 0x3ff) << 10) + (low & 0x3ff), target, at)
      }
    }
  }
  return at - start
}

function writeThree(code: number, target: Uint8Array, at: number): number {
  target[at] = 0xe0 | (code >> 12)
  target[at + 1] = 0x80 | ((code >> 6) & 0x3f)
  target[at + 2] = 0x80 | (code & 0x3f)
  return at + 3
}

function writeFour(code: number, target: Uint8Array, at: number): number {
  target[at] = 0xf0 | (code >> 18)
  target[at + 1] = 0x80 | ((code >> 12) & 0x3f)
  target[at + 2] = 0x80 | ((code >> 6) & 0x3f)
  target[at + 3] = 0x80 | (code & 0x3f)
  return at + 4
}
