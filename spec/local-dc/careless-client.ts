import { bytesFromBigint, concat, hex } from '../../lib/core/bytes.ts'
import { dhPublic, dhShared } from '../../lib/core/crypto/dh.ts'
import { temporaryAesKey } from '../../lib/core/crypto/message-key.ts'
import { rsaEncrypt, rsaPad } from '../../lib/core/crypto/rsa.ts'
import type { RsaPrivateKey } from '../../lib/core/crypto/rsa-private.ts'
import { sha1 } from '../../lib/core/crypto/sha.ts'
import type { Env } from '../../lib/core/machine.ts'
import { hashed, openHashed, sealHashed } from '../../lib/core/protocol/hashed-data.ts'
import { type ServiceObject, writeServiceObject } from '../../lib/core/protocol/service.ts'
import { encode } from '../../lib/core/tl/writer.ts'
import { createKeyExchange, type KeyExchangeEffect, type KeyExchangeOptions } from '../../lib/local-dc/key-exchange.ts'
import { objectIn, queryPacket, syntheticKey } from '../core/protocol/exchange.ts'
import { fakeEnv } from '../support/machine.ts'
import { seededRandom } from '../support/marbles.ts'

export const privateKey: RsaPrivateKey = syntheticKey()
export const random: (length: number) => Uint8Array = seededRandom(11)
export const nonce: Uint8Array = random(16)
export const newNonce: Uint8Array = random(32)

export type OneOf<Name extends ServiceObject['_']> = Extract<ServiceObject, { _: Name }>
type Change<Name extends ServiceObject['_']> = (object: OneOf<Name>) => ServiceObject

/** A client without scruples: each of its queries may be changed before it leaves. */
export interface Client {
  readonly resPQ: OneOf<'resPQ'>
  send(query: ServiceObject): readonly KeyExchangeEffect[]
  sendPacket(packet: Uint8Array): readonly KeyExchangeEffect[]
  reqDhParams(changes?: {
    inner?: (inner: ServiceObject) => ServiceObject
    query?: Change<'req_DH_params'>
    pad?: (data: Uint8Array) => Uint8Array
  }): ServiceObject
  setClientDhParams(
    answer: ServiceObject,
    changes?: {
      inner?: Change<'client_DH_inner_data'>
      query?: Change<'set_client_DH_params'>
      data?: (data: Uint8Array) => Uint8Array
    },
  ): { query: ServiceObject; key: Uint8Array }
}

export function connect(options: Partial<KeyExchangeOptions> = {}, env: Env = fakeEnv()): Client {
  const exchange = createKeyExchange({ privateKey, ...options })
  const sendPacket = (packet: Uint8Array) => exchange.step({ _: 'received', packet }, env)
  const send = (query: ServiceObject) => sendPacket(queryPacket(query))
  const resPQ = answerOf(send({ _: 'req_pq_multi', nonce }), 'resPQ')
  const { serverNonce, pq } = resPQ
  const [p, q] = factors(pq)
  const aes = temporaryAesKey(newNonce, serverNonce)
  return {
    resPQ,
    send,
    sendPacket,
    reqDhParams: ({ inner = same, query = same, pad = padded } = {}) => {
      const honest: ServiceObject = { _: 'p_q_inner_data_dc', pq, p, q, nonce, serverNonce, newNonce, dc: 2 }
      const encryptedData = pad(encode(inner(honest), writeServiceObject))
      const publicKeyFingerprint = privateKey.public.fingerprint
      return query({ _: 'req_DH_params', nonce, serverNonce, p, q, publicKeyFingerprint, encryptedData })
    },
    setClientDhParams: (answer, { inner = same, query = same, data = same } = {}) => {
      if (answer._ !== 'server_DH_params_ok') throw new Error(`expected server_DH_params_ok, got ${answer._}`)
      const server = openHashed(answer.encryptedAnswer, aes, 'server_DH_inner_data')
      if (server._ !== 'server_DH_inner_data') throw new Error('expected server_DH_inner_data')
      const b = random(256)
      const gB = dhPublic(server.g, b, server.dhPrime)
      const key = dhShared(server.gA, b, server.dhPrime)
      const honest: OneOf<'client_DH_inner_data'> = { _: 'client_DH_inner_data', nonce, serverNonce, retryId: 0n, gB }
      const plain = hashed(encode(inner(honest), writeServiceObject), random)
      const encryptedData = sealHashed(data(plain), aes)
      return { query: query({ _: 'set_client_DH_params', nonce, serverNonce, encryptedData }), key }
    },
  }
}

function same<T>(value: T): T {
  return value
}

export function padded(data: Uint8Array): Uint8Array {
  return rsaPad(data, privateKey.public, random)
}

/** The padding of before 2021: a zero byte, SHA-1, the data, random bytes. */
export function legacyPadded(data: Uint8Array): Uint8Array {
  return rsaEncrypt(concat(new Uint8Array(1), sha1(data), data, random(235 - data.length)), privateKey.public)
}

function factors(pq: Uint8Array): readonly [Uint8Array, Uint8Array] {
  const n = BigInt(`0x${hex(pq)}`)
  // Fixed by the options of these specs, or looked for slowly.
  const known = 1229739323n
  if (n % known === 0n) return [bytesFromBigint(known), bytesFromBigint(n / known)]
  throw new Error(`expected a pq with the factor ${known}`)
}

export function answerOf<Name extends ServiceObject['_']>(
  effects: readonly KeyExchangeEffect[],
  name: Name,
): OneOf<Name> {
  const write = effects.find((effect) => effect._ === 'write')
  if (write === undefined) throw new Error(`expected ${name}, got ${JSON.stringify(effects)}`)
  const object = objectIn(write.packet)
  if (object._ !== name) throw new Error(`expected ${name}, got ${object._}`)
  return object as OneOf<Name>
}
