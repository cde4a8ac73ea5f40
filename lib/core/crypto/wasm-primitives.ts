/** SHA-256, AES-256-IGE and CTR by the WebAssembly module, in pieces that fit into its memory. */
import type { Arena } from './arena.ts'
import type { CryptoPlatform } from './crypto-platform.ts'
import { layout } from './wasm-module.ts'

const { capacity, counter, data, encryptKeys, hash, iv: ivPlace, key: keyPlace, schedule: words } = layout
/** 15 round keys. */
const SCHEDULE = 240
/** Sixteen words of a message. */
const WORDS = 64

/** Makes an array whose bytes will all be written. */
export type Allocate = (length: number) => Uint8Array

/** See CryptoPlatform. */
export function wasmPrimitives(
  arena: Arena,
  allocate: Allocate = (length) => new Uint8Array(length),
): Pick<CryptoPlatform, 'sha256' | 'igeEncrypt' | 'igeDecrypt' | 'ctrStream'> {
  const { bytes } = arena

  const ige = (source: Uint8Array, run: (at: number, blocks: number) => void) => {
    let result: Uint8Array
    if (source.length <= capacity) {
      bytes.set(source, data)
      run(data, source.length >> 4)
      result = bytes.slice(data, data + source.length)
    } else {
      result = allocate(source.length)
      for (let done = 0; done < source.length; done += capacity) {
        const piece = source.subarray(done, done + capacity)
        bytes.set(piece, data)
        run(data, piece.length >> 4)
        result.set(bytes.subarray(data, data + piece.length), done)
      }
    }
    arena.wipe()
    bytes.fill(0, data, data + Math.min(capacity, source.length))
    return result
  }

  return {
    sha256(parts) {
      arena.shaBegin()
      let filled = 0
      let total = 0
      for (const part of parts) {
        total += part.length
        for (let done = 0; done < part.length; ) {
          const size = Math.min(part.length - done, capacity - filled)
          bytes.set(size === part.length ? part : part.subarray(done, done + size), data + filled)
          done += size
          filled += size
          if (filled < capacity) continue
          arena.shaBlocks(data, capacity >> 6)
          filled = 0
        }
      }
      arena.shaEnd(data, filled, total)
      const digest = bytes.slice(hash, hash + 32)
      bytes.fill(0, hash, words + WORDS)
      bytes.fill(0, data, data + Math.min(capacity, total + 128))
      return digest
    },

    igeEncrypt(source, key, iv) {
      bytes.set(key, keyPlace)
      bytes.set(iv, ivPlace)
      arena.expandEncrypt()
      return ige(source, arena.igeEncrypt)
    },

    igeDecrypt(source, key, iv) {
      bytes.set(key, keyPlace)
      bytes.set(iv, ivPlace)
      arena.expandDecrypt()
      return ige(source, arena.igeDecrypt)
    },

    ctrStream(key, iv) {
      bytes.set(key, keyPlace)
      arena.expandEncrypt()
      const schedule = bytes.slice(encryptKeys, encryptKeys + SCHEDULE)
      arena.wipe()
      const next = Uint8Array.from(iv)
      /** How much of the block that `next` counts is used up. The rest of it is made anew, which is one block. */
      let used = 0
      return (source) => {
        if (source.length === 0) return new Uint8Array(0)
        const whole = source.length <= capacity - used
        let result = whole ? source : allocate(source.length)
        bytes.set(schedule, encryptKeys)
        bytes.set(next, counter)
        for (let done = 0; done < source.length; ) {
          const size = Math.min(source.length - done, capacity - used)
          const end = used + size
          bytes.set(whole ? source : source.subarray(done, done + size), data + used)
          arena.ctr(data, (end + 15) >> 4, end >> 4)
          if (whole) result = bytes.slice(data + used, data + end)
          else result.set(bytes.subarray(data + used, data + end), done)
          done += size
          used = end & 15
        }
        next.set(bytes.subarray(counter, counter + 16))
        arena.wipe()
        bytes.fill(0, data, data + Math.min(capacity, source.length + 32))
        return result
      }
    },
  }
}
