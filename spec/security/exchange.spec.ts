import { expect } from 'chai'
import { defer, merge, type Observable, of, switchMap, take, tap } from 'rxjs'
import { getNearestDc } from '../../lib/api/help.ts'
import { bytesFromBigint, concat, hex } from '../../lib/core/bytes.ts'
import { DH_PRIME } from '../../lib/core/crypto/dh.ts'
import { ProtocolError } from '../../lib/core/errors.ts'
import { keyIdOf } from '../../lib/core/protocol/envelope.ts'
import type { ServiceObject } from '../../lib/core/protocol/service.ts'
import type { KeyExchangeOptions, Lies } from '../../lib/local-dc/key-exchange.ts'
import { memoryStorage } from '../../lib/runtime/storage/memory.ts'
import type { Storage } from '../../lib/runtime/storage/storage.ts'
import { edit, type OneOf } from '../core/protocol/exchange.ts'
import { check, failing, flow, steps } from '../telegram/flow.ts'
import { lyingServer, publicKey } from './lying-exchange.ts'

// The real client against a server that lies in the key exchange, one row for each check of it. What is wrong is said
// in the error, and no key comes of it: none is used, and none is stored. More rows: core/protocol/handshake-checks.spec.ts.

const other = new Uint8Array(16).fill(1)
const prime = BigInt(`0x${hex(DH_PRIME)}`)
/** 2048 bits, and divisible by 3. */
const composite = bytesFromBigint(prime + 1n - ((prime + 1n) % 3n))
/** 2048 bits, prime, and (p - 1) / 2 is not. */
const unsafe = bytesFromBigint(2n ** 2047n + 1919n)

type Fields<Name extends ServiceObject['_']> = Partial<Omit<OneOf<Name>, '_'>>

const resPQ = (fields: Fields<'resPQ'>): Lies => ({ resPQ: edit('resPQ', (answer) => ({ ...answer, ...fields })) })
const params = (fields: Fields<'server_DH_params_ok'>): Lies => ({
  dhParams: edit('server_DH_params_ok', (answer) => ({ ...answer, ...fields })),
})
const inner = (fields: Fields<'server_DH_inner_data'>): Lies => ({
  innerData: edit('server_DH_inner_data', (data) => ({ ...data, ...fields })),
})
const gA = (value: bigint): Lies => inner({ gA: bytesFromBigint(value) })
const verdict = (fields: Fields<'dh_gen_ok'>): Lies => ({
  dhGen: edit('dh_gen_ok', (answer) => ({ ...answer, ...fields })),
})
const flip = (at: number) => (bytes: Uint8Array) => bytes.map((byte, index) => (index === at ? byte ^ 1 : byte))

const rows: readonly (readonly [name: string, lies: Lies, message: RegExp])[] = [
  ['another nonce in resPQ', resPQ({ nonce: other }), /^resPQ: nonce: expected that of this exchange/],
  [
    'fingerprints that are all unknown',
    resPQ({ serverPublicKeyFingerprints: [1n] }),
    /^resPQ: expected one of the fing/,
  ],
  ['a pq that is prime', resPQ({ pq: bytesFromBigint(1229739323n) }), /^pq: expected a product of two primes/],
  ['another nonce in server_DH_params_ok', params({ nonce: other }), /^server_DH_params_ok: nonce: expected/],
  [
    'another server_nonce in server_DH_params_ok',
    params({ serverNonce: other }),
    /^server_DH_params_ok: server_nonce:/,
  ],
  ['another nonce in server_DH_inner_data', inner({ nonce: other }), /^server_DH_inner_data: nonce: expected/],
  [
    'another server_nonce in server_DH_inner_data',
    inner({ serverNonce: other }),
    /^server_DH_inner_data: server_nonce:/,
  ],
  ['another hash of server_DH_inner_data', { hashedData: flip(0) }, /^server_DH_inner_data: expected the SHA-1/],
  [
    'server_DH_inner_data changed after its hash',
    { hashedData: flip(500) },
    /^server_DH_inner_data: expected the SHA-1/,
  ],
  [
    'a block behind server_DH_inner_data',
    { hashedData: (data) => concat(data, new Uint8Array(16)) },
    /^server_DH_inner_data: expected less than 16 bytes of padding/,
  ],
  [
    'a dh_prime that is divisible by 3',
    inner({ g: 4, dhPrime: composite }),
    /^dh_prime: expected p and \(p - 1\) \/ 2/,
  ],
  ['a dh_prime that is prime, but not safe', inner({ g: 4, dhPrime: unsafe }), /^dh_prime: expected p and \(p - 1\)/],
  ['a dh_prime of 2047 bits', inner({ dhPrime: bytesFromBigint(prime >> 1n) }), /^dh_prime: expected a number of 2048/],
  ['g = 1', inner({ g: 1 }), /^g: expected a number from 2 to 7, got 1$/],
  [
    'g = 2, which generates too much with this prime',
    inner({ g: 2 }),
    /^g = 2: expected dh_prime mod 8 to be 7, got 3$/,
  ],
  ['g_a = 0', gA(0n), /^DH value: expected 1 < value < p - 1/],
  ['g_a = 1', gA(1n), /^DH value: expected 1 < value < p - 1/],
  ['g_a = p - 1', gA(prime - 1n), /^DH value: expected 1 < value < p - 1/],
  ['g_a below 2^1984', gA(2n ** 1984n - 1n), /^DH value: expected 2 \*\* 1984/],
  ['g_a above p - 2^1984', gA(prime - 2n ** 1984n + 1n), /^DH value: expected 2 \*\* 1984/],
  ['another nonce in dh_gen_ok', verdict({ nonce: other }), /^dh_gen_ok: nonce: expected/],
  ['another server_nonce in dh_gen_ok', verdict({ serverNonce: other }), /^dh_gen_ok: server_nonce: expected/],
  ['another new_nonce_hash1 in dh_gen_ok', verdict({ newNonceHash1: other }), /^dh_gen_ok: expected the hash/],
  [
    'an even msg_id',
    { packet: (packet) => packet.map((byte, at) => (at === 8 ? byte & ~3 : byte)) },
    /^resPQ: expected an odd msg_id/,
  ],
]

/** Whether a key was stored. */
const keys = (storage: Storage) =>
  storage.open().pipe(
    switchMap((store) => store.list('authKey')),
    take(1),
  )

describe('security: a key exchange is refused with', () => {
  for (const [name, lies, message] of rows) {
    it(
      name,
      flow(({ client, clock, faults }) => {
        const storage = memoryStorage()
        const server = lyingServer({ lies }, clock)
        const tg = client({ transport: server.transport, publicKeys: [publicKey], storage })
        return steps(
          failing(getNearestDc(tg), message),
          clock.after(100),
          check(() => {
            expect(faults[0]!.error).to.be.instanceOf(ProtocolError)
            expect(server.sealed).to.have.length(0)
          }),
          defer(() => tg.close()),
          keys(storage).pipe(tap((stored) => expect(stored).to.deep.equal([]))),
        )
      }),
    )
  }
})

describe('security: a key exchange', () => {
  const honest = (options: Partial<KeyExchangeOptions>, expected: { made: number }) =>
    flow(({ client, clock, faults }) => {
      const server = lyingServer(options, clock)
      const storage = memoryStorage()
      const tg = client({ transport: server.transport, publicKeys: [publicKey], storage })
      const asked$: Observable<unknown> = getNearestDc(tg).pipe(take(1))
      return steps(
        merge(asked$, clock.after(1000).pipe(switchMap(() => of('nobody answers')))).pipe(take(1)),
        check(() => {
          expect(faults).to.deep.equal([])
          expect(server.made).to.have.length(expected.made)
          expect(server.sealed.length).to.be.greaterThan(0)
          expect(server.sealed.map(keyIdOf).every((id) => id === server.made[0]!.id)).to.equal(true)
        }),
        defer(() => tg.close()),
        keys(storage).pipe(tap((stored) => expect(stored).to.have.length(1))),
      )
    })

  it('without a lie makes a key, by which all that follows is sealed', honest({}, { made: 1 }))

  it('goes on after dh_gen_retry, with another value', () => {
    let asked = 0
    honest({ isKeyUsed: () => ++asked < 3 }, { made: 1 })()
    expect(asked).to.equal(3)
  })
})
