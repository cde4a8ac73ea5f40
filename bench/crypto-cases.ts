import { createAesIgeForMessage, factorizePQSync, type ICryptoProvider } from '@mtcute/core/utils.js'
import { createCtr256, ctr256, ige256Decrypt, ige256Encrypt, sha256 as wasmSha256 } from '@mtcute/wasm'
import { bigintFromBytes, bytesFromBigint, bytesFromInt64, concat, equalBytes } from '../lib/core/bytes.ts'
import { igeDecrypt, igeEncrypt } from '../lib/core/crypto/aes-ige.ts'
import { arena } from '../lib/core/crypto/arena.ts'
import type { CryptoPlatform } from '../lib/core/crypto/crypto-platform.ts'
import { factorize } from '../lib/core/crypto/factor.ts'
import { type AuthKey, authKey } from '../lib/core/crypto/message-key.ts'
import { wasmPrimitives } from '../lib/core/crypto/wasm-primitives.ts'
import { sealPlaintext } from '../lib/core/protocol/envelope.ts'
import { assertEqual, type Case } from './harness.ts'

/** IGE by a further peer. */
export interface Ige {
  encrypt(data: Uint8Array, key: Uint8Array, iv: Uint8Array): Uint8Array
  decrypt(data: Uint8Array, key: Uint8Array, iv: Uint8Array): Uint8Array
}

/** What every platform measures. `provider` is mtcute's for it, and its module is loaded; `platform` is ours. */
export function cryptoCases(provider: ICryptoProvider, platform: CryptoPlatform, gramjs?: Ige): readonly Case[] {
  return [...messages(provider, platform), ...ige(gramjs), ...inWebAssembly(), ...factors(provider)]
}

const messageSizes = [64, 256, 1024, 4096, 16_384, 65_536, 524_288]

/**
 * Plaintext, padding and all, to packet and back: msg_key, key derivation, AES. mtcute's side does what its AuthKey
 * class does, with its own functions.
 */
function messages(provider: ICryptoProvider, platform: CryptoPlatform): readonly Case[] {
  const key = authKey(pattern(256, 3))
  return messageSizes.flatMap((size) => {
    const plaintext = pattern(size, 7)
    const theirs = mtcuteSeal(provider, key, plaintext)
    assertEqual(`message out ${size}`, sealPlaintext(key, 'client', plaintext), theirs)
    const arrived = sealPlaintext(key, 'server', plaintext)
    assertEqual(`message in ${size}`, platform.messages.open(key, 'server', arrived, false)!.plaintext, plaintext)
    assertEqual(`message in ${size}`, mtcuteOpen(provider, key, arrived), plaintext)
    return [
      {
        name: `message out ${label(size)}`,
        unit: 'us' as const,
        contenders: {
          rxgram: () => sealPlaintext(key, 'client', plaintext),
          mtcute: () => mtcuteSeal(provider, key, plaintext),
        },
      },
      {
        name: `message in ${label(size)}`,
        unit: 'us' as const,
        contenders: {
          rxgram: () => platform.messages.open(key, 'server', arrived, false),
          mtcute: () => mtcuteOpen(provider, key, arrived),
        },
      },
    ]
  })
}

function mtcuteSeal(provider: ICryptoProvider, key: AuthKey, plaintext: Uint8Array): Uint8Array {
  const messageKey = provider.sha256(concat(key.bytes.subarray(88, 120), plaintext)).subarray(8, 24)
  const cipher = createAesIgeForMessage(provider, key.bytes, messageKey, true)
  return concat(bytesFromInt64(key.id), messageKey, cipher.encrypt(plaintext))
}

function mtcuteOpen(provider: ICryptoProvider, key: AuthKey, packet: Uint8Array): Uint8Array {
  const messageKey = packet.subarray(8, 24)
  const cipher = createAesIgeForMessage(provider, key.bytes, messageKey, false)
  const plaintext = cipher.decrypt(packet.subarray(24))
  const expected = provider.sha256(concat(key.bytes.subarray(96, 128), plaintext)).subarray(8, 24)
  if (!equalBytes(expected, messageKey)) throw new Error('expected a packet that opens')
  return plaintext
}

function ige(gramjs: Ige | undefined): readonly Case[] {
  const key = pattern(32, 3)
  const iv = pattern(32, 5)
  return [64, 1024, 65_536, 524_288].flatMap((size) => {
    const data = pattern(size, 7)
    const sealed = ige256Encrypt(data, key, iv)
    assertEqual(`IGE encrypt ${size}`, igeEncrypt(data, key, iv), sealed)
    assertEqual(`IGE decrypt ${size}`, igeDecrypt(sealed, key, iv), data)
    if (gramjs) assertEqual(`IGE gramjs ${size}`, gramjs.encrypt(data, key, iv), sealed)
    return [
      {
        name: `IGE encrypt ${label(size)}`,
        unit: 'MB/s' as const,
        bytes: size,
        contenders: {
          rxgram: () => igeEncrypt(data, key, iv),
          mtcute: () => ige256Encrypt(data, key, iv),
          ...(gramjs && { gramjs: () => gramjs.encrypt(data, key, iv) }),
        },
      },
      {
        name: `IGE decrypt ${label(size)}`,
        unit: 'MB/s' as const,
        bytes: size,
        contenders: {
          rxgram: () => igeDecrypt(sealed, key, iv),
          mtcute: () => ige256Decrypt(sealed, key, iv),
          ...(gramjs && { gramjs: () => gramjs.decrypt(sealed, key, iv) }),
        },
      },
    ]
  })
}

/** What browsers use, measured everywhere: one module against the other. */
function inWebAssembly(): readonly Case[] {
  const { ctrStream, sha256 } = wasmPrimitives(arena()!)
  const key = pattern(32, 3)
  const iv = pattern(16, 5)
  const sizes = [64, 1024, 65_536, 524_288]
  return [
    ...sizes.map((size) => {
      const data = pattern(size, 13)
      const stream = ctrStream(key, iv)
      const theirs = createCtr256(key, iv)
      for (let i = 0; i < 3; i++) assertEqual(`CTR ${size}`, stream(data), ctr256(theirs, data))
      return {
        name: `CTR, wasm ${label(size)}`,
        unit: 'MB/s' as const,
        bytes: size,
        contenders: { rxgram: () => stream(data), mtcute: () => ctr256(theirs, data) },
      }
    }),
    ...sizes.map((size) => {
      const data = pattern(size, 11)
      assertEqual(`SHA-256 ${size}`, sha256([data]), wasmSha256(data))
      return {
        name: `SHA-256, wasm ${label(size)}`,
        unit: 'MB/s' as const,
        bytes: size,
        contenders: { rxgram: () => sha256([data]), mtcute: () => wasmSha256(data) },
      }
    }),
  ]
}

/** Products of two 31-bit primes, as servers send. */
const products = [
  2_694_724_800_268_887_959n,
  1_468_428_376_148_703_121n,
  1_724_114_033_281_923_457n,
  1_470_626_929_934_143_021n,
  2_363_612_107_535_801_713n,
  2_804_275_833_720_261_793n,
  2_090_522_174_869_285_481n,
  2_257_831_135_064_100_691n,
  1_776_192_049_965_773_689n,
  1_983_240_516_449_274_629n,
  3_068_379_368_649_715_811n,
  1_645_922_635_089_833_707n,
  2_478_712_423_097_309_219n,
]

function factors(provider: ICryptoProvider): readonly Case[] {
  const bytes = products.map((pq) => bytesFromBigint(pq, 8))
  products.forEach((pq, i) => {
    const [p, q] = factorize(pq)
    const [theirP, theirQ] = factorizePQSync(provider, bytes[i]!)
    assertEqual(`pq ${pq}`, `${p} ${q}`, `${bigintFromBytes(theirP)} ${bigintFromBytes(theirQ)}`)
  })
  return [
    {
      name: `pq, ${products.length} products`,
      unit: 'ms',
      contenders: {
        rxgram: () => products.map((pq) => factorize(pq)),
        mtcute: () => bytes.map((pq) => factorizePQSync(provider, pq)),
      },
    },
  ]
}

/** Bytes that are the same in each run. */
export function pattern(size: number, step: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (i * step + (i >> 8) * 31) & 255)
}

export function label(size: number): string {
  return size < 1024 ? `${size} B` : `${Math.round(size / 1024)} KiB`
}
