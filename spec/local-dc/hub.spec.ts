import { expect } from 'chai'
import fc from 'fast-check'
import { NEVER } from 'rxjs'
import { getPasswordRequest } from '../../lib/api/account.ts'
import { bindTempAuthKeyRequest } from '../../lib/api/auth.ts'
import { getConfigRequest, getNearestDcRequest, getSupportNameRequest } from '../../lib/api/help.ts'
import { sendMessageRequest } from '../../lib/api/messages.ts'
import { invokeWithLayerRequest } from '../../lib/api/root.ts'
import { getUsersRequest } from '../../lib/api/users.ts'
import { concat } from '../../lib/core/bytes.ts'
import type { RpcError } from '../../lib/core/errors.ts'
import { bindTempAuthKeyMessage } from '../../lib/core/protocol/bind-temp-key.ts'
import { frameTag } from '../../lib/core/protocol/frame.ts'
import { encodeRequest } from '../../lib/core/tl/writer.ts'
import type { LocalDcOptions } from '../../lib/local-dc/index.node.ts'
import { linkPair } from '../../lib/runtime/transport/memory.ts'
import { errorCodeOf, type RawClient, wrapped } from '../support/raw-client.ts'
import { ANN, BOB, type Running, refused, run } from './running.ts'

const self = getUsersRequest({ id: [{ _: 'inputUserSelf' }] })

let dc: Running
const start = async (options?: LocalDcOptions) => {
  dc = await run(options)
  return dc
}

describe('a local DC, whatever comes', () => {
  afterEach(() => dc.stop())

  it('lives on when calls are noise, or cut', async () => {
    await start()
    const client = await dc.person(ANN)
    const real = encodeRequest(
      wrapped(sendMessageRequest({ peer: { _: 'inputPeerSelf' }, message: 'hi', randomId: 1n })),
    )
    const words = (bytes: Uint8Array) => bytes.slice(0, bytes.length & ~3)
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 64 }).map(words),
      fc.nat({ max: real.length }).map((end) => words(real.slice(0, end))),
      fc.tuple(fc.nat({ max: real.length - 1 }), fc.nat({ max: 255 })).map(([at, byte]) => real.with(at, byte)),
    )
    fc.assert(
      fc.property(body, (noise) => {
        client.send(client.message(noise))
      }),
      { numRuns: 300 },
    )
    expect(await client.call(self)).to.have.length(1)
  })

  it('lives on when packets are noise, and bytes are', async () => {
    await start()
    const keep = await dc.client()
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.boolean(), (noise, isPacket) => {
        const [near, far] = linkPair()
        dc.accept(far, { dc: 1, ...dc.dcs[0]! })
        const life = near.incoming$.subscribe({ error: () => {} })
        near.send(isPacket ? concat(frameTag('padded'), Uint8Array.of(noise.length, 0, 0, 0), noise) : noise)
        life.unsubscribe()
        near.close()
      }),
      { numRuns: 300 },
    )
    expect((await keep.call(getConfigRequest())).thisDc).to.equal(1)
  })

  it('lives on when what is inside a good packet is noise', async () => {
    await start()
    const client = await dc.client()
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 48 }),
        fc.boolean(),
        fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
        (noise, isTimely, messageId) => {
          client.ended = undefined
          const body = noise.slice(0, noise.length & ~3)
          client.sealed({ ...client.message(body), ...(isTimely ? {} : { messageId }) })
        },
      ),
      { numRuns: 300 },
    )
    client.restart()
    expect((await client.call(getConfigRequest())).thisDc).to.equal(1)
  })
})

describe('a local DC and its keys', () => {
  afterEach(() => dc.stop())

  async function temporary(expiresIn = 3600): Promise<RawClient> {
    const client = await dc.client()
    await client.handshake({ expiresIn })
    return client
  }
  /** auth.bindTempAuthKey, as a message of that client. */
  function binding(
    client: RawClient,
    permanent: NonNullable<RawClient['key']>,
    change: { readonly nonce?: bigint; readonly expiresAt?: number } = {},
  ) {
    const messageId = client.ids.next(client.env)
    const expiresAt = change.expiresAt ?? Math.floor(client.env.now / 1000) + 1800
    const inner = { messageId, nonce: 5n, tempAuthKeyId: client.key!.id, tempSessionId: client.sessionId, expiresAt }
    const random = (length: number) => client.env.random(length)
    const encryptedMessage = bindTempAuthKeyMessage({ ...inner, key: permanent, random })
    const request = bindTempAuthKeyRequest({
      permAuthKeyId: permanent.id,
      nonce: change.nonce ?? 5n,
      expiresAt,
      encryptedMessage,
    })
    return client.message(request, { messageId })
  }
  const outcome = async (client: RawClient, id: bigint) =>
    client.answerTo(id).then(
      () => 'bound',
      (error: RpcError) => `${error.code} ${error.text}`,
    )

  it('lets a temporary key stand for a permanent one', async () => {
    await start()
    const ann = await dc.person(ANN)
    const temp = await temporary()
    expect(await refused(temp, self)).to.equal('401 AUTH_KEY_PERM_EMPTY')
    expect(await refused(temp, getPasswordRequest())).to.equal('401 AUTH_KEY_PERM_EMPTY')
    await temp.call(getConfigRequest())
    await temp.call(getNearestDcRequest())
    const message = binding(temp, ann.key!)
    // Any salt will do for this one.
    temp.sealed(message, 12345n)
    expect(await outcome(temp, message.messageId)).to.equal('bound')
    expect(await temp.call(self)).to.have.nested.property('[0].firstName', 'Ann')
    const next = await temporary()
    const again = binding(next, ann.key!)
    next.sealed(again)
    expect(await outcome(next, again.messageId)).to.equal('bound')
    expect(await refused(temp, self)).to.equal('401 AUTH_KEY_PERM_EMPTY')
    expect(await next.call(self)).to.have.length(1)
  })

  it('refuses a binding that does not fit', async () => {
    await start()
    const ann = await dc.person(ANN)
    const temp = await temporary()
    const far = Math.floor(temp.env.now / 1000) + 1_000_000
    const wrong = async (message: ReturnType<typeof binding>, client = temp) => {
      client.sealed(message)
      return outcome(client, message.messageId)
    }
    expect(await wrong(binding(temp, ann.key!, { nonce: 6n }))).to.equal('400 ENCRYPTED_MESSAGE_INVALID')
    expect(await wrong(binding(temp, ann.key!, { expiresAt: far }))).to.equal('400 EXPIRES_AT_INVALID')
    expect(await wrong(binding(temp, ann.key!, { expiresAt: 5 }))).to.equal('400 EXPIRES_AT_INVALID')
    expect(await wrong(binding(temp, { id: 4n, bytes: ann.key!.bytes }))).to.equal('400 ENCRYPTED_MESSAGE_INVALID')
    expect(await wrong(binding(temp, { id: ann.key!.id, bytes: temp.key!.bytes }))).to.equal(
      '400 ENCRYPTED_MESSAGE_INVALID',
    )
    const other = binding(temp, ann.key!)
    expect(await wrong({ ...other, messageId: temp.ids.next(temp.env) })).to.equal('400 ENCRYPTED_MESSAGE_INVALID')
    expect(await wrong(binding(ann, ann.key!), ann)).to.equal('400 TEMP_AUTH_KEY_EMPTY')
    expect(await wrong(binding(temp, ann.key!))).to.equal('bound')
    const bob = await dc.person(BOB)
    expect(await wrong(binding(temp, bob.key!))).to.equal('400 TEMP_AUTH_KEY_ALREADY_BOUND')
  })

  it('forgets a key that is destroyed, and says so first', async () => {
    await start()
    const ann = await dc.person(ANN)
    ann.send({ _: 'destroy_auth_key' })
    await ann.service('destroy_auth_key_ok')
    ann.send({ _: 'ping', pingId: 1n })
    await ann.until(() => ann.ended !== undefined)
    expect(errorCodeOf(ann)).to.equal(-404)
  })

  it('ends another session of a key, and not the one that asks', async () => {
    await start({ methods: { 'help.getSupportName': () => NEVER } })
    const ann = await dc.person(ANN)
    const old = ann.sessionId
    ann.send(getSupportNameRequest())
    ann.restart()
    ann.send({ _: 'destroy_session', sessionId: old })
    expect(await ann.service('destroy_session_ok')).to.deep.equal({ _: 'destroy_session_ok', sessionId: old })
    ann.send({ _: 'destroy_session', sessionId: ann.sessionId })
    expect(await ann.service('destroy_session_none')).to.include({ sessionId: ann.sessionId })
  })

  it('keeps user and layer with the key, whatever the session', async () => {
    await start()
    const ann = await dc.person(ANN)
    ann.restart()
    ann.wraps = false
    expect(await ann.call(self)).to.have.length(1)
    expect(await ann.call(invokeWithLayerRequest({ layer: 229, query: self }))).to.have.length(1)
  })
})
