import { expect } from 'chai'
import * as fc from 'fast-check'
import { bytesFromInt64, concat, fromHex, hex, int64FromBytes } from '../../../lib/core/bytes.ts'
import { type RsaPublicKey, rsaPublicKey } from '../../../lib/core/crypto/rsa.ts'
import { rsaUnpad } from '../../../lib/core/crypto/rsa-private.ts'
import { ProtocolError, TimeoutError, TransportError, UsageError } from '../../../lib/core/errors.ts'
import { sealPlain } from '../../../lib/core/protocol/envelope.ts'
import { createHandshake } from '../../../lib/core/protocol/handshake.ts'
import type { HandshakeEffect, HandshakeOptions, InnerForm } from '../../../lib/core/protocol/handshake-events.ts'
import { type ServiceObject, writeServiceObject } from '../../../lib/core/protocol/service.ts'
import { encode } from '../../../lib/core/tl/writer.ts'
import type { Lies } from '../../../lib/local-dc/key-exchange.ts'
import { fakeEnv, foldMachine } from '../../support/machine.ts'
import { bodyOf, edit, meet, objectIn, type Recorded, recorded, syntheticKey } from './exchange.ts'
import { scripted } from './vectors.ts'

const serverKey = syntheticKey()
const PRIMES = [1229739323n, 1402015859n] as const

function written(effects: readonly HandshakeEffect[]): Uint8Array {
  const write = effects.find((effect) => effect._ === 'write')
  if (write === undefined) throw new Error(`expected a packet, got ${JSON.stringify(effects.map(({ _ }) => _))}`)
  return write.packet
}

describe('handshake', () => {
  describe('replays', () => {
    const [official, test2023, old] = recorded('exchange')

    it(official!.name, () => {
      // The key of that exchange is known to the server only, so ours stands for it, under its fingerprint.
      const { fingerprint, encryptedData } = replay(official!, { ...serverKey.public, ...fingerprintOf(official!) })
      expect(fingerprint).to.equal(int64FromBytes(fromHex(official!.in.chosen_fingerprint!)))
      const inner = rsaUnpad(encryptedData, serverKey)
      expect(hex(inner!)).to.equal(`${official!.in.p_q_inner_data}${official!.in.random_padding}`)
    })

    it(test2023!.name, () => {
      const { encryptedData } = replay(test2023!, rsaPublicKey(fromHex(test2023!.in.rsa_n!), fromHex('010001')))
      expect(hex(encryptedData)).to.equal(test2023!.in.req_dh_encrypted_data)
    })

    for (const exchange of recorded('exchange-synthetic')) {
      it(exchange.name, () => {
        const { encryptedData } = replay(exchange, serverKey.public)
        expect(hex(encryptedData)).to.equal(exchange.out.req_dh_encrypted_data)
      })
    }

    it(`${old!.name}: refused`, () => {
      const { in: given } = old!
      const machine = createHandshake({ dc: 2, publicKeys: [serverKey.public] })
      const { now, elapsed } = fakeEnv()
      const random = scripted(
        fromHex(given.nonce),
        new Uint8Array(3),
        fromHex(given.new_nonce),
        new Uint8Array(92),
        new Uint8Array(32),
      )
      const env = { now, elapsed, random }
      machine.step({ _: 'opened' }, env)
      const answer = (object: ServiceObject) =>
        machine.step({ _: 'received', packet: sealPlain(1n, encode(object, writeServiceObject)) }, env)
      const nonces = { nonce: fromHex(given.nonce), serverNonce: fromHex(given.server_nonce) }
      const serverPublicKeyFingerprints = [serverKey.public.fingerprint]
      answer({ _: 'resPQ', ...nonces, pq: fromHex(given.pq), serverPublicKeyFingerprints })
      const effects = answer({
        _: 'server_DH_params_ok',
        ...nonces,
        encryptedAnswer: fromHex(given.encrypted_answer!),
      })
      const [, failed] = effects
      expect(failed).to.have.nested.property('error.message', 'g = 2: expected dh_prime mod 8 to be 7, got 3')
    })
  })

  describe('with the server of the local DC', () => {
    it('agrees on key, salt, DC and life time, in all forms', () => {
      const forms: readonly InnerForm[] = [
        ...(['p_q_inner_data', 'p_q_inner_data_dc'] as const),
        ...(['p_q_inner_data_temp', 'p_q_inner_data_temp_dc'] as const),
      ]
      const dcs = fc.constantFrom(1, 5, 10_002, -2, -10_002, 203)
      const skew = fc.integer({ min: -100_000, max: 100_000 })
      fc.assert(
        fc.property(
          fc.constantFrom(...forms),
          dcs,
          fc.integer({ min: 60, max: 90_000 }),
          skew,
          fc.nat(),
          (innerForm, dc, seconds, ahead, seed) => {
            const temporary = innerForm.startsWith('p_q_inner_data_temp')
            const expiresIn = temporary ? seconds : undefined
            const env = fakeEnv({ seed: seed + 1 })
            const serverEnv = fakeEnv({ seed: seed + 2, now: env.now + ahead * 1000 })
            const options = { dc, publicKeys: [serverKey.public], expiresIn, innerForm }
            const { clientDone, serverDone, error } = meet(options, { privateKey: serverKey }, env, serverEnv)
            expect(error).to.equal(undefined)
            expect(hex(clientDone!.key.bytes)).to.equal(hex(serverDone!.key.bytes))
            expect(clientDone!.key.id).to.equal(serverDone!.key.id)
            expect(clientDone!.salt).to.equal(serverDone!.salt)
            expect(clientDone!.timeOffset).to.equal(ahead)
            expect(clientDone!.expiresAt).to.equal(temporary ? serverEnv.now / 1000 + seconds : undefined)
            expect(serverDone!.dc).to.equal(innerForm.endsWith('_dc') ? dc : undefined)
            expect(serverDone!.expiresIn).to.equal(expiresIn)
          },
        ),
        { numRuns: 12 },
      )
    })

    it('asks by itself for a temporary key of that DC when it is told how long it is to live', () => {
      const options = { dc: 2, publicKeys: [serverKey.public], expiresIn: 600 }
      const { clientDone, serverDone } = meet(options, { privateKey: serverKey }, fakeEnv())
      expect(serverDone).to.deep.include({ dc: 2, expiresIn: 600 })
      expect(clientDone!.key.id).to.equal(serverDone!.key.id)
      const permanent = meet({ ...options, expiresIn: undefined }, { privateKey: serverKey }, fakeEnv())
      expect(permanent.serverDone).to.deep.include({ dc: 2, expiresIn: undefined })
    })

    it('finds its key behind unknown ones, and takes its best', () => {
      const other: RsaPublicKey = { ...serverKey.public, fingerprint: 5n }
      const { clientDone, serverDone } = meet(
        { dc: 2, publicKeys: [other, serverKey.public] },
        { privateKey: serverKey, foreignFingerprints: [1n, 2n] },
        fakeEnv(),
      )
      expect(clientDone!.key.id).to.equal(serverDone!.key.id)
    })

    it('draws again when the key is taken, with the name of the one refused', () => {
      const refused: bigint[] = []
      const isKeyUsed = (id: bigint) => refused.length < 4 && refused.push(id) > 0
      const { clientDone, serverDone, client } = meet(
        { dc: 2, publicKeys: [serverKey.public] },
        { privateKey: serverKey, isKeyUsed },
        fakeEnv(),
      )
      expect(new Set(refused).size).to.equal(4)
      expect(clientDone!.key.id).to.equal(serverDone!.key.id)
      expect(client.filter(({ _ }) => _ === 'write').length).to.equal(2 + 5)
    })

    it('takes the dh_gen_fail of a server whose keys are all taken', () => {
      const { error, serverDone } = meet(
        { dc: 2, publicKeys: [serverKey.public] },
        { privateKey: serverKey, isKeyUsed: () => true },
        fakeEnv(),
      )
      expect(error).to.be.instanceOf(ProtocolError)
      expect(error!.message).to.equal('expected dh_gen_ok, got dh_gen_fail')
      expect(serverDone).to.equal(undefined)
    })

    it('ignores random bytes behind the object', () => {
      const packet = (honest: Uint8Array) =>
        sealPlain(int64FromBytes(honest, 8), concat(bodyOf(honest), new Uint8Array(88).fill(9)))
      const { clientDone, serverDone } = talk({ packet })
      expect(clientDone!.key.id).to.equal(serverDone!.key.id)
    })

    it('takes g_a with a zero in front', () => {
      const { clientDone, serverDone } = talk({
        innerData: edit('server_DH_inner_data', (inner) => ({ ...inner, gA: concat(new Uint8Array(1), inner.gA) })),
      })
      expect(clientDone!.key.id).to.equal(serverDone!.key.id)
    })
  })

  describe('time', () => {
    const options: HandshakeOptions = { dc: 2, publicKeys: [serverKey.public] }

    it('gives the server 10 s for each answer', () => {
      const fold = foldMachine(() => createHandshake(options))
      const [write, timer] = fold.send({ _: 'opened' })
      expect(objectIn(written([write!]))._).to.equal('req_pq_multi')
      expect(timer).to.deep.equal({ _: 'timer', key: 'handshake', at: 10_000 })
      expect(fold.advance(9_999)).to.deep.equal([])
      const [untimer, failed] = fold.advance(1)
      expect(untimer).to.deep.equal({ _: 'untimer', key: 'handshake' })
      expect(failed).to.have.property('_', 'failed')
      expect(failed).to.have.property('error').that.is.instanceOf(TimeoutError)
      expect(failed).to.have.nested.property('error.message', 'expected resPQ in time, got no answer')
    })

    it('gives it another time when that is asked for, and hears no other timer', () => {
      const fold = foldMachine(() => createHandshake({ ...options, timeout: 500 }))
      fold.send({ _: 'opened' })
      expect(fold.timers.get('handshake')).to.equal(500)
      expect(fold.send({ _: 'fired', key: 'ping', late: 0 })).to.deep.equal([])
    })
  })

  describe('otherwise', () => {
    const options: HandshakeOptions = { dc: 2, publicKeys: [serverKey.public] }

    for (const code of [-404, -429, -444]) {
      it(`fails at the transport error ${code}`, () => {
        const machine = createHandshake(options)
        machine.step({ _: 'opened' }, fakeEnv())
        const [untimer, failed] = machine.step({ _: 'error', code }, fakeEnv())
        expect(untimer).to.deep.equal({ _: 'untimer', key: 'handshake' })
        if (failed?._ !== 'failed') throw new Error('expected a failure')
        expect(failed.error).to.be.instanceOf(TransportError)
        expect(failed.error).to.include({ code, outcome: 'unsent' })
        expect(failed.error.message).to.equal(`expected resPQ, got the transport error ${code}`)
      })
    }

    it('hears nothing before it opened, and nothing after its end', () => {
      const env = fakeEnv()
      const machine = createHandshake(options)
      expect(machine.step({ _: 'received', packet: new Uint8Array(40) }, env)).to.deep.equal([])
      expect(machine.step({ _: 'error', code: -404 }, env)).to.deep.equal([])
      machine.step({ _: 'opened' }, env)
      machine.step({ _: 'error', code: -404 }, env)
      expect(machine.step({ _: 'opened' }, env)).to.deep.equal([])
      expect(machine.step({ _: 'received', packet: new Uint8Array(40) }, env)).to.deep.equal([])
    })

    it('begins anew, with a fresh nonce, when the connection opened again', () => {
      const env = fakeEnv()
      const machine = createHandshake(options)
      const first = objectIn(written(machine.step({ _: 'opened' }, env)))
      const second = objectIn(written(machine.step({ _: 'opened' }, env)))
      expect(second._).to.equal('req_pq_multi')
      expect(second).to.not.deep.equal(first)
    })

    it('gives up when the random source makes no fit secret', () => {
      const env = fakeEnv()
      let secrets = 0
      const random = (length: number) => (length === 256 && ++secrets > 1 ? new Uint8Array(256) : env.random(length))
      const { error } = meet(options, { privateKey: serverKey }, { ...env, random })
      expect(error!.message).to.match(/^DH value: expected 1 < value/)
      expect(secrets).to.equal(1 + 8)
    })

    it('refuses options that contradict each other', () => {
      const message = 'expected expiresIn for a temporary key and for no other'
      expect(() => createHandshake({ ...options, innerForm: 'p_q_inner_data_temp_dc' })).to.throw(UsageError, message)
      expect(() => createHandshake({ ...options, innerForm: 'p_q_inner_data', expiresIn: 60 })).to.throw(
        UsageError,
        message,
      )
    })
  })
})

function talk(lies: Lies) {
  return meet({ dc: 2, publicKeys: [serverKey.public] }, { privateKey: serverKey, primes: PRIMES, lies }, fakeEnv())
}

function fingerprintOf({ in: given }: Recorded): { fingerprint: bigint } {
  return { fingerprint: int64FromBytes(fromHex(given.chosen_fingerprint!)) }
}

/** Runs the client through a recorded exchange and compares each body that it writes, except what RSA hides. */
function replay(exchange: Recorded, publicKey: RsaPublicKey): { fingerprint: bigint; encryptedData: Uint8Array } {
  const { in: given, out, messages } = exchange
  const temporaryKeys = given.temp_key_candidates ?? [given.temp_key ?? '00'.repeat(32)]
  const rounds = out.rounds ?? [{ b: given.b!, client_padding: given.client_padding! }]
  const random = scripted(
    // Three bytes vary the message ids; they are no part of the exchange.
    fromHex(given.nonce),
    new Uint8Array(3),
    fromHex(given.new_nonce),
    fromHex(given.random_padding!),
    ...temporaryKeys.map(fromHex),
    ...rounds.flatMap(({ b, client_padding: padding }) => [fromHex(b), fromHex(padding)]),
  )
  const serverTime = given.server_time ?? out.server_time ?? 0
  const env = { now: serverTime * 1000 - 2500, elapsed: 0, random }
  const machine = createHandshake({
    dc: given.dc ?? 0,
    publicKeys: [publicKey],
    expiresIn: given.expires_in ?? undefined,
    innerForm: given.inner_constructor as InnerForm,
  })
  const hear = (name: string, body: string, extra = 0) => {
    const packet = messages[name]?.packet
    const whole =
      packet === undefined ? sealPlain(1n, concat(fromHex(body), new Uint8Array(extra).fill(7))) : fromHex(packet)
    return machine.step({ _: 'received', packet: whole }, env)
  }
  const trailing = (name: string) =>
    (messages[name] as { trailing_random_bytes_not_published?: number } | undefined)
      ?.trailing_random_bytes_not_published ?? 0

  expect(hex(bodyOf(written(machine.step({ _: 'opened' }, env))))).to.equal(messages['req_pq_multi']!.body)
  const request = bodyOf(written(hear('resPQ', messages['resPQ']!.body, trailing('resPQ'))))
  const expected = messages['req_DH_params']!.body
  expect(hex(request).length).to.equal(expected.length)
  // All before the encrypted data: id, nonces, p, q, fingerprint and the length of what follows.
  expect(hex(request.subarray(0, 64))).to.equal(expected.slice(0, 128))
  const dhParams = messages['server_DH_params_ok']!.body
  let effects = hear('server_DH_params_ok', dhParams, trailing('server_DH_params_ok'))
  if (out.rounds === undefined) {
    expect(hex(bodyOf(written(effects)))).to.equal(messages['set_client_DH_params']!.body)
    effects = hear('dh_gen_ok', messages['dh_gen_ok']!.body, trailing('dh_gen_ok'))
  }
  for (const round of out.rounds ?? []) {
    expect(hex(bodyOf(written(effects)))).to.equal(round.set_client_DH_params)
    effects = hear(round.answer, round.answer_body)
  }
  const done = effects.find((effect) => effect._ === 'done')
  expect(hex(done!.key.bytes)).to.equal(out.auth_key)
  expect(hex(bytesFromInt64(done!.key.id))).to.equal(out.auth_key_id)
  expect(String(done!.salt)).to.equal(out.server_salt_int)
  expect(done!.timeOffset).to.equal(2.5)
  expect(done!.expiresAt).to.equal(given.expires_in ? serverTime + given.expires_in : undefined)
  const dh = objectIn(sealPlain(0n, request))
  if (dh._ !== 'req_DH_params') throw new Error('expected req_DH_params')
  return { fingerprint: dh.publicKeyFingerprint, encryptedData: dh.encryptedData }
}
