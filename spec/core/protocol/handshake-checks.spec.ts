import { expect } from 'chai'
import { bytesFromBigint, concat, fromHex, hex } from '../../../lib/core/bytes.ts'
import { DH_PRIME } from '../../../lib/core/crypto/dh.ts'
import { sha1 } from '../../../lib/core/crypto/sha.ts'
import { ProtocolError } from '../../../lib/core/errors.ts'
import { sealPlain } from '../../../lib/core/protocol/envelope.ts'
import type { ServiceObject } from '../../../lib/core/protocol/service.ts'
import type { Lies } from '../../../lib/local-dc/key-exchange.ts'
import { fakeEnv } from '../../support/machine.ts'
import { bodyOf, edit, meet, type OneOf, syntheticKey } from './exchange.ts'

const privateKey = syntheticKey()
const publicKeys = [privateKey.public]
const primes = [1229739323n, 1402015859n] as const
const other = new Uint8Array(16).fill(1)
const prime = BigInt(`0x${hex(DH_PRIME)}`)

type Fields<Name extends ServiceObject['_']> = Partial<Omit<OneOf<Name>, '_'>>

const resPQ = (fields: Fields<'resPQ'>): Lies => ({ resPQ: edit('resPQ', (answer) => ({ ...answer, ...fields })) })
const pq = (value: bigint): Lies => resPQ({ pq: bytesFromBigint(value, 8) })
const dhParams = (fields: Fields<'server_DH_params_ok'>): Lies => ({
  dhParams: edit('server_DH_params_ok', (answer) => ({ ...answer, ...fields })),
})
const innerData = (fields: Fields<'server_DH_inner_data'>): Lies => ({
  innerData: edit('server_DH_inner_data', (inner) => ({ ...inner, ...fields })),
})
const gA = (value: bigint): Lies => innerData({ gA: bytesFromBigint(value) })
const dhGenOk = (fields: Fields<'dh_gen_ok'>): Lies => ({
  dhGen: edit('dh_gen_ok', (answer) => ({ ...answer, ...fields })),
})

/** The last answer is turned into another one, right but for `fields`. */
const dhGenRetry = (fields: Fields<'dh_gen_retry'>): Lies => ({
  dhGen: (answer, hash) => ({ _: 'dh_gen_retry', ...noncesOf(answer), newNonceHash2: hash(2), ...fields }),
})
const dhGenFail = (fields: Fields<'dh_gen_fail'>): Lies => ({
  dhGen: (answer, hash) => ({ _: 'dh_gen_fail', ...noncesOf(answer), newNonceHash3: hash(3), ...fields }),
})
const dhParamsFail = (fields: Fields<'server_DH_params_fail'>): Lies => ({
  dhParams: (answer, newNonce) => ({
    _: 'server_DH_params_fail',
    ...noncesOf(answer),
    newNonceHash: sha1(newNonce).slice(4, 20),
    ...fields,
  }),
})

function noncesOf(answer: ServiceObject): { nonce: Uint8Array; serverNonce: Uint8Array } {
  if (!('nonce' in answer && 'serverNonce' in answer)) throw new Error(`expected nonces in ${answer._}`)
  return { nonce: answer.nonce, serverNonce: answer.serverNonce }
}

const anotherObject: ServiceObject = { _: 'dh_gen_ok', nonce: other, serverNonce: other, newNonceHash1: other }
const flipped = (at: number) => (bytes: Uint8Array) => bytes.map((byte, index) => (index === at ? byte ^ 1 : byte))

type Row = readonly [name: string, lies: Lies, expected: RegExp]

const onResPQ: readonly Row[] = [
  ['another nonce', resPQ({ nonce: other }), /^resPQ: nonce: expected that of this exchange, got another$/],
  [
    'no fingerprints',
    resPQ({ serverPublicKeyFingerprints: [] }),
    /^resPQ: expected one of the fingerprints \d+, got none$/,
  ],
  ['unknown fingerprints', resPQ({ serverPublicKeyFingerprints: [1n, -2n] }), /^resPQ: expected one .*, got 1, -2$/],
  ['a pq that is prime', pq(primes[0]), /^pq: expected a product of two primes/],
  ['a pq of three primes', pq(15n * primes[0]), /^pq: expected a product of two primes/],
  ['a pq that is a square', pq(primes[0] ** 2n), /^pq: expected two different primes, got a square$/],
  ['a pq of 0', pq(0n), /^pq: expected 1 < pq/],
  ['a pq of more than 63 bits', pq(2n ** 64n - 1n), /^pq: expected 1 < pq/],
  ['a pq of 9 bytes', resPQ({ pq: new Uint8Array(9).fill(1) }), /^pq: expected at most 8 bytes, got 9$/],
  ['another object', { resPQ: () => anotherObject }, /^expected resPQ, got dh_gen_ok$/],
]

const onDhParams: readonly Row[] = [
  ['another nonce', dhParams({ nonce: other }), /^server_DH_params_ok: nonce: expected/],
  ['another server_nonce', dhParams({ serverNonce: other }), /^server_DH_params_ok: server_nonce: expected/],
  ['another object', { dhParams: () => anotherObject }, /^expected server_DH_params_ok, got dh_gen_ok$/],
  ['a refusal', dhParamsFail({}), /^expected server_DH_params_ok, got server_DH_params_fail$/],
  ['a refusal with another hash', dhParamsFail({ newNonceHash: other }), /^server_DH_params_fail: expected the hash/],
  ['a refusal of another nonce', dhParamsFail({ nonce: other }), /^server_DH_params_fail: nonce/],
  ['a refusal of another server_nonce', dhParamsFail({ serverNonce: other }), /^server_DH_params_fail: server_nonce/],
  ['no whole blocks', dhParams({ encryptedAnswer: new Uint8Array(591) }), /expected whole blocks of 16 bytes, got 591/],
  ['no answer', dhParams({ encryptedAnswer: new Uint8Array(0) }), /expected whole blocks of 16 bytes, got 0 bytes$/],
  [
    'noise',
    dhParams({ encryptedAnswer: new Uint8Array(592) }),
    /^expected server_DH_inner_data, got bytes that are none/,
  ],
  ['another SHA-1', { hashedData: flipped(0) }, /^server_DH_inner_data: expected the SHA-1/],
  ['a change after the SHA-1', { hashedData: flipped(20 + 560) }, /^server_DH_inner_data: expected the SHA-1/],
  [
    'a block too much',
    { hashedData: (data) => concat(data, new Uint8Array(16)) },
    /^server_DH_inner_data: expected less than 16 bytes of padding, got 24$/,
  ],
  ['another object inside', { innerData: () => anotherObject }, /^expected server_DH_inner_data, got dh_gen_ok$/],
  ['another nonce inside', innerData({ nonce: other }), /^server_DH_inner_data: nonce: expected/],
  ['another server_nonce inside', innerData({ serverNonce: other }), /^server_DH_inner_data: server_nonce: expected/],
]

const onGroup: readonly Row[] = [
  ['g = 1', innerData({ g: 1 }), /^g: expected a number from 2 to 7, got 1$/],
  ['g = 8', innerData({ g: 8 }), /^g: expected a number from 2 to 7, got 8$/],
  ['a g that is no generator', innerData({ g: 2 }), /^g = 2: expected dh_prime mod 8 to be 7, got 3$/],
  ['2047 bits', innerData({ dhPrime: bytesFromBigint(prime >> 1n) }), /^dh_prime: expected a number of 2048 bits/],
  ['2049 bits', innerData({ dhPrime: bytesFromBigint(prime << 1n) }), /^dh_prime: expected a number of 2048 bits/],
  [
    'no prime',
    innerData({ dhPrime: bytesFromBigint(prime + 6n) }),
    /^dh_prime: expected p and \(p - 1\) \/ 2 to be prime/,
  ],
  ['g_a = 0', gA(0n), /^DH value: expected 1 < value < p - 1/],
  ['g_a = 1', gA(1n), /^DH value: expected 1 < value < p - 1/],
  ['g_a = p - 1', gA(prime - 1n), /^DH value: expected 1 < value < p - 1/],
  ['g_a beyond p', gA(prime << 8n), /^DH value: expected 1 < value < p - 1/],
  ['g_a close to 0', gA(2n ** 1984n - 1n), /^DH value: expected 2 \*\* 1984/],
  ['g_a close to p', gA(prime - 2n ** 1984n + 1n), /^DH value: expected 2 \*\* 1984/],
]

const onDhGen: readonly Row[] = [
  ['ok of another nonce', dhGenOk({ nonce: other }), /^dh_gen_ok: nonce/],
  ['ok of another server_nonce', dhGenOk({ serverNonce: other }), /^dh_gen_ok: server_nonce/],
  [
    'ok with another hash',
    dhGenOk({ newNonceHash1: other }),
    /^dh_gen_ok: expected the hash of the new nonce and the key/,
  ],
  [
    'ok with the hash of retry',
    { dhGen: (answer, hash) => ({ _: 'dh_gen_ok', ...noncesOf(answer), newNonceHash1: hash(2) }) },
    /^dh_gen_ok: expected the hash/,
  ],
  ['retry of another nonce', dhGenRetry({ nonce: other }), /^dh_gen_retry: nonce/],
  ['retry of another server_nonce', dhGenRetry({ serverNonce: other }), /^dh_gen_retry: server_nonce/],
  ['retry with another hash', dhGenRetry({ newNonceHash2: other }), /^dh_gen_retry: expected the hash/],
  ['fail', dhGenFail({}), /^expected dh_gen_ok, got dh_gen_fail$/],
  ['fail of another nonce', dhGenFail({ nonce: other }), /^dh_gen_fail: nonce/],
  ['fail of another server_nonce', dhGenFail({ serverNonce: other }), /^dh_gen_fail: server_nonce/],
  ['fail with another hash', dhGenFail({ newNonceHash3: other }), /^dh_gen_fail: expected the hash/],
  ['another object', { dhGen: () => ({ _: 'req_pq', nonce: other }) }, /^expected dh_gen_ok, got req_pq$/],
]

const onPacket: readonly Row[] = [
  [
    'an even msg_id',
    { packet: (packet) => packet.map((byte, at) => (at === 8 ? byte & ~3 : byte)) },
    /^resPQ: expected an odd msg_id/,
  ],
  ['an auth_key_id', { packet: flipped(0) }, /^expected a plain message, got an encrypted one$/],
  [
    'an end too early',
    { packet: (packet) => packet.slice(0, -4) },
    /^expected a plain message of 60 bytes, got a length of 64$/,
  ],
  [
    'nothing in it',
    { packet: (packet) => packet.slice(0, 16) },
    /^expected a plain message of at least 20 bytes, got 16$/,
  ],
  [
    'half an object',
    { packet: (packet) => sealPlain(1n, bodyOf(packet).slice(0, -4)) },
    /^expected resPQ, got bytes that are none/,
  ],
  [
    'an unknown object',
    { packet: () => sealPlain(1n, fromHex('01020304')) },
    /^expected resPQ, got bytes that are none/,
  ],
]

describe('handshake refuses', () => {
  const tables = {
    resPQ: onResPQ,
    server_DH_params: onDhParams,
    'a group': onGroup,
    dh_gen: onDhGen,
    'a packet': onPacket,
  }
  for (const [what, rows] of Object.entries(tables)) {
    describe(`${what} with`, () => {
      for (const [name, lies, expected] of rows) {
        it(name, () => {
          const { error, clientDone, client } = meet({ dc: 2, publicKeys }, { privateKey, primes, lies }, fakeEnv())
          expect(clientDone).to.equal(undefined)
          expect(error).to.be.instanceOf(ProtocolError)
          expect(error!.message).to.match(expected)
          // No nonce, hash or key is in it: they would be 32 digits and more.
          expect(error!.message).to.not.match(/[0-9a-f]{24}/)
          expect(client.slice(-2).map(({ _ }) => _)).to.deep.equal(['untimer', 'failed'])
        })
      }
    })
  }

  it('a sixth key, when the first five were taken', () => {
    const { error, client } = meet(
      { dc: 2, publicKeys },
      { privateKey, isKeyUsed: () => true, lies: dhGenRetry({}) },
      fakeEnv(),
    )
    expect(error!.message).to.equal('expected a key to be accepted, got dh_gen_retry 5 times')
    expect(client.filter(({ _ }) => _ === 'write').length).to.equal(2 + 5)
  })
})
