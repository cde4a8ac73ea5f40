/**
 * The key exchange, the server's part: one machine for each connection.
 * https://core.telegram.org/mtproto/auth_key
 *
 * Whatever does not fit is answered by the transport error -404, without a word on what it was.
 */
import { bytesFromBigint, equalBytes, leftPad } from '../core/bytes.ts'
import { checkPublicValue, DH_PRIME, dhPublic, dhShared } from '../core/crypto/dh.ts'
import {
  type AesKey,
  type AuthKey,
  authKey,
  authKeyAuxHash,
  firstSalt,
  newNonceHash,
  temporaryAesKey,
} from '../core/crypto/message-key.ts'
import { isSmallPrime } from '../core/crypto/prime.ts'
import { type RsaPrivateKey, rsaUnpad } from '../core/crypto/rsa-private.ts'
import { ProtocolError } from '../core/errors.ts'
import { type Env, type Machine, stepping } from '../core/machine.ts'
import { openPlain, sealPlain } from '../core/protocol/envelope.ts'
import { hashed, openHashed, readObject, sealHashed } from '../core/protocol/hashed-data.ts'
import { isClientMessageId, MessageIds } from '../core/protocol/message-id.ts'
import { type ServiceObject, writeServiceObject } from '../core/protocol/service.ts'
import { encode } from '../core/tl/writer.ts'

export interface KeyExchangeOptions {
  readonly privateKey: RsaPrivateKey
  /** Whether another key has this id already: the client is then asked to draw again. */
  readonly isKeyUsed?: ((id: bigint) => boolean) | undefined
  /** Whether this server is that DC, as the client numbers it. Otherwise -444. */
  readonly acceptsDc?: ((dc: number) => boolean) | undefined
  /** Fingerprints of keys that we do not have, listed before our own. */
  readonly foreignFingerprints?: readonly bigint[] | undefined
  /** The primes of pq, the smaller one first, instead of random ones. */
  readonly primes?: readonly [p: bigint, q: bigint] | undefined
  readonly lies?: Lies | undefined
}

/**
 * What a server could get wrong, to test clients: each is given what would go out, and returns what goes out instead.
 */
export interface Lies {
  readonly resPQ?: ((answer: ServiceObject) => ServiceObject) | undefined
  readonly innerData?: ((inner: ServiceObject) => ServiceObject) | undefined
  /** SHA-1, object and padding, before they are encrypted. */
  readonly hashedData?: ((data: Uint8Array) => Uint8Array) | undefined
  readonly dhParams?: ((answer: ServiceObject, newNonce: Uint8Array) => ServiceObject) | undefined
  /** `hash` gives new_nonce_hash 1, 2 or 3 of this exchange. */
  readonly dhGen?: ((answer: ServiceObject, hash: (n: 1 | 2 | 3) => Uint8Array) => ServiceObject) | undefined
  /** The whole packet, plain header included. */
  readonly packet?: ((packet: Uint8Array) => Uint8Array) | undefined
}

export interface KeyExchangeEvent {
  readonly _: 'received'
  /** A plain packet: one whose auth_key_id is 0. */
  readonly packet: Uint8Array
}

export interface KeyExchangeDone {
  readonly _: 'done'
  readonly key: AuthKey
  readonly salt: bigint
  /** As the client wrote it; undefined for the forms without one. */
  readonly dc?: number | undefined
  /** In seconds, as the client asked: the key is a temporary one. */
  readonly expiresIn?: number | undefined
}

export type KeyExchangeEffect =
  | { readonly _: 'write'; readonly packet: Uint8Array }
  /** A transport error for the client. */
  | { readonly _: 'error'; readonly code: number }
  /** Comes before the packet that tells the client. */
  | KeyExchangeDone

interface Offer {
  readonly nonce: Uint8Array
  readonly serverNonce: Uint8Array
  readonly pq: Uint8Array
  readonly p: Uint8Array
  readonly q: Uint8Array
}

interface Half {
  readonly nonce: Uint8Array
  readonly serverNonce: Uint8Array
  readonly newNonce: Uint8Array
  readonly aes: AesKey
  readonly secret: Uint8Array
  readonly dc: number | undefined
  readonly expiresIn: number | undefined
  /** 0, or the aux hash of the key that was refused last. */
  readonly retryId: bigint
  readonly attempt: number
}

type Step =
  | { readonly at: 'idle' }
  | { readonly at: 'offered'; readonly offer: Offer }
  | { readonly at: 'half'; readonly half: Half }

export interface KeyExchangeState {
  readonly options: KeyExchangeOptions
  readonly ids: MessageIds
  readonly step: Step
  /** The last query and its answer: a client that missed the answer asks again with the same bytes. */
  readonly last?: { readonly query: Uint8Array; readonly packet: Uint8Array } | undefined
}

/** Auth key or query unknown (transports, "Transport errors"). */
const NOT_FOUND = -404
/** The DC's number is wrong for this server. */
const WRONG_DC = -444
const GENERATOR = 3
const SECRET_BYTES = 256
/** As often as our own client puts up with it. */
const MAX_ATTEMPTS = 5
/** A random prime of 31 bits is found after 11 odd numbers on average. */
const MAX_DRAWS = 1000

/** The machine before its first event. */
export function beginKeyExchange(options: KeyExchangeOptions): KeyExchangeState {
  return { options, ids: new MessageIds(), step: { at: 'idle' } }
}

/** The machine with its state inside. */
export function createKeyExchange(options: KeyExchangeOptions): {
  step(event: KeyExchangeEvent, env: Env): readonly KeyExchangeEffect[]
} {
  return stepping(keyExchange, beginKeyExchange(options))
}

/** One step. After `done` the connection may run another exchange. */
export const keyExchange: Machine<KeyExchangeState, KeyExchangeEvent, KeyExchangeEffect> = (state, event, env) => {
  try {
    const { query, bytes } = readQuery(event.packet)
    if (state.last !== undefined && equalBytes(state.last.query, bytes)) {
      return [state, [{ _: 'write', packet: state.last.packet }]]
    }
    const outcome = answerTo(state, query, env)
    if (typeof outcome === 'number') return refuse(state, outcome)
    const { answer, step, done } = outcome
    const honest = sealPlain(state.ids.nextAnswer(env), encode(answer, writeServiceObject))
    const packet = state.options.lies?.packet?.(honest) ?? honest
    const effects: KeyExchangeEffect[] = done === undefined ? [] : [done]
    return [{ ...state, step, last: { query: bytes, packet } }, [...effects, { _: 'write', packet }]]
  } catch (error) {
    if (error instanceof ProtocolError) return refuse(state, NOT_FOUND)
    throw error
  }
}

type Result = readonly [KeyExchangeState, readonly KeyExchangeEffect[]]

function refuse(state: KeyExchangeState, code: number): Result {
  return [{ ...state, step: { at: 'idle' }, last: undefined }, [{ _: 'error', code }]]
}

/** The object, and its bytes alone: what a client adds behind them may differ each time. */
function readQuery(packet: Uint8Array): { readonly query: ServiceObject; readonly bytes: Uint8Array } {
  const opened = openPlain(packet)
  if (opened instanceof ProtocolError) throw opened
  if (!isClientMessageId(opened.messageId)) throw mismatch('msg_id')
  const { value, length } = readObject(opened.body, 'a query of the key exchange')
  return { query: value, bytes: opened.body.slice(0, length) }
}

/** An answer and what is waited for after it, or the code of an error. */
type Outcome = { readonly answer: ServiceObject; readonly step: Step; readonly done?: KeyExchangeDone } | number

function answerTo(state: KeyExchangeState, query: ServiceObject, env: Env): Outcome {
  const { step, options } = state
  switch (query._) {
    // Allowed at any time: an exchange that was begun is forgotten.
    case 'req_pq':
    case 'req_pq_multi':
      return onReqPq(options, query.nonce, env)
    case 'req_DH_params':
      return step.at === 'offered' ? onReqDhParams(options, step.offer, query, env) : NOT_FOUND
    case 'set_client_DH_params':
      return step.at === 'half' ? onSetClientDhParams(options, step.half, query) : NOT_FOUND
    default:
      return NOT_FOUND
  }
}

function onReqPq(options: KeyExchangeOptions, nonce: Uint8Array, env: Env): Outcome {
  const { privateKey, foreignFingerprints = [], lies } = options
  const serverNonce = env.random(16)
  const [p, q] = options.primes ?? drawPrimes(env)
  const offer = { nonce, serverNonce, pq: bytesFromBigint(p * q), p: bytesFromBigint(p), q: bytesFromBigint(q) }
  const answer: ServiceObject = {
    _: 'resPQ',
    nonce,
    serverNonce,
    pq: offer.pq,
    serverPublicKeyFingerprints: [...foreignFingerprints, privateKey.public.fingerprint],
  }
  return { answer: lies?.resPQ?.(answer) ?? answer, step: { at: 'offered', offer } }
}

/** Two primes of 31 bits: their product stays below 2^62, as the real ones do. */
function drawPrimes(env: Env): readonly [p: bigint, q: bigint] {
  const found: bigint[] = []
  for (let draw = 0; draw < MAX_DRAWS; draw++) {
    const [a = 0, b = 0, c = 0, d = 0] = env.random(4)
    const candidate = BigInt((0x4000_0000 | (a << 22) | (b << 14) | (c << 6) | d | 1) & 0x7fff_ffff)
    if (!isSmallPrime(candidate) || found.includes(candidate)) continue
    found.push(candidate)
    const [p, q] = found
    if (p !== undefined && q !== undefined) return p < q ? [p, q] : [q, p]
  }
  throw new ProtocolError(`expected primes among ${MAX_DRAWS} random numbers, got too few`)
}

type OneOf<Name extends ServiceObject['_']> = Extract<ServiceObject, { _: Name }>

function onReqDhParams(options: KeyExchangeOptions, offer: Offer, query: OneOf<'req_DH_params'>, env: Env): Outcome {
  const { privateKey, acceptsDc, lies } = options
  checkNonces(query, offer)
  checkEqual('p', query.p, offer.p)
  checkEqual('q', query.q, offer.q)
  if (query.publicKeyFingerprint !== privateKey.public.fingerprint) throw mismatch('fingerprint')
  const data = rsaUnpad(query.encryptedData, privateKey)
  if (data === undefined) throw mismatch('encrypted_data')
  const inner = readInner(data)
  checkNonces(inner, offer)
  checkEqual('pq', inner.pq, offer.pq)
  checkEqual('p', inner.p, offer.p)
  checkEqual('q', inner.q, offer.q)
  const dc = 'dc' in inner ? inner.dc : undefined
  if (dc !== undefined && acceptsDc !== undefined && !acceptsDc(dc)) return WRONG_DC

  const { nonce, serverNonce } = offer
  const { newNonce } = inner
  const expiresIn = 'expiresIn' in inner ? inner.expiresIn : undefined
  const aes = temporaryAesKey(newNonce, serverNonce)
  const { secret, gA } = drawHalf(env)
  const serverTime = Math.floor(env.now / 1000)
  const honest: ServiceObject = {
    _: 'server_DH_inner_data',
    nonce,
    serverNonce,
    g: GENERATOR,
    dhPrime: DH_PRIME,
    gA,
    serverTime,
  }
  const plain = hashed(encode(lies?.innerData?.(honest) ?? honest, writeServiceObject), (length) => env.random(length))
  const encryptedAnswer = sealHashed(lies?.hashedData?.(plain) ?? plain, aes)
  const answer: ServiceObject = { _: 'server_DH_params_ok', nonce, serverNonce, encryptedAnswer }
  const half: Half = { nonce, serverNonce, newNonce, aes, secret, dc, expiresIn, retryId: 0n, attempt: 1 }
  return { answer: lies?.dhParams?.(answer, newNonce) ?? answer, step: { at: 'half', half } }
}

/** Behind the object there may be padding: RSA_PAD leaves it in place. */
function readInner(
  data: Uint8Array,
): OneOf<'p_q_inner_data' | 'p_q_inner_data_dc' | 'p_q_inner_data_temp' | 'p_q_inner_data_temp_dc'> {
  const { value } = readObject(data, 'P_Q_inner_data')
  switch (value._) {
    case 'p_q_inner_data':
    case 'p_q_inner_data_dc':
    case 'p_q_inner_data_temp':
    case 'p_q_inner_data_temp_dc':
      return value
    default:
      throw mismatch('P_Q_inner_data')
  }
}

function drawHalf(env: Env): { readonly secret: Uint8Array; readonly gA: Uint8Array } {
  const secret = env.random(SECRET_BYTES)
  const gA = dhPublic(GENERATOR, secret, DH_PRIME)
  checkPublicValue(gA, DH_PRIME)
  return { secret, gA }
}

function onSetClientDhParams(options: KeyExchangeOptions, half: Half, query: OneOf<'set_client_DH_params'>): Outcome {
  const { isKeyUsed, lies } = options
  checkNonces(query, half)
  const inner = openHashed(query.encryptedData, half.aes, 'client_DH_inner_data')
  if (inner._ !== 'client_DH_inner_data') throw mismatch('client_DH_inner_data')
  checkNonces(inner, half)
  if (inner.retryId !== half.retryId) throw mismatch('retry_id')
  checkPublicValue(inner.gB, DH_PRIME)
  const key = authKey(dhShared(leftPad(inner.gB, SECRET_BYTES), half.secret, DH_PRIME))
  const auxHash = authKeyAuxHash(key.bytes)
  const hash = (n: 1 | 2 | 3) => newNonceHash(half.newNonce, n, auxHash)
  const told = (answer: ServiceObject) => lies?.dhGen?.(answer, hash) ?? answer
  const { nonce, serverNonce, newNonce, dc, expiresIn } = half

  if (isKeyUsed?.(key.id) ?? false) {
    if (half.attempt === MAX_ATTEMPTS) {
      const answer = told({ _: 'dh_gen_fail', nonce, serverNonce, newNonceHash3: hash(3) })
      return { answer, step: { at: 'idle' } }
    }
    const retryId = new DataView(auxHash.buffer, auxHash.byteOffset).getBigInt64(0, true)
    const answer = told({ _: 'dh_gen_retry', nonce, serverNonce, newNonceHash2: hash(2) })
    return { answer, step: { at: 'half', half: { ...half, retryId, attempt: half.attempt + 1 } } }
  }
  const answer = told({ _: 'dh_gen_ok', nonce, serverNonce, newNonceHash1: hash(1) })
  if (answer._ !== 'dh_gen_ok') return { answer, step: { at: 'idle' } }
  const done: KeyExchangeDone = { _: 'done', key, salt: firstSalt(newNonce, serverNonce), dc, expiresIn }
  return { answer, step: { at: 'idle' }, done }
}

interface Nonces {
  readonly nonce: Uint8Array
  readonly serverNonce: Uint8Array
}

function checkNonces(got: Nonces, expected: Nonces): void {
  checkEqual('nonce', got.nonce, expected.nonce)
  checkEqual('server_nonce', got.serverNonce, expected.serverNonce)
}

function checkEqual(what: string, got: Uint8Array, expected: Uint8Array): void {
  if (!equalBytes(got, expected)) throw mismatch(what)
}

function mismatch(what: string): ProtocolError {
  return new ProtocolError(`${what}: expected that of this exchange, got another`)
}
