/**
 * The key exchange, the client's part: a machine that turns an open connection into an auth key, and checks all
 * that a client owes itself.
 * https://core.telegram.org/mtproto/auth_key and https://core.telegram.org/mtproto/security_guidelines
 *
 *     req_pq_multi -> resPQ -> req_DH_params -> server_DH_params_ok -> set_client_DH_params -> dh_gen_ok
 */

import { type ServiceObject, writeServiceObject } from '#service'
import { bigintFromBytes, bytesFromBigint, equalBytes, leftPad, trimZeros } from '../bytes.ts'
import { checkGroup, checkPublicValue, dhPublic, dhShared } from '../crypto/dh.ts'
import { factorize } from '../crypto/factor.ts'
import {
  type AesKey,
  authKey,
  authKeyAuxHash,
  firstSalt,
  newNonceHash,
  temporaryAesKey,
} from '../crypto/message-key.ts'
import { rsaPad } from '../crypto/rsa.ts'
import { sha1 } from '../crypto/sha.ts'
import { ProtocolError, type TelegramError, TimeoutError, TransportError, UsageError } from '../errors.ts'
import { type Env, type Machine, NONE, stepping } from '../machine.ts'
import { encode } from '../tl/writer.ts'
import { openPlain, sealPlain } from './envelope.ts'
import type { HandshakeDone, HandshakeEffect, HandshakeEvent, HandshakeOptions, InnerForm } from './handshake-events.ts'
import { hashed, openHashed, readObject, sealHashed } from './hashed-data.ts'
import { isServerMessageId, MessageIds } from './message-id.ts'

/** What is agreed on after resPQ. The nonces are public, the new nonce is a secret of both sides. */
interface Nonces {
  readonly nonce: Uint8Array
  readonly serverNonce: Uint8Array
  readonly newNonce: Uint8Array
}

interface Group extends Nonces {
  readonly aes: AesKey
  readonly g: number
  readonly prime: Uint8Array
  /** g_a, 256 bytes. */
  readonly serverValue: Uint8Array
  readonly serverTime: number
  readonly timeOffset: number
}

/** Where in the exchange we are: what is waited for. */
type Step =
  | { readonly at: 'start' | 'end' }
  | { readonly at: 'resPQ'; readonly nonce: Uint8Array }
  | { readonly at: 'server_DH_params'; readonly nonces: Nonces }
  | { readonly at: 'dh_gen'; readonly group: Group; readonly key: Uint8Array; readonly attempt: number }

export interface HandshakeState {
  readonly options: HandshakeOptions
  readonly ids: MessageIds
  readonly step: Step
}

const TIMER = 'handshake'
const TIMEOUT = 10_000
/** A key id that is taken comes up once in 2^64 keys, so a server that asks again and again means harm. */
const MAX_ATTEMPTS = 5
/** Values of g_b out of range are rarer still. */
const MAX_DRAWS = 8
const SECRET_BYTES = 256

/** The machine before its first event. */
export function beginHandshake(options: HandshakeOptions): HandshakeState {
  const form = innerForm(options)
  if (form.startsWith('p_q_inner_data_temp') !== (options.expiresIn !== undefined)) {
    throw new UsageError(`expected expiresIn for a temporary key and for no other, got ${form}`)
  }
  return { options, ids: new MessageIds(), step: { at: 'start' } }
}

/** The machine with its state inside. */
export function createHandshake(options: HandshakeOptions): {
  step(event: HandshakeEvent, env: Env): readonly HandshakeEffect[]
} {
  return stepping(handshake, beginHandshake(options))
}

/** One step. The exchange ends with `done` or with `failed`, and then hears nothing any more. */
export const handshake: Machine<HandshakeState, HandshakeEvent, HandshakeEffect> = (state, event, env) => {
  const { at } = state.step
  if (at === 'end' || (at === 'start' && event._ !== 'opened')) return [state, NONE]
  switch (event._) {
    case 'opened':
      return begin(state, env)
    case 'received':
      return receive(state, event.packet, env)
    case 'error':
      return fail(state, refusedBy(event.code, at))
    case 'fired':
      if (event.key !== TIMER) return [state, NONE]
      return fail(state, new TimeoutError(`expected ${at} in time, got no answer`))
  }
}

type Result = readonly [HandshakeState, readonly HandshakeEffect[]]

function begin(state: HandshakeState, env: Env): Result {
  const nonce = env.random(16)
  return ask(state, { at: 'resPQ', nonce }, { _: 'req_pq_multi', nonce }, env)
}

/** Whatever is wrong in an answer is thrown where it is seen, and ends the exchange here. */
function receive(state: HandshakeState, packet: Uint8Array, env: Env): Result {
  try {
    const answer = readAnswer(packet, state.step.at)
    switch (state.step.at) {
      case 'resPQ':
        return onResPQ(state, state.step.nonce, expectObject(answer, 'resPQ'), env)
      case 'server_DH_params':
        return onServerDhParams(state, state.step.nonces, answer, env)
      case 'dh_gen':
        return onDhGen(state, state.step, answer, env)
      default:
        return [state, NONE]
    }
  } catch (error) {
    if (error instanceof ProtocolError) return fail(state, error)
    throw error
  }
}

function readAnswer(packet: Uint8Array, what: string): ServiceObject {
  const opened = openPlain(packet)
  if (opened instanceof ProtocolError) throw opened
  if (!isServerMessageId(opened.messageId)) throw new ProtocolError(`${what}: expected an odd msg_id, got an even one`)
  // Servers add random bytes behind the object: they mean nothing.
  return readObject(opened.body, what).value
}

/** Steps 2 to 4 of the exchange: proof of work, and the data that only the server can read. */
function onResPQ(state: HandshakeState, nonce: Uint8Array, answer: OneOf<'resPQ'>, env: Env): Result {
  checkNonce('resPQ: nonce', answer.nonce, nonce)
  const { publicKeys } = state.options
  const offered = answer.serverPublicKeyFingerprints
  const publicKey = publicKeys.find(({ fingerprint }) => offered.includes(fingerprint))
  if (publicKey === undefined) {
    const known = publicKeys.map(({ fingerprint }) => fingerprint).join(', ')
    throw new ProtocolError(`resPQ: expected one of the fingerprints ${known}, got ${offered.join(', ') || 'none'}`)
  }
  const [p, q] = splitPq(answer.pq)
  const nonces: Nonces = { nonce, serverNonce: answer.serverNonce, newNonce: env.random(32) }
  const inner = encode(innerData(state.options, nonces, answer.pq, p, q), writeServiceObject)
  const request: ServiceObject = {
    _: 'req_DH_params',
    nonce,
    serverNonce: nonces.serverNonce,
    p,
    q,
    publicKeyFingerprint: publicKey.fingerprint,
    encryptedData: rsaPad(inner, publicKey, (length) => env.random(length)),
  }
  return ask(state, { at: 'server_DH_params', nonces }, request, env)
}

/** p and q as the least bytes that hold them: servers refuse leading zeros. */
function splitPq(pq: Uint8Array): readonly [Uint8Array, Uint8Array] {
  const bytes = trimZeros(pq)
  if (bytes.length > 8) throw new ProtocolError(`pq: expected at most 8 bytes, got ${bytes.length}`)
  const [p, q] = factorize(bigintFromBytes(bytes))
  if (p === q) throw new ProtocolError('pq: expected two different primes, got a square')
  return [bytesFromBigint(p), bytesFromBigint(q)]
}

function innerForm({ innerForm: form, expiresIn }: HandshakeOptions): InnerForm {
  return form ?? (expiresIn === undefined ? 'p_q_inner_data_dc' : 'p_q_inner_data_temp_dc')
}

function innerData(
  options: HandshakeOptions,
  nonces: Nonces,
  pq: Uint8Array,
  p: Uint8Array,
  q: Uint8Array,
): ServiceObject {
  const fields = { pq, p, q, ...nonces }
  const { dc, expiresIn = 0 } = options
  const form = innerForm(options)
  switch (form) {
    case 'p_q_inner_data':
      return { _: form, ...fields }
    case 'p_q_inner_data_dc':
      return { _: form, ...fields, dc }
    case 'p_q_inner_data_temp':
      return { _: form, ...fields, expiresIn }
    case 'p_q_inner_data_temp_dc':
      return { _: form, ...fields, dc, expiresIn }
  }
}

/** Steps 5 and 6: the server's half of Diffie-Hellman, with all checks on the group, then ours. */
function onServerDhParams(state: HandshakeState, nonces: Nonces, answer: ServiceObject, env: Env): Result {
  if (answer._ === 'server_DH_params_fail') {
    checkNonces(answer, nonces)
    checkHash(answer, answer.newNonceHash, sha1(nonces.newNonce).subarray(4, 20))
    throw new ProtocolError('expected server_DH_params_ok, got server_DH_params_fail')
  }
  const ok = expectObject(answer, 'server_DH_params_ok')
  checkNonces(ok, nonces)
  const aes = temporaryAesKey(nonces.newNonce, nonces.serverNonce)
  const inner = expectObject(openHashed(ok.encryptedAnswer, aes, 'server_DH_inner_data'), 'server_DH_inner_data')
  checkNonces(inner, nonces)
  checkGroup(inner.g, inner.dhPrime)
  const prime = trimZeros(inner.dhPrime)
  checkPublicValue(inner.gA, prime)
  const { g, serverTime } = inner
  const serverValue = leftPad(inner.gA, SECRET_BYTES)
  const timeOffset = serverTime - env.now / 1000
  return sendHalf(state, { ...nonces, aes, g, prime, serverValue, serverTime, timeOffset }, 0n, 1, env)
}

/** Our half. `retryId` names the key that the server refused, 0 the first time. */
function sendHalf(state: HandshakeState, group: Group, retryId: bigint, attempt: number, env: Env): Result {
  const { nonce, serverNonce, g, prime, serverValue, aes } = group
  const { secret, value } = drawHalf(g, prime, env)
  const key = dhShared(serverValue, secret, prime)
  const inner: ServiceObject = { _: 'client_DH_inner_data', nonce, serverNonce, retryId, gB: value }
  const data = hashed(encode(inner, writeServiceObject), (length) => env.random(length))
  const request: ServiceObject = {
    _: 'set_client_DH_params',
    nonce,
    serverNonce,
    encryptedData: sealHashed(data, aes),
  }
  return ask(state, { at: 'dh_gen', group, key, attempt }, request, env)
}

function drawHalf(g: number, prime: Uint8Array, env: Env): { readonly secret: Uint8Array; readonly value: Uint8Array } {
  for (let draw = 1; ; draw++) {
    const secret = env.random(SECRET_BYTES)
    const value = dhPublic(g, secret, prime)
    try {
      checkPublicValue(value, prime)
      return { secret, value }
    } catch (error) {
      if (draw === MAX_DRAWS) throw error
    }
  }
}

/** Steps 7 to 9: the server's verdict. All of it is checked before any of it is believed. */
function onDhGen(state: HandshakeState, step: Step & { at: 'dh_gen' }, answer: ServiceObject, env: Env): Result {
  const { group, key, attempt } = step
  const auxHash = authKeyAuxHash(key)
  const expected = (n: 1 | 2 | 3) => newNonceHash(group.newNonce, n, auxHash)
  switch (answer._) {
    case 'dh_gen_ok':
      checkNonces(answer, group)
      checkHash(answer, answer.newNonceHash1, expected(1))
      return finish(state, group, key)
    case 'dh_gen_retry':
      checkNonces(answer, group)
      checkHash(answer, answer.newNonceHash2, expected(2))
      if (attempt === MAX_ATTEMPTS) {
        throw new ProtocolError(`expected a key to be accepted, got dh_gen_retry ${attempt} times`)
      }
      return sendHalf(
        state,
        group,
        new DataView(auxHash.buffer, auxHash.byteOffset).getBigInt64(0, true),
        attempt + 1,
        env,
      )
    case 'dh_gen_fail':
      checkNonces(answer, group)
      checkHash(answer, answer.newNonceHash3, expected(3))
      throw new ProtocolError('expected dh_gen_ok, got dh_gen_fail')
    default:
      throw unexpected('dh_gen_ok', answer)
  }
}

function finish(state: HandshakeState, group: Group, keyBytes: Uint8Array): Result {
  const { newNonce, serverNonce, timeOffset, serverTime } = group
  const { expiresIn } = state.options
  const done: HandshakeDone = {
    _: 'done',
    key: authKey(keyBytes),
    salt: firstSalt(newNonce, serverNonce),
    timeOffset,
    // The server counts from a little later, so we never take the key for longer-lived than it is.
    ...(expiresIn === undefined ? {} : { expiresAt: serverTime + expiresIn }),
  }
  return [ended(state), [{ _: 'untimer', key: TIMER }, done]]
}

function ask(state: HandshakeState, step: Step, request: ServiceObject, env: Env): Result {
  const packet = sealPlain(state.ids.next(env), encode(request, writeServiceObject))
  const at = env.elapsed + (state.options.timeout ?? TIMEOUT)
  return [
    { ...state, step },
    [
      { _: 'write', packet },
      { _: 'timer', key: TIMER, at },
    ],
  ]
}

function fail(state: HandshakeState, error: TelegramError): Result {
  return [
    ended(state),
    [
      { _: 'untimer', key: TIMER },
      { _: 'failed', error },
    ],
  ]
}

function ended(state: HandshakeState): HandshakeState {
  return { ...state, step: { at: 'end' } }
}

function refusedBy(code: number, at: string): TransportError {
  return new TransportError(`expected ${at}, got the transport error ${code}`, 'unsent', { code })
}

type OneOf<Name extends ServiceObject['_']> = Extract<ServiceObject, { _: Name }>

function expectObject<Name extends ServiceObject['_']>(answer: ServiceObject, name: Name): OneOf<Name> {
  if (answer._ !== name) throw unexpected(name, answer)
  return answer as OneOf<Name>
}

function unexpected(name: string, answer: ServiceObject): ProtocolError {
  return new ProtocolError(`expected ${name}, got ${answer._}`)
}

interface Answer {
  readonly _: string
  readonly nonce: Uint8Array
  readonly serverNonce: Uint8Array
}

function checkNonces(answer: Answer, { nonce, serverNonce }: Nonces): void {
  checkNonce(`${answer._}: nonce`, answer.nonce, nonce)
  checkNonce(`${answer._}: server_nonce`, answer.serverNonce, serverNonce)
}

function checkNonce(what: string, got: Uint8Array, expected: Uint8Array): void {
  if (!equalBytes(got, expected)) throw new ProtocolError(`${what}: expected that of this exchange, got another`)
}

function checkHash(answer: Answer, got: Uint8Array, expected: Uint8Array): void {
  if (!equalBytes(got, expected)) {
    throw new ProtocolError(`${answer._}: expected the hash of the new nonce and the key, got another`)
  }
}
