import { expect } from 'chai'
import { bytesFromBigint, bytesFromInt64, concat, equalBytes, fromHex, hex, xor } from '../../lib/core/bytes.ts'
import { DH_PRIME } from '../../lib/core/crypto/dh.ts'
import { authKey, authKeyAuxHash, newNonceHash, temporaryAesKey } from '../../lib/core/crypto/message-key.ts'
import { isSmallPrime } from '../../lib/core/crypto/prime.ts'
import { sealPlain } from '../../lib/core/protocol/envelope.ts'
import { openHashed } from '../../lib/core/protocol/hashed-data.ts'
import { type ServiceObject, writeServiceObject } from '../../lib/core/protocol/service.ts'
import { encode } from '../../lib/core/tl/writer.ts'
import { createKeyExchange, type KeyExchangeEffect } from '../../lib/local-dc/key-exchange.ts'
import { bodyOf, meet, queryPacket, recorded } from '../core/protocol/exchange.ts'
import { scripted } from '../core/protocol/vectors.ts'
import { fakeEnv } from '../support/machine.ts'
import {
  answerOf,
  type Client,
  connect,
  legacyPadded,
  newNonce,
  nonce,
  type OneOf,
  padded,
  privateKey,
  random,
} from './careless-client.ts'

const other16 = new Uint8Array(16).fill(3)
const PRIMES = [1229739323n, 1402015859n] as const
const NOT_FOUND = [{ _: 'error', code: -404 }]

describe('the key exchange of the local DC', () => {
  describe('replays', () => {
    for (const { name, in: given, out, messages } of recorded('exchange-synthetic')) {
      it(name, () => {
        const script = scripted(
          // Three bytes vary the message ids; they are no part of the exchange.
          fromHex(given.server_nonce),
          new Uint8Array(3),
          fromHex(given.a!),
          fromHex(given.answer_padding!),
        )
        const env = { now: given.server_time! * 1000 + 999, elapsed: 0, random: script }
        const rounds = out.rounds!
        let round = 0
        const exchange = createKeyExchange({
          privateKey,
          primes: PRIMES,
          // Listed first there: a key of production, which this server does not have.
          foreignFingerprints: [-3414540481677951611n],
          isKeyUsed: () => rounds[round]!.answer === 'dh_gen_retry',
        })
        const bodyAfter = (packet: Uint8Array) => {
          const effects = exchange.step({ _: 'received', packet }, env)
          const write = effects.find((effect) => effect._ === 'write')
          return { body: hex(bodyOf(write!.packet)), done: effects.find((effect) => effect._ === 'done') }
        }
        expect(bodyAfter(fromHex(messages['req_pq_multi']!.packet!)).body).to.equal(messages['resPQ']!.body)
        const { body } = bodyAfter(fromHex(messages['req_DH_params']!.packet!))
        expect(body).to.equal(messages['server_DH_params_ok']!.body)
        for (; round < rounds.length; round++) {
          const answer = bodyAfter(sealPlain(8n, fromHex(rounds[round]!.set_client_DH_params)))
          expect(answer.body).to.equal(rounds[round]!.answer_body)
          if (rounds[round]!.answer === 'dh_gen_retry') {
            expect(answer.done).to.equal(undefined)
            continue
          }
          expect(hex(answer.done!.key.bytes)).to.equal(out.auth_key)
          expect(hex(bytesFromInt64(answer.done!.key.id))).to.equal(out.auth_key_id)
          expect(String(answer.done!.salt)).to.equal(out.server_salt_int)
          expect(answer.done!.dc).to.equal(given.dc)
          expect(answer.done!.expiresIn).to.equal(given.expires_in ?? undefined)
        }
      })
    }
  })

  it('answers req_pq as it does req_pq_multi, with its own fingerprint last', () => {
    const exchange = createKeyExchange({ privateKey, foreignFingerprints: [7n] })
    const answer = answerOf(
      exchange.step({ _: 'received', packet: queryPacket({ _: 'req_pq', nonce }) }, fakeEnv()),
      'resPQ',
    )
    expect(hex(answer.nonce)).to.equal(hex(nonce))
    expect(answer.serverPublicKeyFingerprints).to.deep.equal([7n, privateKey.public.fingerprint])
  })

  it('offers a pq of two different primes of 31 bits', () => {
    const env = fakeEnv()
    for (let i = 0; i < 5; i++) {
      const exchange = createKeyExchange({ privateKey })
      const { pq } = answerOf(
        exchange.step({ _: 'received', packet: queryPacket({ _: 'req_pq', nonce }) }, env),
        'resPQ',
      )
      const n = BigInt(`0x${hex(pq)}`)
      expect(pq.length).to.equal(8)
      expect(n >= 1n << 60n && n < 1n << 62n).to.equal(true)
      expect(isSmallPrime(n)).to.equal(false)
    }
    const constant = { ...env, random: (length: number) => new Uint8Array(length) }
    const stuck = createKeyExchange({ privateKey })
    expect(stuck.step({ _: 'received', packet: queryPacket({ _: 'req_pq', nonce }) }, constant)).to.deep.equal(
      NOT_FOUND,
    )
  })

  describe('makes a key', () => {
    const forms: readonly (readonly [
      string,
      (inner: OneOf<'p_q_inner_data_dc'>) => ServiceObject,
      number | undefined,
      number | undefined,
    ])[] = [
      ['p_q_inner_data', ({ _: _name, dc: _dc, ...rest }) => ({ _: 'p_q_inner_data', ...rest }), undefined, undefined],
      ['p_q_inner_data_dc', (inner) => ({ ...inner, dc: -10002 }), -10002, undefined],
      [
        'p_q_inner_data_temp',
        ({ _: _name, dc: _dc, ...rest }) => ({ _: 'p_q_inner_data_temp', ...rest, expiresIn: 1 }),
        undefined,
        1,
      ],
      [
        'p_q_inner_data_temp_dc',
        ({ _: _name, ...rest }) => ({ ...rest, _: 'p_q_inner_data_temp_dc', expiresIn: 2_000_000_000 }),
        2,
        2_000_000_000,
      ],
    ]
    for (const [form, change, dc, expiresIn] of forms) {
      for (const [padding, pad] of [
        ['RSA_PAD', padded],
        ['the older padding', legacyPadded],
      ] as const) {
        it(`of ${form} and ${padding}`, () => {
          const client = connect({ primes: PRIMES })
          const inner = (honest: ServiceObject) => change(honest as OneOf<'p_q_inner_data_dc'>)
          const params = answerOf(client.send(client.reqDhParams({ inner, pad })), 'server_DH_params_ok')
          const { query, key } = client.setClientDhParams(params)
          const effects = client.send(query)
          // The key is there before the client can know it.
          expect(effects.map(({ _ }) => _)).to.deep.equal(['done', 'write'])
          const done = effects[0] as Extract<KeyExchangeEffect, { _: 'done' }>
          expect(hex(done.key.bytes)).to.equal(hex(key))
          expect(done.key.id).to.equal(authKey(key).id)
          expect(hex(bytesFromInt64(done.salt))).to.equal(
            hex(xor(newNonce.slice(0, 8), client.resPQ.serverNonce.slice(0, 8))),
          )
          expect(done.dc).to.equal(dc)
          expect(done.expiresIn).to.equal(expiresIn)
          const ok = answerOf(effects, 'dh_gen_ok')
          expect(hex(ok.newNonceHash1)).to.equal(hex(newNonceHash(newNonce, 1, authKeyAuxHash(key))))
        })
      }
    }
  })

  it('tells its time and the known group', () => {
    const client = connect({ primes: PRIMES }, fakeEnv({ now: 1_700_000_000_900 }))
    const { encryptedAnswer } = answerOf(client.send(client.reqDhParams()), 'server_DH_params_ok')
    const inner = openHashed(encryptedAnswer, temporaryAesKey(newNonce, client.resPQ.serverNonce), 'inner')
    if (inner._ !== 'server_DH_inner_data') throw new Error('expected server_DH_inner_data')
    expect(inner.serverTime).to.equal(1_700_000_000)
    expect(inner.g).to.equal(3)
    expect(equalBytes(inner.dhPrime, DH_PRIME)).to.equal(true)
  })

  describe('asked again', () => {
    it('gives the same answer to each repeated query, and one key', () => {
      const client = connect({ primes: PRIMES })
      const repeat = (query: ServiceObject) => {
        const first = client.send(query)
        // The same object under another id, with random bytes behind it.
        const again = client.sendPacket(sealPlain(400n, concat(encode(query, writeServiceObject), random(48))))
        expect(again).to.deep.equal(first.filter(({ _ }) => _ === 'write'))
        return first
      }
      expect(answerOf(client.send({ _: 'req_pq_multi', nonce }), 'resPQ')).to.deep.equal(client.resPQ)
      const params = answerOf(repeat(client.reqDhParams()), 'server_DH_params_ok')
      const effects = repeat(client.setClientDhParams(params).query)
      expect(effects.filter(({ _ }) => _ === 'done').length).to.equal(1)
    })

    it('begins anew at a req_pq of another nonce, at any time', () => {
      for (const asked of [false, true]) {
        const client = connect({ primes: PRIMES })
        if (asked) client.send(client.reqDhParams())
        const next = answerOf(client.send({ _: 'req_pq', nonce: other16 }), 'resPQ')
        expect(hex(next.nonce)).to.equal(hex(other16))
        expect(hex(next.serverNonce)).to.not.equal(hex(client.resPQ.serverNonce))
        // The exchange of before is forgotten.
        expect(client.send(client.reqDhParams())).to.deep.equal(NOT_FOUND)
      }
    })

    it('makes the next key on the same connection', () => {
      const env = fakeEnv()
      const client = connect({ primes: PRIMES }, env)
      const params = answerOf(client.send(client.reqDhParams()), 'server_DH_params_ok')
      client.send(client.setClientDhParams(params).query)
      expect(answerOf(client.send({ _: 'req_pq_multi', nonce: other16 }), 'resPQ')._).to.equal('resPQ')
    })
  })

  describe('when the key is taken', () => {
    const attempt = (client: Client, params: ServiceObject, retryId: bigint) =>
      client.setClientDhParams(params, { inner: (inner) => ({ ...inner, retryId }) })
    const nameOf = (key: Uint8Array) => new DataView(authKeyAuxHash(key).buffer).getBigInt64(0, true)

    it('wants another one, by the name of the refused', () => {
      let taken = true
      const client = connect({ primes: PRIMES, isKeyUsed: () => taken })
      const params = answerOf(client.send(client.reqDhParams()), 'server_DH_params_ok')
      const first = attempt(client, params, 0n)
      const retry = answerOf(client.send(first.query), 'dh_gen_retry')
      expect(hex(retry.newNonceHash2)).to.equal(hex(newNonceHash(newNonce, 2, authKeyAuxHash(first.key))))
      taken = false
      const second = attempt(client, params, nameOf(first.key))
      const effects = client.send(second.query)
      expect(hex((effects[0] as Extract<KeyExchangeEffect, { _: 'done' }>).key.bytes)).to.equal(hex(second.key))
    })

    it('refuses another retry_id', () => {
      const client = connect({ primes: PRIMES, isKeyUsed: () => true })
      const params = answerOf(client.send(client.reqDhParams()), 'server_DH_params_ok')
      client.send(attempt(client, params, 0n).query)
      expect(client.send(attempt(client, params, 0n).query)).to.deep.equal(NOT_FOUND)
    })

    it('gives up after five', () => {
      const client = connect({ primes: PRIMES, isKeyUsed: () => true })
      const params = answerOf(client.send(client.reqDhParams()), 'server_DH_params_ok')
      let retryId = 0n
      for (let i = 1; i <= 4; i++) {
        const { query, key } = attempt(client, params, retryId)
        answerOf(client.send(query), 'dh_gen_retry')
        retryId = nameOf(key)
      }
      const { query, key } = attempt(client, params, retryId)
      const fail = answerOf(client.send(query), 'dh_gen_fail')
      expect(hex(fail.newNonceHash3)).to.equal(hex(newNonceHash(newNonce, 3, authKeyAuxHash(key))))
    })
  })

  describe('answers -404 to', () => {
    const inner =
      (change: Partial<OneOf<'p_q_inner_data_dc'>>) =>
      (client: Client): ServiceObject =>
        client.reqDhParams({ inner: (honest) => ({ ...honest, ...change }) as ServiceObject })
    const query =
      (change: Partial<OneOf<'req_DH_params'>>) =>
      (client: Client): ServiceObject =>
        client.reqDhParams({ query: (honest) => ({ ...honest, ...change }) })
    const zeroInFront = (client: Client): ServiceObject =>
      client.reqDhParams({ query: (honest) => ({ ...honest, p: concat(new Uint8Array(1), honest.p) }) })

    const second: readonly (readonly [string, (client: Client) => ServiceObject])[] = [
      ['req_DH_params of another nonce', query({ nonce: other16 })],
      ['req_DH_params of another server_nonce', query({ serverNonce: other16 })],
      ['another p', query({ p: fromHex('494c553d') })],
      ['another q', query({ q: fromHex('53911071') })],
      ['a p with a zero in front', zeroInFront],
      ['another fingerprint', query({ publicKeyFingerprint: 1n })],
      ['encrypted data of another length', query({ encryptedData: new Uint8Array(255).fill(1) })],
      ['encrypted data of another key', query({ encryptedData: new Uint8Array(256).fill(1) })],
      ['encrypted data above the modulus', query({ encryptedData: new Uint8Array(256).fill(255) })],
      ['inner data of another nonce', inner({ nonce: other16 })],
      ['inner data of another server_nonce', inner({ serverNonce: other16 })],
      ['inner data of another pq', inner({ pq: new Uint8Array(8).fill(1) })],
      ['inner data of another p', inner({ p: fromHex('01') })],
      ['inner data of another q', inner({ q: fromHex('01') })],
      ['inner data of another kind', (client) => client.reqDhParams({ inner: () => ({ _: 'req_pq', nonce }) })],
      ['inner data that is none', (client) => client.reqDhParams({ pad: () => padded(fromHex('01020304')) })],
    ]
    for (const [name, make] of second) {
      it(name, () => {
        const client = connect({ primes: PRIMES })
        expect(client.send(make(client))).to.deep.equal(NOT_FOUND)
        // The exchange is over, whatever comes next.
        expect(client.send(client.reqDhParams())).to.deep.equal(NOT_FOUND)
      })
    }

    type Third = Parameters<Client['setClientDhParams']>[1]
    const prime = BigInt(`0x${hex(DH_PRIME)}`)
    const gB = (value: bigint): Third => ({ inner: (honest) => ({ ...honest, gB: bytesFromBigint(value) }) })
    const third: readonly (readonly [string, Third])[] = [
      ['set_client_DH_params of another nonce', { query: (honest) => ({ ...honest, nonce: other16 }) }],
      ['set_client_DH_params of another server_nonce', { query: (honest) => ({ ...honest, serverNonce: other16 }) }],
      [
        'encrypted data that is not whole blocks',
        { query: (honest) => ({ ...honest, encryptedData: honest.encryptedData.slice(1) }) },
      ],
      ['no encrypted data', { query: (honest) => ({ ...honest, encryptedData: new Uint8Array(0) }) }],
      ['another SHA-1', { data: (data) => data.map((byte, at) => (at === 0 ? byte ^ 1 : byte)) }],
      ['a block too much', { data: (data) => concat(data, new Uint8Array(16)) }],
      ['client_DH_inner_data of another nonce', { inner: (honest) => ({ ...honest, nonce: other16 }) }],
      ['client_DH_inner_data of another server_nonce', { inner: (honest) => ({ ...honest, serverNonce: other16 }) }],
      ['a retry_id where none was refused', { inner: (honest) => ({ ...honest, retryId: 1n }) }],
      ['inner data of another kind in the third query', { inner: () => ({ _: 'req_pq', nonce }) }],
      ['g_b = 1', gB(1n)],
      ['g_b = p - 1', gB(prime - 1n)],
      ['a small g_b', gB(1n << 1983n)],
    ]
    for (const [name, changes] of third) {
      it(name, () => {
        const client = connect({ primes: PRIMES })
        const params = answerOf(client.send(client.reqDhParams()), 'server_DH_params_ok')
        expect(client.send(client.setClientDhParams(params, changes).query)).to.deep.equal(NOT_FOUND)
      })
    }

    it('queries out of order', () => {
      const client = connect({ primes: PRIMES })
      const early: ServiceObject = {
        _: 'set_client_DH_params',
        nonce,
        serverNonce: client.resPQ.serverNonce,
        encryptedData: new Uint8Array(16),
      }
      expect(client.send(early)).to.deep.equal(NOT_FOUND)
      const fresh = createKeyExchange({ privateKey })
      expect(fresh.step({ _: 'received', packet: queryPacket(client.reqDhParams()) }, fakeEnv())).to.deep.equal(
        NOT_FOUND,
      )
    })

    const packets: readonly (readonly [string, Uint8Array])[] = [
      ['an object that is no query of it', queryPacket({ _: 'ping', pingId: 1n })],
      ['an unknown object', sealPlain(4n, fromHex('01020304'))],
      ['a packet of nothing', new Uint8Array(4)],
      ['an encrypted packet', new Uint8Array(40).fill(1)],
      ['a msg_id that no client makes', queryPacket({ _: 'req_pq', nonce }, 5n)],
      ['an object cut off', sealPlain(4n, fromHex('f18e7ebe0102'))],
    ]
    for (const [name, packet] of packets) {
      it(name, () => {
        expect(createKeyExchange({ privateKey }).step({ _: 'received', packet }, fakeEnv())).to.deep.equal(NOT_FOUND)
      })
    }
  })

  it('answers -444 to the number of another DC', () => {
    const asked: number[] = []
    const options = { privateKey, acceptsDc: (dc: number) => asked.push(dc) > 0 && Math.abs(dc) % 10_000 === 2 }
    for (const [dc, code] of [
      [2, undefined],
      [10_002, undefined],
      [-10_002, undefined],
      [3, -444],
    ] as const) {
      const { error } = meet({ dc, publicKeys: [privateKey.public] }, options, fakeEnv())
      expect(error === undefined ? undefined : (error as { code?: number }).code).to.equal(code)
    }
    expect(asked).to.deep.equal([2, 10_002, -10_002, 3])
  })
})
