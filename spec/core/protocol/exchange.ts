import { type RsaPrivateKey, rsaPrivateKey } from '../../../lib/core/crypto/rsa-private.ts'
import { DecodeError, ProtocolError } from '../../../lib/core/errors.ts'
import type { Env } from '../../../lib/core/machine.ts'
import { openPlain, sealPlain } from '../../../lib/core/protocol/envelope.ts'
import { createHandshake } from '../../../lib/core/protocol/handshake.ts'
import type { HandshakeDone, HandshakeEffect, HandshakeOptions } from '../../../lib/core/protocol/handshake-events.ts'
import { readServiceObject, type ServiceObject, writeServiceObject } from '../../../lib/core/protocol/service.ts'
import { decodePrefix } from '../../../lib/core/tl/reader.ts'
import { encode } from '../../../lib/core/tl/writer.ts'
import {
  createKeyExchange,
  type KeyExchangeDone,
  type KeyExchangeEffect,
  type KeyExchangeOptions,
} from '../../../lib/local-dc/key-exchange.ts'
import { privateKeyNumbers } from '../crypto/keys.ts'
import { vectors } from './vectors.ts'

/** A recorded exchange, or one made with a known private key. */
export interface ExchangeIn {
  readonly nonce: string
  readonly server_nonce: string
  readonly new_nonce: string
  readonly pq: string
  readonly p: string
  readonly q: string
  readonly dc?: number
  readonly expires_in?: number | null
  readonly inner_constructor?: string
  readonly rsa_n?: string
  readonly rsa_d?: string
  readonly chosen_fingerprint?: string
  readonly p_q_inner_data?: string
  readonly random_padding?: string
  readonly temp_key?: string
  readonly temp_key_candidates?: readonly string[]
  readonly req_dh_encrypted_data?: string
  readonly encrypted_answer?: string
  readonly a?: string
  readonly b?: string
  readonly client_padding?: string
  readonly server_time?: number
  readonly answer_padding?: string
}

export interface Round {
  readonly b: string
  readonly client_padding: string
  readonly set_client_DH_params: string
  readonly answer: string
  readonly answer_body: string
}

export interface ExchangeOut {
  readonly auth_key: string
  readonly auth_key_id: string
  readonly server_salt_int: string
  readonly server_time?: number
  readonly rounds?: readonly Round[]
  readonly req_dh_encrypted_data?: string
}

export interface Recorded {
  readonly name: string
  readonly in: ExchangeIn
  readonly out: ExchangeOut
  readonly messages: Readonly<Record<string, { readonly body: string; readonly packet?: string }>>
}

export function recorded(kind: 'exchange' | 'exchange-synthetic'): readonly Recorded[] {
  return vectors<ExchangeIn, ExchangeOut>('auth-key-exchange', kind) as unknown as readonly Recorded[]
}

/** The throw-away key of the synthetic exchanges: its primes follow from n, e and d. */
export function syntheticKey(): RsaPrivateKey {
  const { rsa_n: n = '', rsa_d: d = '' } = recorded('exchange-synthetic')[0]!.in
  return rsaPrivateKey(privateKeyNumbers(n, d))
}

/** The object in a plain packet. */
export function objectIn(packet: Uint8Array): ServiceObject {
  const opened = openPlain(packet)
  if (opened instanceof ProtocolError) throw opened
  return decodePrefix(opened.body, readServiceObject).value
}

/** The body of a plain packet. */
export function bodyOf(packet: Uint8Array): Uint8Array {
  const opened = openPlain(packet)
  if (opened instanceof ProtocolError) throw opened
  return opened.body
}

/** A plain packet of a client. */
export function queryPacket(query: ServiceObject, messageId = 4n): Uint8Array {
  return sealPlain(messageId, encode(query, writeServiceObject))
}

/** What became of an exchange. */
export interface Met {
  readonly client: readonly HandshakeEffect[]
  readonly server: readonly KeyExchangeEffect[]
  readonly clientDone: HandshakeDone | undefined
  readonly serverDone: KeyExchangeDone | undefined
  readonly error: Error | undefined
}

/** Lets the real client and the real server talk until neither has anything to say. */
export function meet(client: HandshakeOptions, server: KeyExchangeOptions, env: Env, serverEnv: Env = env): Met {
  const handshake = createHandshake(client)
  const exchange = createKeyExchange(server)
  const clientEffects: HandshakeEffect[] = []
  const serverEffects: KeyExchangeEffect[] = []
  let orders = handshake.step({ _: 'opened' }, env)
  for (let turn = 0; orders.length > 0; turn++) {
    if (turn > 20) throw new DecodeError('expected an end of the exchange, got 20 turns')
    clientEffects.push(...orders)
    const write = orders.find((effect) => effect._ === 'write')
    if (write === undefined) break
    const answers = exchange.step({ _: 'received', packet: write.packet }, serverEnv)
    serverEffects.push(...answers)
    orders = answers.flatMap((answer) => {
      if (answer._ === 'done') return []
      return answer._ === 'error'
        ? handshake.step(answer, env)
        : handshake.step({ _: 'received', packet: answer.packet }, env)
    })
  }
  const failed = clientEffects.find((effect) => effect._ === 'failed')
  return {
    client: clientEffects,
    server: serverEffects,
    clientDone: clientEffects.find((effect) => effect._ === 'done'),
    serverDone: serverEffects.find((effect) => effect._ === 'done'),
    error: failed?.error,
  }
}

export type OneOf<Name extends ServiceObject['_']> = Extract<ServiceObject, { _: Name }>

/** Changes an object of one kind, and complains when another comes. */
export function edit<Name extends ServiceObject['_']>(
  name: Name,
  change: (object: OneOf<Name>) => ServiceObject,
): (object: ServiceObject) => ServiceObject {
  return (object) => {
    if (object._ !== name) throw new Error(`expected ${name}, got ${object._}`)
    return change(object as OneOf<Name>)
  }
}
