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
    encrypt: (data, key, iv) => chained(data, aes.expandKeyLE(key), aes.encrypt, iv, 0, 16),
    decrypt: (data, key, iv) => chained(data, aes.expandKeyDecLE(key), aes.decrypt, iv, 16, 0),
  }
}

/**
 * Both directions are one chain: what goes into the cipher is mixed with the last output, what comes out with the last
 * input. Only which half of the iv stands for which differs: `outputAt` and `inputAt` say where they begin.
 */
function chained(
  data: Uint8Array,
  schedule: Uint32Array,
  cipher: AesBlocks['encrypt'],
  iv: Uint8Array,
  outputAt: number,
  inputAt: number,
): Uint8Array {
  const result = new Uint8Array(data.length)
  const input = words(data)
  const output = new Int32Array(result.buffer)
  let o0 = wordAt(iv, outputAt)
  let o1 = wordAt(iv, outputAt + 4)
  let o2 = wordAt(iv, outputAt + 8)
  let o3 = wordAt(iv, outputAt + 12)
  let i0 = wordAt(iv, inputAt)
  let i1 = wordAt(iv, inputAt + 4)
  let i2 = wordAt(iv, inputAt + 8)
  let i3 = wordAt(iv, inputAt + 12)
  for (let at = 0; at < input.length; at += 4) {
    const x0 = input[at]!
    const x1 = input[at + 1]!
    const x2 = input[at + 2]!
    const x3 = input[at + 3]!
    const { s0, s1, s2, s3 } = cipher(schedule, x0 ^ o0, x1 ^ o1, x2 ^ o2, x3 ^ o3)
    output[at] = o0 = s0 ^ i0
    output[at + 1] = o1 = s1 ^ i1
    output[at + 2] = o2 = s2 ^ i2
    output[at + 3] = o3 = s3 ^ i3
    i0 = x0
    i1 = x1
    i2 = x2
    i3 = x3
  }
  schedule.fill(0)
  return result
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
