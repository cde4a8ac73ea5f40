import { concat } from '../../lib/core/bytes.ts'
import { igeDecrypt } from '../../lib/core/crypto/aes-ige.ts'
import { temporaryAesKey } from '../../lib/core/crypto/message-key.ts'
import { sha1 } from '../../lib/core/crypto/sha.ts'
import { ProtocolError } from '../../lib/core/errors.ts'
import { openPlain, sealPlain } from '../../lib/core/protocol/envelope.ts'
import { type FakeTls, fakeTls } from '../../lib/core/protocol/fake-tls.ts'
import { acceptHello, SeenHellos } from '../../lib/core/protocol/fake-tls-server.ts'
import { beginHandshake, type HandshakeState, handshake } from '../../lib/core/protocol/handshake.ts'
import type { HandshakeEffect } from '../../lib/core/protocol/handshake-events.ts'
import { hashed, readObject, sealHashed } from '../../lib/core/protocol/hashed-data.ts'
import { proxySecret } from '../../lib/core/protocol/proxy-secret.ts'
import { writeServiceObject } from '../../lib/core/protocol/service.ts'
import { encode } from '../../lib/core/tl/writer.ts'
import { beginKeyExchange, type KeyExchangeState, keyExchange } from '../../lib/local-dc/key-exchange.ts'
import { objectIn, syntheticKey } from '../core/protocol/exchange.ts'
import { fakeEnv } from '../support/machine.ts'
import { seededRandom } from '../support/marbles.ts'
import type { Draws } from './draws.ts'
import { mutated, mutatedBody } from './mutations.ts'

/** A key exchange as it went, with the states between its messages. */
interface Exchange {
  /** The client's states before each answer, and the answers. */
  readonly client: readonly { readonly state: HandshakeState; readonly packet: Uint8Array }[]
  /** The server's states before each query, and the queries. */
  readonly server: readonly { readonly state: KeyExchangeState; readonly packet: Uint8Array }[]
  readonly keyId: bigint
}

const privateKey = syntheticKey()
const primes = [1229739323n, 1402015859n] as const

/** The same randomness whenever the same step is taken. */
const envOf = (step: number) => fakeEnv({ seed: 100 + step })

let recorded: Exchange | undefined

/** One honest exchange, made once. */
function exchange(): Exchange {
  if (recorded !== undefined) return recorded
  let client: HandshakeState = beginHandshake({ dc: 1, publicKeys: [privateKey.public] })
  let server: KeyExchangeState = beginKeyExchange({ privateKey, primes })
  const heardByClient: { state: HandshakeState; packet: Uint8Array }[] = []
  const heardByServer: { state: KeyExchangeState; packet: Uint8Array }[] = []
  let effects: readonly HandshakeEffect[]
  ;[client, effects] = handshake(client, { _: 'opened' }, envOf(0))
  for (let step = 1; ; step++) {
    const done = effects.find((effect) => effect._ === 'done')
    if (done !== undefined) {
      recorded = { client: heardByClient, server: heardByServer, keyId: done.key.id }
      return recorded
    }
    const query = effects.find((effect) => effect._ === 'write')
    if (query === undefined) throw new Error('expected an exchange that ends well')
    heardByServer.push({ state: server, packet: query.packet })
    const [next, said] = keyExchange(server, { _: 'received', packet: query.packet }, envOf(step))
    server = next
    const answer = said.find((effect) => effect._ === 'write')
    if (answer === undefined) throw new Error('expected an answer to each query')
    heardByClient.push({ state: client, packet: answer.packet })
    ;[client, effects] = handshake(client, { _: 'received', packet: answer.packet }, envOf(step))
  }
}

/** A client hears one wrong answer, and the right ones after it: it may have the right key in the end, and no other. */
export function clientExchange(draws: Draws): 'refused' | 'unharmed' {
  const { client, keyId } = exchange()
  const at = draws.below(client.length)
  const others = client.map(({ packet }) => packet)
  const { state: begin, packet: honest } = client[at]!
  let state = begin
  const isInside = draws.below(2) === 0
  const packets = [
    isInside ? insideAnswer(begin, honest, draws) : mutated(honest, draws, others),
    ...others.slice(at + 1),
  ]
  for (const [index, packet] of packets.entries()) {
    const [next, effects] = handshake(state, { _: 'received', packet: packet.slice() }, envOf(at + index + 1))
    state = next
    for (const effect of effects) {
      if (effect._ === 'failed') {
        if (!(effect.error instanceof ProtocolError)) throw effect.error
        return 'refused'
      }
      if (effect._ !== 'done') continue
      if (effect.key.id !== keyId) throw new Error('a forgery: the client took another key')
      return 'unharmed'
    }
  }
  return 'refused'
}

/** What only the server can read, changed, with its hash made right again. */
function insideAnswer(state: HandshakeState, packet: Uint8Array, draws: Draws): Uint8Array {
  const opened = openPlain(packet)
  if (opened instanceof ProtocolError) throw opened
  const others = [opened.body]
  const answer = objectIn(packet)
  if (answer._ !== 'server_DH_params_ok' || state.step.at !== 'server_DH_params' || draws.below(4) === 0)
    return sealPlain(opened.messageId, mutatedBody(opened.body, draws, others))
  const { newNonce, serverNonce } = state.step.nonces
  const aes = temporaryAesKey(newNonce, serverNonce)
  const plain = igeDecrypt(answer.encryptedAnswer, aes.key, aes.iv)
  const { length } = readObject(plain.subarray(20), 'server_DH_inner_data')
  const inner = plain.slice(20, 20 + length)
  const changed = mutatedBody(inner, draws, [inner])
  const random = seededRandom(9)
  const data = draws.below(3) === 0 ? blocks(concat(sha1(changed), changed), random) : hashed(changed, random)
  return sealPlain(opened.messageId, encode({ ...answer, encryptedAnswer: sealHashed(data, aes) }, writeServiceObject))
}

function blocks(bytes: Uint8Array, random: (length: number) => Uint8Array): Uint8Array {
  return concat(bytes, random(-bytes.length & 15))
}

/** A server hears one wrong query, and the right ones after it. */
export function serverExchange(draws: Draws): 'refused' | 'unharmed' {
  const { server, keyId } = exchange()
  const at = draws.below(server.length)
  const others = server.map(({ packet }) => packet)
  const { state: begin, packet: honest } = server[at]!
  let state = begin
  const opened = openPlain(honest)
  if (opened instanceof ProtocolError) throw opened
  const wrong =
    draws.below(2) === 0
      ? sealPlain(opened.messageId, mutatedBody(opened.body, draws, [opened.body]))
      : mutated(honest, draws, others)
  for (const [index, packet] of [wrong, ...others.slice(at + 1)].entries()) {
    const [next, effects] = keyExchange(state, { _: 'received', packet: packet.slice() }, envOf(at + index + 1))
    state = next
    for (const effect of effects) {
      if (effect._ === 'error') return 'refused'
      if (effect._ !== 'done') continue
      if (effect.key.id !== keyId) throw new Error('a forgery: the server made another key')
      return 'unharmed'
    }
  }
  return 'refused'
}

const secret = proxySecret(`ee00112233445566778899aabbccddeeff${Buffer.from('example.org').toString('hex')}`)
const TIME = 1_700_000_000

let shaken: { readonly hello: Uint8Array; readonly answer: Uint8Array } | undefined

function newHello(): FakeTls {
  return fakeTls({ key: secret.key, domain: 'example.org', time: TIME, random: seededRandom(12) })
}

/** A hello, and its answer. */
function greeting(): { readonly hello: Uint8Array; readonly answer: Uint8Array } {
  if (shaken !== undefined) return shaken
  const { hello } = newHello()
  shaken = { hello, answer: accepted(hello) }
  return shaken
}

function accepted(hello: Uint8Array): Uint8Array {
  if (secret.kind !== 'tls') throw new Error('expected a secret with a domain')
  return acceptHello(hello, { secrets: [secret], seen: new SeenHellos(), time: TIME, random: seededRandom(13) }).answer
}

/** A wrong answer to a hello, in pieces: the client never takes it, but may wait for the rest of it. */
export function clientGreeting(draws: Draws): 'refused' | 'unharmed' {
  const { answer } = greeting()
  const wrong = mutated(answer, draws, [answer])
  if (isPrefix(answer, wrong)) return 'unharmed'
  const tls = newHello()
  try {
    for (let at = 0; at < wrong.length; ) {
      const end = at + 1 + draws.below(wrong.length)
      if (tls.receive(wrong.slice(at, end)) !== undefined) throw new Error('a forgery: the client took another answer')
      at = end
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
  }
  return 'refused'
}

/** A wrong hello: the proxy never answers. */
export function serverGreeting(draws: Draws): 'refused' | 'unharmed' {
  const { hello } = greeting()
  const wrong = mutated(hello, draws, [hello])
  if (isPrefix(hello, wrong)) return 'unharmed'
  try {
    accepted(wrong)
  } catch (error) {
    if (error instanceof ProtocolError) return 'refused'
    throw error
  }
  throw new Error('a forgery: the proxy took another hello')
}

function isPrefix(whole: Uint8Array, bytes: Uint8Array): boolean {
  return whole.length <= bytes.length && whole.every((byte, at) => bytes[at] === byte)
}
