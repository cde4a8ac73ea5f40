/** AES-256-IGE on Node: OpenSSL for most of it, @noble/ciphers where single blocks count. */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { createRequire } from 'node:module'
import { type IgeBlocks, nobleIge, wordAt, words } from './aes-blocks.ts'

/**
 * From this size on encryption goes by CBC even when the tables are there. CBC costs 2 us a call on Node 20 and 11 us
 * on Node 24, and then 1.4 us per KiB; blocks cost 1.2 us, and then 7 us per KiB. They meet at 192 bytes on Node 20 and
 * at 2 KiB on Node 24.
 */
const CBC_FROM = 1024

/**
 * So many bytes are decrypted by OpenSSL's single blocks before the tables of @noble/ciphers are loaded. Those cost
 * 12 ms and 9 MiB at once, single blocks 25 us more per KiB: a key exchange and a quiet client never need them.
 */
const TABLES_AFTER = 256 * 1024

/** See CryptoPlatform. */
export function igeEncrypt(data: Uint8Array, key: Uint8Array, iv: Uint8Array): Uint8Array {
  return tables && data.length < CBC_FROM ? tables.encrypt(data, key, iv) : igeEncryptByCbc(data, key, iv)
}

/** See CryptoPlatform. */
export function igeDecrypt(data: Uint8Array, key: Uint8Array, iv: Uint8Array): Uint8Array {
  tables ??= tablesWhenBusy(data.length)
  return tables ? tables.decrypt(data, key, iv) : igeDecryptByBlocks(data, key, iv)
}

/** undefined: not loaded yet. null: they can't be, since this file was bundled without them. */
let tables: IgeBlocks | null | undefined
let decrypted = 0

function tablesWhenBusy(length: number): IgeBlocks | null | undefined {
  decrypted += length
  if (decrypted <= TABLES_AFTER) return undefined
  try {
    // `import` would load them at start-up, and `import()` gives a Promise, which a decryption can't wait for.
    const aes: typeof import('@noble/ciphers/aes.js') = createRequire(import.meta.url)('@noble/ciphers/aes.js')
    return nobleIge(aes.unsafe)
  } catch {
    return null
  }
}

/**
 * CBC is what OpenSSL does with the processor's AES. For q(i) = p(i) xor p(i-2), CBC of q from c(0) gives
 * c(i) xor p(i-1): with two passes of XOR around it CBC becomes IGE. p(0) and c(0) are the iv's, p(-1) is zero.
 */
export function igeEncryptByCbc(data: Uint8Array, key: Uint8Array, iv: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-cbc', key, iv.subarray(0, 16)).setAutoPadding(false)
  const plain = words(data)
  const mixed = new Int32Array(plain.length)
  let a0 = 0
  let a1 = 0
  let a2 = 0
  let a3 = 0
  let b0 = wordAt(iv, 16)
  let b1 = wordAt(iv, 20)
  let b2 = wordAt(iv, 24)
  let b3 = wordAt(iv, 28)
  for (let i = 0; i < plain.length; i += 4) {
    const x0 = plain[i]!
    const x1 = plain[i + 1]!
    const x2 = plain[i + 2]!
    const x3 = plain[i + 3]!
    mixed[i] = x0 ^ a0
    mixed[i + 1] = x1 ^ a1
    mixed[i + 2] = x2 ^ a2
    mixed[i + 3] = x3 ^ a3
    a0 = b0
    a1 = b1
    a2 = b2
    a3 = b3
    b0 = x0
    b1 = x1
    b2 = x2
    b3 = x3
  }
  const chained = cipher.update(new Uint8Array(mixed.buffer))
  const output = words(chained)
  b0 = wordAt(iv, 16)
  b1 = wordAt(iv, 20)
  b2 = wordAt(iv, 24)
  b3 = wordAt(iv, 28)
  for (let i = 0; i < output.length; i += 4) {
    output[i]! ^= b0
    output[i + 1]! ^= b1
    output[i + 2]! ^= b2
    output[i + 3]! ^= b3
    b0 = plain[i]!
    b1 = plain[i + 1]!
    b2 = plain[i + 2]!
    b3 = plain[i + 3]!
  }
  return new Uint8Array(output.buffer, output.byteOffset, output.byteLength)
}

/** IGE decryption is a chain of block decryptions: one call of OpenSSL each. */
export function igeDecryptByBlocks(data: Uint8Array, key: Uint8Array, iv: Uint8Array): Uint8Array {
  const cipher = createDecipheriv('aes-256-ecb', key, null).setAutoPadding(false)
  const result = new Uint8Array(data.length)
  const block = new Uint8Array(16)
  for (let at = 0; at < data.length; at += 16) {
    // The blocks before the first ones are the iv's: ciphertext, then plaintext.
    for (let i = 0; i < 16; i++) block[i] = data[at + i]! ^ (at === 0 ? iv[16 + i]! : result[at - 16 + i]!)
    const plain = cipher.update(block)
    for (let i = 0; i < 16; i++) result[at + i] = plain[i]! ^ (at === 0 ? iv[i]! : data[at - 16 + i]!)
  }
  return result
}
