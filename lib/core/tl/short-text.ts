const text = String.fromCharCode

/**
 * The text of 1 to 16 bytes, or the empty string when one of them is not ASCII (or there are more).
 *
 * Why so plain: a call of fromCharCode with a fixed number of arguments makes a flat string two to six times as fast
 * as any decoder does, and nearly all strings of the schema are this short: names, languages, MIME types.
 */
export function shortText(bytes: Uint8Array, at: number, length: number): string {
  const a = bytes[at]!
  if (length === 1) return a < 128 ? text(a) : ''
  const b = bytes[at + 1]!
  let all = a | b
  if (length === 2) return all < 128 ? text(a, b) : ''
  const c = bytes[at + 2]!
  all |= c
  if (length === 3) return all < 128 ? text(a, b, c) : ''
  const d = bytes[at + 3]!
  all |= d
  if (length === 4) return all < 128 ? text(a, b, c, d) : ''
  const e = bytes[at + 4]!
  all |= e
  if (length === 5) return all < 128 ? text(a, b, c, d, e) : ''
  const f = bytes[at + 5]!
  all |= f
  if (length === 6) return all < 128 ? text(a, b, c, d, e, f) : ''
  const g = bytes[at + 6]!
  all |= g
  if (length === 7) return all < 128 ? text(a, b, c, d, e, f, g) : ''
  const h = bytes[at + 7]!
  all |= h
  if (length === 8) return all < 128 ? text(a, b, c, d, e, f, g, h) : ''
  const i = bytes[at + 8]!
  all |= i
  if (length === 9) return all < 128 ? text(a, b, c, d, e, f, g, h, i) : ''
  const j = bytes[at + 9]!
  all |= j
  if (length === 10) return all < 128 ? text(a, b, c, d, e, f, g, h, i, j) : ''
  const k = bytes[at + 10]!
  all |= k
  if (length === 11) return all < 128 ? text(a, b, c, d, e, f, g, h, i, j, k) : ''
  const l = bytes[at + 11]!
  all |= l
  if (length === 12) return all < 128 ? text(a, b, c, d, e, f, g, h, i, j, k, l) : ''
  const m = bytes[at + 12]!
  all |= m
  if (length === 13) return all < 128 ? text(a, b, c, d, e, f, g, h, i, j, k, l, m) : ''
  const n = bytes[at + 13]!
  all |= n
  if (length === 14) return all < 128 ? text(a, b, c, d, e, f, g, h, i, j, k, l, m, n) : ''
  const o = bytes[at + 14]!
  all |= o
  if (length === 15) return all < 128 ? text(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o) : ''
  const p = bytes[at + 15]!
  all |= p
  if (length === 16) return all < 128 ? text(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p) : ''
  return ''
}
