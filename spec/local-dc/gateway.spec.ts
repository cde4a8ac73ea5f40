import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { EMPTY, finalize, map, NEVER, of, Subject, throwError } from 'rxjs'
import { getConfigRequest, getNearestDcRequest, getSupportNameRequest } from '../../lib/api/help.ts'
import type { Updates } from '../../lib/api/index.ts'
import { getHistoryRequest, sendMessageRequest } from '../../lib/api/messages.ts'
import { invokeAfterMsgRequest } from '../../lib/api/root.ts'
import { getDifferenceRequest, getStateRequest } from '../../lib/api/updates.ts'
import { getUsersRequest } from '../../lib/api/users.ts'
import { RpcError, TransportError } from '../../lib/core/errors.ts'
import { schemaModel } from '../../lib/core/schema/model.ts'
import { decode, readRest } from '../../lib/core/tl/reader.ts'
import { encode, writeInt } from '../../lib/core/tl/writer.ts'
import { type LocalDcOptions, refuse } from '../../lib/local-dc/index.node.ts'
import { type Params, schemaCodec } from '../../lib/local-dc/layers/codec.ts'
import type { Clock } from '../../lib/runtime/rx/clock.ts'
import { memory } from '../../lib/runtime/transport/memory.ts'
import { ANN, BOB, peerOf, pushes, type Running, refused, run, signIn } from './running.ts'

const self = getUsersRequest({ id: [{ _: 'inputUserSelf' }] })
const HISTORY = { offsetId: 0, offsetDate: 0, addOffset: 0, limit: 10, maxId: 0, minId: 0, hash: 0n }

let dc: Running
let randomId = 0n
const start = async (options?: LocalDcOptions) => {
  dc = await run(options)
  return dc
}

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
    expect(faults[0]).to.equal('help.getSupportName: threw TypeError')
    const [first] = dc.told.flatMap((event) => (event.event === 'fault' ? [event] : []))
    expect(first).to.have.property('error').that.is.instanceOf(TypeError).with.property('message', 'oops')
    expect(JSON.stringify(dc.told)).to.not.include('oops')
  })

  it('resets a client that does not read, and gives it the rest when it comes back', async () => {
    await start()
    let waiting = 16 * 1024 * 1024
    const over = memory((link, endpoint) =>
      dc.accept(Object.defineProperty(link, 'buffered', { get: () => waiting }), endpoint),
    )
    const [ann, bob] = [await dc.client({ over }), await dc.person(BOB)]
    await signIn(ann, ANN)
    const peer = await peerOf(bob, ANN)
    const { pts } = await ann.call(getStateRequest())
    waiting++
    await bob.call(sendMessageRequest({ peer, message: 'hi', randomId: ++randomId }))
    await ann.until(() => ann.ended !== undefined)
    expect(ann.ended).to.be.instanceOf(TransportError)
    const faults = dc.told.flatMap((event) => (event.event === 'fault' ? [event.message] : []))
    expect(faults).to.deep.equal([
      'connection 1: expected a client that reads, got one with 16777217 bytes waiting: reset',
    ])
    expect(dc.told.filter(({ event }) => event === 'closed')).to.deep.equal([{ event: 'closed', connection: 1, dc: 1 }])
    await ann.connect(dc.connect, { dc: 1, ...dc.dcs[0]! })
    const missed = await ann.call(getDifferenceRequest({ pts, date: 1, qts: 0 }))
    expect(missed).to.have.nested.property('newMessages[0].message', 'hi')
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
