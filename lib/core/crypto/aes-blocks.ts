/** AES-256-IGE, and CTR as one endless stream, out of the single blocks of @noble/ciphers, which has neither. */
import type { unsafe } from '@noble/ciphers/aes.js'

/** The part of @noble/ciphers that works block by block. */
export type AesBlocks = Pick<typeof unsafe, 'expandKeyLE' | 'expandKeyDecLE' | 'encrypt' | 'decrypt' | 'ctrCounter'>

/** IGE both ways, with arguments as in CryptoPlatform. */
export interface IgeBlocks {
  readonly encrypt: (data: Uint8Array, key: Uint8Array, iv: Uint8Array) => Uint8Array
  readonly decrypt: (data: Uint8Array, key: Uint8Array, iv: Uint8Array) => Uint8Array
}

/** AES-256-IGE block by block. */
export function nobleIge(aes: AesBlocks): IgeBlocks {
  return {
    encrypt(data, key, iv) {
      const schedule = aes.expandKeyLE(key)
      const result = new Uint8Array(data.length)
      const input = words(data)
      const output = new Int32Array(result.buffer)
      let c0 = wordAt(iv, 0)
      let c1 = wordAt(iv, 4)
      let c2 = wordAt(iv, 8)
      let c3 = wordAt(iv, 12)
      let p0 = wordAt(iv, 16)
      let p1 = wordAt(iv, 20)
      let p2 = wordAt(iv, 24)
      let p3 = wordAt(iv, 28)
      for (let i = 0; i < input.length; i += 4) {
        const x0 = input[i]!
        const x1 = input[i + 1]!
        const x2 = input[i + 2]!
        const x3 = input[i + 3]!
        const { s0, s1, s2, s3 } = aes.encrypt(schedule, x0 ^ c0, x1 ^ c1, x2 ^ c2, x3 ^ c3)
        output[i] = c0 = s0 ^ p0
        output[i + 1] = c1 = s1 ^ p1
        output[i + 2] = c2 = s2 ^ p2
        output[i + 3] = c3 = s3 ^ p3
        p0 = x0
        p1 = x1
        p2 = x2
        p3 = x3
      }
      schedule.fill(0)
      return result
    },
    decrypt(data, key, iv) {
      const schedule = aes.expandKeyDecLE(key)
      const result = new Uint8Array(data.length)
      const input = words(data)
      const output = new Int32Array(result.buffer)
      let c0 = wordAt(iv, 0)
      let c1 = wordAt(iv, 4)
      let c2 = wordAt(iv, 8)
      let c3 = wordAt(iv, 12)
      let p0 = wordAt(iv, 16)
      let p1 = wordAt(iv, 20)
      let p2 = wordAt(iv, 24)
      let p3 = wordAt(iv, 28)
      for (let i = 0; i < input.length; i += 4) {
        const x0 = input[i]!
        const x1 = input[i + 1]!
        const x2 = input[i + 2]!
        const x3 = input[i + 3]!
        const { s0, s1, s2, s3 } = aes.decrypt(schedule, x0 ^ p0, x1 ^ p1, x2 ^ p2, x3 ^ p3)
        output[i] = p0 = s0 ^ c0
        output[i + 1] = p1 = s1 ^ c1
        output[i + 2] = p2 = s2 ^ c2
        output[i + 3] = p3 = s3 ^ c3
        c0 = x0
        c1 = x1
        c2 = x2
        c3 = x3
      }
      schedule.fill(0)
      return result
    },
  }
}

/** A CTR stream: see CryptoPlatform. */
export function nobleCtr(aes: AesBlocks): (key: Uint8Array, iv: Uint8Array) => (bytes: Uint8Array) => Uint8Array {
  return (key, iv) => {
    const schedule = aes.expandKeyLE(key)
    const counter = Uint8Array.from(iv)
    const zeros = new Uint8Array(16)
    /** The block of keystream that is in use, and how much of it is spent. */
    const block = new Uint8Array(16)
    let spent = 16
    return (bytes) => {
      const result = new Uint8Array(bytes.length)
      let at = 0
      const pieces = (end: number): void => {
        for (; at < end; at++) {
          if (spent === 16) {
            aes.ctrCounter(schedule, counter, zeros, block)
            spent = 0
          }
          result[at] = bytes[at]! ^ block[spent++]!
        }
      }
      pieces(Math.min(bytes.length, 16 - spent))
      const whole = (bytes.length - at) & ~15
      if (whole > 0) {
        const source = bytes.slice(at, at + whole)
        result.set(aes.ctrCounter(schedule, counter, source, new Uint8Array(whole)), at)
        at += whole
      }
      pieces(bytes.length)
      return result
    }
  }
}

/** The little-endian word at `at`. For a few of them cheaper than a view, which small arrays must be moved for. */
export function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}

/** The bytes as words: a view where their address allows it, else of a copy. */
export function words(bytes: Uint8Array): Int32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes)
  return new Int32Array(aligned.buffer, aligned.byteOffset, aligned.length >> 2)
}
