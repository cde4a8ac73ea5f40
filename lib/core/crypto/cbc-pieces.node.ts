/** AES-256-IGE encryption by OpenSSL's CBC, which is what it does with the processor's AES. */
import { createCipheriv } from 'node:crypto'
import type { Arena } from './arena.ts'
import { layout } from './wasm-module.ts'

const { capacity, data, mixed } = layout

/**
 * For q(i) = p(i) xor p(i-2), CBC of q from c(0) gives c(i) xor p(i-1): with two passes of XOR around it CBC becomes
 * IGE. `source` and `target` are of the same length, and may be the same.
 */
export function cbcPieces(arena: Arena, key: Uint8Array, iv: Uint8Array, source: Uint8Array, target: Uint8Array): void {
  const { bytes } = arena
  const cipher = createCipheriv('aes-256-cbc', key, iv.subarray(0, 16)).setAutoPadding(false)
  // p(-1) is zero, and p(0) the iv's.
  bytes.fill(0, data - 32, data - 16)
  bytes.set(iv.subarray(16), data - 16)
  for (let done = 0; done < source.length; done += capacity) {
    const piece = source.subarray(done, done + capacity)
    const size = piece.length
    bytes.set(piece, data)
    arena.mix(size)
    bytes.set(cipher.update(bytes.subarray(mixed, mixed + size)), mixed)
    arena.unmix(size)
    target.set(bytes.subarray(mixed, mixed + size), done)
    bytes.copyWithin(data - 32, data + size - 32, data + size)
  }
  const used = Math.min(capacity, source.length)
  arena.wipe()
  bytes.fill(0, data, data + used)
  // The passes go a little beyond the end, over what they must not leave there.
  bytes.fill(0, mixed, mixed + used + 64)
}
