/**
 * Copies of a few bytes. Making an array with memory of its own costs several times what the copying does, and TL is
 * full of file references, thumbnails and short calls; so small copies are cut out of slabs, one behind the other.
 * Each is nobody else's. Only `buffer` is shared, as with Node's small Buffers: what goes where buffers are taken whole
 * (a transfer, a database of the browser) is better copied first.
 */
import { unfilled } from '#unfilled'

/** Up to here a copy lies in V8's own heap, which is quicker than any slab (46 ns against 80, Node 20). */
const IN_HEAP = 64
/** From here on a copy has memory of its own: it would pin too much of somebody else's. */
const PART = 1024
const SIZE = 8192

let slab: Uint8Array = new Uint8Array(0)
let used = 0

/** A copy of `length` bytes of `from`, beginning at `start`. */
export function copyBytes(from: Uint8Array, start: number, length: number): Uint8Array {
  if (length <= IN_HEAP) return from.slice(start, start + length)
  if (length > PART) {
    // Filling it with zeros first would cost as much as the copying.
    const whole = unfilled(length)
    whole.set(from.subarray(start, start + length))
    return whole
  }
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
