/**
 * Copies of a few bytes. An array of more than 64 bytes has memory of its own, whose making costs several times what
 * copying does, so small copies are cut out of slabs, one behind the other; each is nobody else's, though its `buffer`
 * is shared.
 */

/** Arrays up to here lie inside the heap and are cheap to make. */
const CHEAP = 64
/** From here on a copy is large enough for memory of its own, and would pin too much of somebody else's. */
const PART = 1024
const SIZE = 8192

let slab: Uint8Array = new Uint8Array(0)
let used = 0

/** A copy of `length` bytes of `from`, beginning at `start`. */
export function copyBytes(from: Uint8Array, start: number, length: number): Uint8Array {
  if (length <= CHEAP || length > PART) return from.slice(start, start + length)
  // A slab that was transferred to another thread has no length any more.
  if (used + length > slab.length) {
    slab = new Uint8Array(SIZE)
    used = 0
  }
  const copy = slab.subarray(used, used + length)
  copy.set(from.subarray(start, start + length))
  used += (length + 7) & ~7
  return copy
}
