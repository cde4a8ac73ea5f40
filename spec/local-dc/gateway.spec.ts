import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import fc from 'fast-check'
import { EMPTY, finalize, map, NEVER, of, Subject, throwError } from 'rxjs'
import { getPasswordRequest } from '../../lib/api/account.ts'
import { bindTempAuthKeyRequest } from '../../lib/api/auth.ts'
import { getConfigRequest, getNearestDcRequest, getSupportNameRequest, getSupportRequest } from '../../lib/api/help.ts'
import type { Updates } from '../../lib/api/index.ts'
import { getLangPackRequest } from '../../lib/api/langpack.ts'
import { getHistoryRequest, sendMessageRequest } from '../../lib/api/messages.ts'
import {
  invokeAfterMsgRequest,
  invokeWithLayerRequest,
  invokeWithoutUpdatesRequest,
  invokeWithTakeoutRequest,
} from '../../lib/api/root.ts'
import { getStateRequest } from '../../lib/api/updates.ts'
import { getUsersRequest } from '../../lib/api/users.ts'
import { concat } from '../../lib/core/bytes.ts'
import { RpcError } from '../../lib/core/errors.ts'
import type { Request } from '../../lib/core/invoker.ts'
import { bindTempAuthKeyMessage } from '../../lib/core/protocol/bind-temp-key.ts'
import { frameTag } from '../../lib/core/protocol/frame.ts'
import { schemaModel } from '../../lib/core/schema/model.ts'
import { decode, readRest } from '../../lib/core/tl/reader.ts'
import { encode, encodeRequest, writeInt } from '../../lib/core/tl/writer.ts'
import { type LocalDcOptions, refuse, send } from '../../lib/local-dc/index.node.ts'
import { type Params, schemaCodec } from '../../lib/local-dc/layers/codec.ts'
import type { Clock } from '../../lib/runtime/rx/clock.ts'
import { linkPair } from '../../lib/runtime/transport/memory.ts'
import { errorCodeOf, RawClient, wrapped } from '../support/raw-client.ts'
import { ANN, BOB, peerOf, pushed, pushes, type Running, refused, run, signIn } from './running.ts'

const self = getUsersRequest({ id: [{ _: 'inputUserSelf' }] })
const HISTORY = { offsetId: 0, offsetDate: 0, addOffset: 0, limit: 10, maxId: 0, minId: 0, hash: 0n }

/** A call of which nothing is known but its bytes. */
function bytes(...words: readonly number[]): Request<Uint8Array> {
  return { method: 'bytes', params: undefined, write: () => words.forEach(writeInt), read: readRest }
}

let dc: Running
let randomId = 0n
const start = async (options?: LocalDcOptions) => {
  dc = await run(options)
  return dc
}

describe('a local DC, by what it refuses', () => {
  afterEach(() => dc.stop())

  it('goes by the method first, then by who asks, then by what is built', async () => {
    await start()
    const client = await dc.client()
    const rows = [
      [bytes(0x1234abcd), '400 INPUT_METHOD_INVALID_1234abcd'],
      [getSupportRequest(), '401 AUTH_KEY_UNREGISTERED'],
      [self, '401 AUTH_KEY_UNREGISTERED'],
      [getLangPackRequest({ langPack: '', langCode: 'en' }), '400 METHOD_INVALID'],
      [bytes(0xd91a548 | 0, 0x1cb5c415, 1, 0x7777), '400 INPUT_CONSTRUCTOR_INVALID_00007777'],
      [bytes(0xc4f9186b | 0, 1), '400 INPUT_REQUEST_TOO_LONG'],
      [bytes(0x61e3f854), '400 INPUT_FETCH_ERROR'],
      [invokeWithTakeoutRequest({ takeoutId: 1n, query: getPasswordRequest() }), '400 TAKEOUT_INVALID'],
    ] as const
    for (const [request, error] of rows) expect(await refused(client, request)).to.equal(error)
    await signIn(client, ANN)
    expect(await refused(client, getSupportRequest())).to.equal('400 METHOD_INVALID')
    expect(dc.told.at(-1)).to.deep.equal({
      event: 'call',
      method: 'help.getSupport',
      user: dc.users[0]!.id,
      session: (dc.told.at(-1) as { session: string }).session,
      error: '400 METHOD_INVALID',
    })
  })

  it('wants initConnection once for each key', async () => {
    await start()
    const client = await dc.client()
    client.wraps = false
    expect(await refused(client, getConfigRequest())).to.equal('400 CONNECTION_NOT_INITED')
    await client.call(wrapped(getConfigRequest()))
    await client.call(getConfigRequest())
    client.restart()
    await client.call(getConfigRequest())
    expect(await refused(client, wrapped(getConfigRequest(), 1))).to.equal('400 CONNECTION_LAYER_INVALID')
    await client.call(getConfigRequest())
    expect(dc.told.filter(({ event }) => event === 'layer')).to.have.length(1)
    expect(dc.told.find(({ event }) => event === 'layer')).to.include({ layer: 1 })
  })

  it('wants an application', async () => {
    await start()
    const client = await dc.client()
    client.wraps = false
    const nobody = wrapped(getConfigRequest())
    const params = (nobody.params as { query: Request<unknown> }).query.params as { apiId: number }
    Object.assign(params, { apiId: 0 })
    expect(await refused(client, nobody)).to.equal('400 CONNECTION_API_ID_INVALID')
  })
})

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

describe('a local DC, by its methods', () => {
  afterEach(() => dc.stop())

  it('runs those that are added, and those put in the place of others', async () => {
    await start({
      methods: {
        'help.getSupportName': (_params, context) => ({
          _: 'help.supportName',
          name: `for ${context.user?.firstName} on DC ${context.dc} in layer ${context.layer}`,
        }),
        'help.getNearestDc': () =>
          of('DE', 'FR').pipe(map((country) => ({ _: 'nearestDc', country, thisDc: 1, nearestDc: 1 }) as const)),
        'messages.getHistory': () => refuse(420, 'FLOOD_WAIT_7'),
        'help.getConfig': () => throwError(() => new RpcError(303, 'PHONE_MIGRATE_2', 'help.getConfig')),
      },
    })
    const client = await dc.person(ANN)
    expect(await client.call(getSupportNameRequest())).to.deep.equal({
      _: 'help.supportName',
      name: 'for Ann on DC 1 in layer 229',
    })
    expect(await client.call(getNearestDcRequest())).to.include({ country: 'DE' })
    expect(await refused(client, getHistoryRequest({ peer: { _: 'inputPeerSelf' }, ...HISTORY }))).to.equal(
      '420 FLOOD_WAIT_7',
    )
    expect(await refused(client, getConfigRequest())).to.equal('303 PHONE_MIGRATE_2')
    const bot = await dc.bot()
    expect(await refused(bot, getHistoryRequest({ peer: { _: 'inputPeerSelf' }, ...HISTORY }))).to.equal(
      '420 FLOOD_WAIT_7',
    )
  })

  it('tells what breaks, and gives the client no reason to repeat it', async () => {
    await start({
      methods: {
        'help.getSupportName': () => {
          throw new TypeError('oops')
        },
        'help.getNearestDc': () => EMPTY,
        'updates.getState': () => ({ _: 'updates.state', pts: 'x' }) as never,
      },
    })
    const client = await dc.person(ANN)
    expect(await refused(client, getSupportNameRequest())).to.equal('400 METHOD_FAILED')
    expect(await refused(client, getNearestDcRequest())).to.equal('400 METHOD_FAILED')
    expect(await refused(client, getStateRequest())).to.equal('400 ANSWER_INVALID')
    const faults = dc.told.flatMap((event) => (event.event === 'fault' ? [event.message] : []))
    expect(faults).to.have.length(3)
    expect(faults[0]).to.equal('help.getSupportName: oops')
  })

  it('leaves a method when its answer is dropped, and tells', async () => {
    let left = false
    const leave = () => {
      left = true
    }
    await start({ methods: { 'help.getSupportName': () => NEVER.pipe(finalize(leave)) } })
    const client = await dc.person(ANN)
    const [query] = client.send(getSupportNameRequest()) as [bigint]
    const [drop] = client.send({ _: 'rpc_drop_answer', reqMsgId: query }) as [bigint]
    expect(decode(await client.answerTo(drop), readRest)).to.deep.equal(encode(0xcd78e586 | 0, writeInt))
    expect(left).to.equal(true)
    expect(dc.told.at(-1)).to.deep.include({
      event: 'dropped',
      method: 'help.getSupportName',
      user: dc.users[0]!.id,
      answer: 'running',
    })
    expect(dc.told.some((event) => event.event === 'call' && event.method === 'help.getSupportName')).to.equal(false)
  })

  it('packs long answers', async () => {
    await start({ methods: { 'help.getSupportName': () => ({ _: 'help.supportName', name: 'x'.repeat(100_000) }) } })
    const client = await dc.person(ANN)
    expect((await client.call(getSupportNameRequest())).name).to.have.length(100_000)
  })

  it('answers what came together together', async () => {
    await start()
    const client = await dc.person(ANN)
    client.heard.length = 0
    const ids = client.send(getStateRequest(), self, { _: 'ping', pingId: 1n })
    await client.answerTo(ids[1]!)
    expect(new Set(client.heard.map(({ packetId }) => packetId)).size).to.equal(1)
    expect(client.heard.map(({ service, answer }) => service?._ ?? answer?.requestId)).to.have.members([
      'pong',
      ids[0],
      ids[1],
    ])
  })

  it('hangs up when no ping comes in the time that was asked for', async () => {
    const timers: { readonly at: number; readonly due: Subject<void> }[] = []
    let elapsed = 1_000_000
    const clock: Clock = {
      now: () => Date.now(),
      elapsed: () => elapsed,
      after(delay) {
        const due = new Subject<void>()
        timers.push({ at: elapsed + delay, due })
        return due
      },
    }
    await start({ clock })
    const client = await dc.client()
    client.send({ _: 'ping_delay_disconnect', pingId: 1n, disconnectDelay: 75 })
    await client.service('pong')
    expect(timers.map(({ at }) => at - elapsed)).to.deep.equal([75_000])
    elapsed += 75_000
    timers[0]!.due.next()
    await client.until(() => client.ended !== undefined)
    expect(client.ended).to.equal(true)
  })

  it('runs a call after the one it names', async () => {
    await start()
    const client = await dc.person(ANN)
    const [first, second] = client.send(
      getStateRequest(),
      invokeAfterMsgRequest({ msgId: client.ids.next(client.env), query: getStateRequest() }),
    ) as [bigint, bigint]
    await client.answerTo(first)
    expect(await client.answerTo(second).catch((error: unknown) => String(error))).to.include('MSG_WAIT_FAILED')
    const after = client.send(invokeAfterMsgRequest({ msgId: first, query: getStateRequest() })) as [bigint]
    expect((await client.answerTo(after[0])).length).to.be.greaterThan(4)
  })
})

describe('a local DC and who hears of what', () => {
  afterEach(() => dc.stop())

  const say = (peer: Parameters<typeof sendMessageRequest>[0]['peer'], message: string) =>
    sendMessageRequest({ peer, message, randomId: ++randomId })
  const textsOf = (list: readonly Updates[]) =>
    list
      .flatMap((each) => (each._ === 'updates' ? each.updates : []))
      .flatMap((update) =>
        update._ === 'updateNewMessage' && update.message._ === 'message' ? [update.message.message] : [],
      )

  it("tells one's other keys, and never the session that has it in its answer", async () => {
    await start()
    const [first, second] = [await dc.person(ANN), await dc.person(ANN)]
    await dc.person(BOB)
    await first.call(getStateRequest())
    const before = pushed(first).length
    await first.call(say(await peerOf(first, BOB), 'hi'))
    expect(textsOf(await pushes(second, 1))).to.deep.equal(['hi'])
    expect(pushed(first)).to.have.length(before)
    expect(dc.told.filter(({ event }) => event === 'push').at(-1)).to.deep.include({ updates: ['updateNewMessage'] })
  })

  it('tells one session of a key: the last that wants it', async () => {
    await start()
    const [ann, bob] = [await dc.person(ANN), await dc.person(BOB)]
    const other = new RawClient(dc)
    await other.connect(dc.connect, { dc: 1, ...dc.dcs[0]! })
    Object.assign(other, { key: ann.key, salt: ann.salt })
    const toAnn = await peerOf(bob, ANN)
    await other.call(invokeWithoutUpdatesRequest({ query: getStateRequest() }))
    await bob.call(say(toAnn, 'a'))
    expect([textsOf(pushed(ann)), textsOf(pushed(other))]).to.deep.equal([['a'], []])
    await other.call(getStateRequest())
    await bob.call(say(toAnn, 'b'))
    expect([textsOf(pushed(ann)), textsOf(pushed(other))]).to.deep.equal([['a'], ['b']])
    other.disconnect()
  })

  it('tells those who come back under the same session what they missed, and a new session nothing', async () => {
    await start()
    const [ann, bob] = [await dc.person(ANN), await dc.person(BOB)]
    const toAnn = await peerOf(bob, ANN)
    ann.disconnect()
    await bob.call(say(toAnn, 'missed'))
    await ann.connect(dc.connect, { dc: 1, ...dc.dcs[0]! })
    ann.send({ _: 'ping', pingId: 1n })
    expect(textsOf(await pushes(ann, 1))).to.deep.equal(['missed'])
    ann.ack()
    ann.disconnect()
    await bob.call(say(toAnn, 'missed too'))
    await ann.connect(dc.connect, { dc: 1, ...dc.dcs[0]! })
    ann.restart()
    ann.heard.length = 0
    await ann.call(getStateRequest())
    expect(ann.heard.map(({ service }) => service?._)).to.include('new_session_created')
    expect(pushed(ann)).to.deep.equal([])
  })

  it('sends an answer again that was lost with its connection, and does not run the call twice', async () => {
    await start()
    const [ann] = [await dc.person(ANN), await dc.person(BOB)]
    const toBob = await peerOf(ann, BOB)
    const message = ann.message(wrapped(say(toBob, 'once')))
    ann.sealed(message)
    const first = await ann.find(({ answer }) => answer?.requestId === message.messageId)
    ann.disconnect()
    ann.heard.length = 0
    await ann.connect(dc.connect, { dc: 1, ...dc.dcs[0]! })
    ann.sealed(message)
    const again = await ann.find(({ answer }) => answer?.requestId === message.messageId)
    expect([again.messageId, again.seqNo]).to.deep.equal([first.messageId, first.seqNo])
    expect(dc.told.filter((event) => event.event === 'call' && event.method === 'messages.sendMessage')).to.have.length(
      1,
    )
  })

  it('tells nobody who signed out', async () => {
    await start()
    const [ann, bob] = [await dc.person(ANN), await dc.person(BOB)]
    await ann.call({ ...getStateRequest(), method: 'auth.logOut', write: () => writeInt(0x3e72ba19), read: readRest })
    await bob.call(say(await peerOf(bob, ANN), 'hi'))
    expect(pushed(ann)).to.deep.equal([])
  })

  it('is told by whoever changes its world by hand', async () => {
    await start()
    const ann = await dc.person(ANN)
    const [a, b] = dc.users.map(({ id }) => dc.world.accounts.get(id)!) as [never, never]
    dc.publish(send(dc.world, ann.env, b, a, { content: { text: 'by hand' } }).facts)
    expect(textsOf(await pushes(ann, 1))).to.deep.equal(['by hand'])
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

describe('a local DC and its layers', () => {
  afterEach(() => dc.stop())

  const text = readFileSync(new URL('../vectors/schema-227.tl', import.meta.url), 'utf8')

  it('speaks the layer that a client names, in answers and pushes', async () => {
    await start({ layerSchemas: [{ layer: 227, text }] })
    const codec = schemaCodec(schemaModel(text))
    const [ann, bob] = [await dc.person(ANN), await dc.person(BOB)]
    ann.wraps = false
    const about = {
      apiId: 1,
      deviceModel: 'spec',
      systemVersion: '1',
      appVersion: '1',
      systemLangCode: '',
      langPack: '',
      langCode: '',
    }
    const call = async (method: string, params: Params) => {
      const inner = codec.writeCall('initConnection', { ...about, query: codec.writeCall(method, params) })
      const [id] = ann.send(codec.writeCall('invokeWithLayer', { layer: 227, query: inner })) as [bigint]
      return codec.read(codec.model.byName.get(method)!.result, await ann.answerTo(id))
    }
    const peer = await peerOf(bob, ANN)
    expect(await call('users.getUsers', { id: [{ _: 'inputUserSelf' }] })).to.have.nested.property(
      '[0].firstName',
      'Ann',
    )
    ann.readsUpdates = (body) => codec.read({ _: 'boxed', name: 'Updates' }, body) as Updates
    await bob.call(sendMessageRequest({ peer, message: 'hi', randomId: ++randomId }))
    expect((await pushes(ann, 1))[0]).to.have.nested.property('updates[0].message.message', 'hi')
    const back = await call('messages.sendMessage', {
      peer: { _: 'inputPeerUser', userId: dc.users[1]!.id, accessHash: 0n },
      message: 'hello',
      randomId: 5n,
    })
    expect(back).to.have.nested.property('updates[1].message.message', 'hello')
  })
})
