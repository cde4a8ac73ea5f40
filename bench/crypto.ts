import { createRequire } from 'node:module'
import { bigint } from '@fuman/utils'
import { factorizePQSync } from '@mtcute/core/utils.js'
import { NodeCryptoProvider } from '@mtcute/node/utils.js'
import { __getWasm, ige256Decrypt, ige256Encrypt } from '@mtcute/wasm'
import { bigintFromBytes, bytesFromBigint } from '../lib/core/bytes.ts'
import { igeDecrypt, igeEncrypt } from '../lib/core/crypto/aes-ige.ts'
import { DH_PRIME, dhPublic, dhShared } from '../lib/core/crypto/dh.ts'
import { factorize } from '../lib/core/crypto/factor.ts'
import { sha256 } from '../lib/core/crypto/sha.ts'
import { assertEqual, type Case, measure, type Row } from './harness.ts'

const require = createRequire(import.meta.url)
const sizes = [64, 1024, 65_536, 524_288]

export async function run(): Promise<readonly Row[]> {
  const provider = new NodeCryptoProvider()
  await provider.initialize()
  __getWasm()
  return [...ige(), ...hashes(provider), ...keyExchange(), ...factors(provider)].flatMap((each) =>
    measure('crypto', each),
  )
}

function ige(): readonly Case[] {
  const { IGE } = require('@cryptography/aes') as {
    IGE: new (
      key: Uint8Array,
      iv: Uint8Array,
    ) => { encrypt(data: Uint8Array): Uint32Array; decrypt(data: Uint8Array): Uint32Array }
  }
  const key = pattern(32, 3)
  const iv = pattern(32, 5)
  return sizes.flatMap((size) => {
    const data = pattern(size, 7)
    const sealed = ige256Encrypt(data, key, iv)
    assertEqual(`IGE encrypt ${size}`, igeEncrypt(data, key, iv), sealed)
    assertEqual(`IGE decrypt ${size}`, igeDecrypt(sealed, key, iv), data)
    assertEqual(`IGE gramjs ${size}`, swapped(new IGE(key, iv).encrypt(data)), sealed)
    return [
      {
        name: `IGE encrypt ${label(size)}`,
        unit: 'MB/s' as const,
        bytes: size,
        contenders: {
          rxgram: () => igeEncrypt(data, key, iv),
          mtcute: () => ige256Encrypt(data, key, iv),
          gramjs: () => swapped(new IGE(key, iv).encrypt(data)),
        },
      },
      {
        name: `IGE decrypt ${label(size)}`,
        unit: 'MB/s' as const,
        bytes: size,
        contenders: {
          rxgram: () => igeDecrypt(sealed, key, iv),
          mtcute: () => ige256Decrypt(sealed, key, iv),
          gramjs: () => swapped(new IGE(key, iv).decrypt(sealed)),
        },
      },
    ]
  })
}

function hashes(provider: NodeCryptoProvider): readonly Case[] {
  return [64, 1056, 524_320].map((size) => {
    const data = pattern(size, 11)
    assertEqual(`SHA-256 ${size}`, sha256(data), provider.sha256(data))
    return {
      name: `SHA-256 ${label(size)}`,
      unit: 'MB/s' as const,
      bytes: size,
      contenders: { rxgram: () => sha256(data), mtcute: () => provider.sha256(data) },
    }
  })
}

/** What one key exchange computes: g^b and g_a^b. */
function keyExchange(): readonly Case[] {
  const { modExp } = require('telegram/Helpers') as {
    modExp(base: object, exponent: object, modulus: object): { toString(): string }
  }
  const bigInt = require('big-integer') as (value: string) => object
  const prime = bigintFromBytes(DH_PRIME)
  const secret = pattern(256, 13)
  const theirs = bytesFromBigint(bigint.modPowBinary(3n, bigintFromBytes(pattern(256, 17)), prime), 256)
  const exponent = bigintFromBytes(secret)
  const theirsNumber = bigintFromBytes(theirs)
  const old = {
    g: bigInt('3'),
    prime: bigInt(prime.toString()),
    secret: bigInt(exponent.toString()),
    theirs: bigInt(theirsNumber.toString()),
  }
  const both = {
    rxgram: () => [dhPublic(3, secret, DH_PRIME), dhShared(theirs, secret, DH_PRIME)],
    mtcute: () => [bigint.modPowBinary(3n, exponent, prime), bigint.modPowBinary(theirsNumber, exponent, prime)],
    gramjs: () => [modExp(old.g, old.secret, old.prime), modExp(old.theirs, old.secret, old.prime)],
  }
  assertEqual(
    'DH',
    both
      .rxgram()
      .map((each) => bigintFromBytes(each))
      .join(),
    both.mtcute().join(),
  )
  assertEqual(
    'DH gramjs',
    both
      .gramjs()
      .map((each) => each.toString())
      .join(),
    both.mtcute().join(),
  )
  return [{ name: 'DH, both powers', unit: 'ms', contenders: both }]
}

/** Products of two 31-bit primes, as servers send. */
const products = [
  2_694_724_800_268_887_959n,
  1_468_428_376_148_703_121n,
  1_724_114_033_281_923_457n,
  1_724_114_033_281_923_457n,
  1_470_626_929_934_143_021n,
  2_363_612_107_535_801_713n,
  2_804_275_833_720_261_793n,
  2_090_522_174_869_285_481n,
  1_470_626_929_934_143_021n,
  2_804_275_833_720_261_793n,
  2_257_831_135_064_100_691n,
  1_776_192_049_965_773_689n,
  1_983_240_516_449_274_629n,
  3_068_379_368_649_715_811n,
  1_645_922_635_089_833_707n,
  2_478_712_423_097_309_219n,
]

function factors(provider: NodeCryptoProvider): readonly Case[] {
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

function pattern(size: number, step: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (i * step + (i >> 8) * 31) & 255)
}

function label(size: number): string {
  return size < 1024 ? `${size} B` : `${Math.round(size / 1024)} KiB`
}

/** @cryptography/aes gives big-endian words. */
function swapped(words: Uint32Array): Uint8Array {
  return Buffer.from(words.buffer, words.byteOffset, words.byteLength).swap32()
}
