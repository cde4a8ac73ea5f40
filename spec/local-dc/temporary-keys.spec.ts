import { expect } from 'chai'
import { finalize, NEVER } from 'rxjs'
import { bindTempAuthKeyRequest, dropTempAuthKeysRequest } from '../../lib/api/auth.ts'
import { getConfigRequest, getNearestDcRequest, getSupportNameRequest } from '../../lib/api/help.ts'
import { getUsersRequest } from '../../lib/api/users.ts'
import type { AuthKey } from '../../lib/core/crypto/message-key.ts'
import { RpcError } from '../../lib/core/errors.ts'
import { bindTempAuthKeyMessage } from '../../lib/core/protocol/bind-temp-key.ts'
import type { LocalDcOptions } from '../../lib/local-dc/index.node.ts'
import { type Clock, systemClock } from '../../lib/runtime/rx/clock.ts'
import { errorCodeOf, type RawClient } from '../support/raw-client.ts'
import { ANN, BOB, type Running, refused, run } from './running.ts'

const self = getUsersRequest({ id: [{ _: 'inputUserSelf' }] })

let dc: Running
/** Milliseconds that the clock of the DC is ahead. */
let ahead = 0
const clock: Clock = { ...systemClock, now: () => systemClock.now() + ahead }
const start = async (options?: LocalDcOptions) => {
  ahead = 0
  dc = await run({ clock, ...options })
  return dc
}

async function temporary(expiresIn = 3_600): Promise<RawClient> {
  const client = await dc.client()
  await client.handshake({ expiresIn })
  return client
}

/** Binds that client's temporary key: `bound`, or how that was refused. */
async function bind(client: RawClient, permanent: AuthKey, life = 1_800): Promise<string> {
  const messageId = client.ids.next(client.env)
  const expiresAt = Math.floor(client.env.now / 1000) + life
  const inner = { messageId, nonce: 5n, tempAuthKeyId: client.key!.id, tempSessionId: client.sessionId, expiresAt }
  const random = (length: number) => client.env.random(length)
  const encryptedMessage = bindTempAuthKeyMessage({ ...inner, key: permanent, random })
  const request = bindTempAuthKeyRequest({ permAuthKeyId: permanent.id, nonce: 5n, expiresAt, encryptedMessage })
  client.sealed(client.message(request, { messageId }))
  return await client.answerTo(messageId).then(
    () => 'bound',
    (error: unknown) => (error instanceof RpcError ? `${error.code} ${error.text}` : String(error)),
  )
}

/** The transport error that the next packet is answered with. */
async function turnedAway(client: RawClient): Promise<number | undefined> {
  client.send({ _: 'ping', pingId: 1n })
  await client.until(() => client.ended !== undefined)
  return errorCodeOf(client)
}

describe('a local DC and temporary keys', () => {
  afterEach(() => dc.stop())

  it('lets one that is not bound do nothing but what binding takes', async () => {
    await start()
    const client = await temporary()
    await client.call(getConfigRequest())
    await client.call(getNearestDcRequest())
    for (const request of [self, getSupportNameRequest(), dropTempAuthKeysRequest({ exceptAuthKeys: [] })])
      expect(await refused(client, request)).to.equal('401 AUTH_KEY_PERM_EMPTY')
  })

  it('has several of one permanent key; the one that was bound last stands for it', async () => {
    await start()
    const ann = await dc.person(ANN)
    const [one, two] = [await temporary(), await temporary()]
    expect(await bind(one, ann.key!)).to.equal('bound')
    expect(await bind(two, ann.key!)).to.equal('bound')
    expect(await refused(one, self)).to.equal('401 AUTH_KEY_PERM_EMPTY')
    expect(await two.call(self)).to.have.length(1)
    expect(await bind(one, ann.key!)).to.equal('bound')
    expect(await one.call(self)).to.have.length(1)
    expect(await refused(two, self)).to.equal('401 AUTH_KEY_PERM_EMPTY')
    expect(dc.keys().filter((key) => key.temporary && key.boundTo === ann.key!.id)).to.have.length(1)
  })

  it('binds a key to one permanent key only, even when another took its place meanwhile', async () => {
    await start()
    const [ann, bob] = [await dc.person(ANN), await dc.person(BOB)]
    const [one, two] = [await temporary(), await temporary()]
    await bind(one, ann.key!)
    await bind(two, ann.key!)
    expect(await bind(one, bob.key!)).to.equal('400 TEMP_AUTH_KEY_ALREADY_BOUND')
  })

  it('lets a key end when its client said that it would, and ends what ran under it', async () => {
    let left = false
    const leave = () => {
      left = true
    }
    await start({ methods: { 'help.getSupportName': () => NEVER.pipe(finalize(leave)) } })
    const ann = await dc.person(ANN)
    const temp = await temporary(3_600)
    expect(await bind(temp, ann.key!, 600)).to.equal('bound')
    await temp.call(self)
    temp.send(getSupportNameRequest())
    await temp.call(self)
    ahead = 599_000
    expect(left).to.equal(false)
    ahead = 601_000
    expect(await turnedAway(temp)).to.equal(-404)
    expect(left).to.equal(true)
    // The permanent key is as good as ever.
    expect(dc.keys().filter(({ id }) => id === ann.key!.id)).to.have.length(1)
  })

  it('ends one that nobody bound as well', async () => {
    await start()
    const temp = await temporary(60)
    await temp.call(getConfigRequest())
    ahead = 61_000
    expect(await turnedAway(temp)).to.equal(-404)
  })

  it('refuses to bind for longer than the key lives, and to what is no permanent key', async () => {
    await start()
    const ann = await dc.person(ANN)
    const temp = await temporary(600)
    expect(await bind(temp, ann.key!, 700)).to.equal('400 EXPIRES_AT_INVALID')
    expect(await bind(temp, ann.key!, -5)).to.equal('400 EXPIRES_AT_INVALID')
    expect(await bind(temp, (await temporary()).key!)).to.equal('400 ENCRYPTED_MESSAGE_INVALID')
    expect(await bind(temp, { id: 7n, bytes: ann.key!.bytes })).to.equal('400 ENCRYPTED_MESSAGE_INVALID')
  })

  it('drops those that are not named, also under the permanent key', async () => {
    await start()
    const ann = await dc.person(ANN)
    const [old, kept, other] = [await temporary(), await temporary(), await temporary()]
    const bob = await dc.person(BOB)
    await bind(other, bob.key!)
    await bind(old, ann.key!)
    await bind(kept, ann.key!)
    expect(await kept.call(dropTempAuthKeysRequest({ exceptAuthKeys: [kept.key!.id] }))).to.equal(true)
    expect(await turnedAway(old)).to.equal(-404)
    expect(await kept.call(self)).to.have.length(1)
    expect(await ann.call(dropTempAuthKeysRequest({ exceptAuthKeys: [] }))).to.equal(true)
    expect(await turnedAway(kept)).to.equal(-404)
    expect(await other.call(self)).to.have.length(1)
  })

  it('answers the one that drops itself before it is gone', async () => {
    await start()
    const ann = await dc.person(ANN)
    const temp = await temporary()
    await bind(temp, ann.key!)
    expect(await temp.call(dropTempAuthKeysRequest({ exceptAuthKeys: [] }))).to.equal(true)
    expect(await turnedAway(temp)).to.equal(-404)
  })

  it('destroys the key that asks, and once', async () => {
    await start()
    const ann = await dc.person(ANN)
    const temp = await temporary()
    await bind(temp, ann.key!)
    temp.send({ _: 'destroy_auth_key' }, { _: 'destroy_auth_key' })
    await temp.service('destroy_auth_key_ok')
    await temp.service('destroy_auth_key_none')
    expect(await turnedAway(temp)).to.equal(-404)
    expect(await ann.call(self)).to.have.length(1)
  })

  it('unbinds all of a permanent key that is destroyed', async () => {
    await start()
    const ann = await dc.person(ANN)
    const temp = await temporary()
    await bind(temp, ann.key!)
    ann.send({ _: 'destroy_auth_key' })
    await ann.service('destroy_auth_key_ok')
    expect(await refused(temp, self)).to.equal('401 AUTH_KEY_PERM_EMPTY')
    expect(await bind(temp, ann.key!)).to.equal('400 ENCRYPTED_MESSAGE_INVALID')
  })

  it('has several sessions of one temporary key, and ends one when another asks', async () => {
    await start({ methods: { 'help.getSupportName': () => NEVER } })
    const ann = await dc.person(ANN)
    const temp = await temporary()
    await bind(temp, ann.key!)
    const first = temp.sessionId
    temp.send(getSupportNameRequest())
    temp.restart()
    expect(await temp.call(self)).to.have.length(1)
    temp.send({ _: 'destroy_session', sessionId: first })
    expect(await temp.service('destroy_session_ok')).to.include({ sessionId: first })
    temp.send({ _: 'destroy_session', sessionId: first })
    expect(await temp.service('destroy_session_none')).to.include({ sessionId: first })
  })

  it('forgets a key by order, and tells which there are, without their bytes', async () => {
    await start()
    const ann = await dc.person(ANN)
    const temp = await temporary()
    await bind(temp, ann.key!)
    const user = dc.users[0]!.id
    expect(dc.keys()).to.deep.include({ id: ann.key!.id, dc: 1, temporary: false, boundTo: undefined, user })
    const expected = { id: temp.key!.id, dc: 1, temporary: true, boundTo: ann.key!.id, user: undefined }
    expect(dc.keys()).to.deep.include(expected)
    dc.orders.forgetKey(temp.key!.id)
    expect(dc.keys().filter((key) => key.temporary && key.boundTo !== undefined)).to.deep.equal([])
    expect(await turnedAway(temp)).to.equal(-404)
  })
})
