import { createRequire } from 'node:module'
import { bigint } from '@fuman/utils'
import { NodeCryptoProvider } from '@mtcute/node/utils.js'
import { __getWasm } from '@mtcute/wasm'
import { bigintFromBytes, bytesFromBigint } from '../lib/core/bytes.ts'
import { DH_PRIME, dhPublic, dhShared } from '../lib/core/crypto/dh.ts'
import { platform } from '../lib/core/crypto/platform.node.ts'
import { sha256 } from '../lib/core/crypto/sha.ts'
import { cryptoCases, type Ige, label, pattern } from './crypto-cases.ts'
import { assertEqual, type Case, measure, type Row } from './harness.ts'

const require = createRequire(import.meta.url)

export async function run(): Promise<readonly Row[]> {
  const provider = new NodeCryptoProvider()
  await provider.initialize()
  __getWasm()
  return [...cryptoCases(provider, platform, gramjsIge()), ...hashes(provider), ...keyExchange()].flatMap((each) =>
    measure('crypto', each),
  )
}

function gramjsIge(): Ige {
  const { IGE } = require('@cryptography/aes') as {
    IGE: new (
      key: Uint8Array,
      iv: Uint8Array,
    ) => { encrypt(data: Uint8Array): Uint32Array; decrypt(data: Uint8Array): Uint32Array }
  }
  return {
    encrypt: (data, key, iv) => swapped(new IGE(key, iv).encrypt(data)),
    decrypt: (data, key, iv) => swapped(new IGE(key, iv).decrypt(data)),
  }
}

function hashes(provider: NodeCryptoProvider): readonly Case[] {
  return [64, 1056, 524_320].map((size) => {
    const data = pattern(size, 11)
    assertEqual(`SHA-256 ${size}`, sha256(data), provider.sha256(data))
    return {
      name: `SHA-256, native ${label(size)}`,
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

/** @cryptography/aes gives big-endian words. */
function swapped(words: Uint32Array): Uint8Array {
  return Buffer.from(words.buffer, words.byteOffset, words.byteLength).swap32()
}
