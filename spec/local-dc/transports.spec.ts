import { expect } from 'chai'
import { getConfigRequest } from '../../lib/api/help.ts'
import type { Framing } from '../../lib/core/protocol/frame.ts'
import { memory } from '../../lib/runtime/transport/memory.ts'
import { tcp } from '../../lib/runtime/transport/tcp.node.ts'
import { webSocket } from '../../lib/runtime/transport/websocket.ts'
import { errorCodeOf, RawClient } from '../support/raw-client.ts'
import { type Running, run } from './running.ts'

describe('a local DC, by the way clients come', () => {
  let dc: Running
  before(async () => {
    dc = await run({ listen: undefined, dcs: 2 })
  })
  after(() => dc.stop())

  const framings: readonly Framing[] = ['abridged', 'intermediate', 'padded', 'full']
  const ways = framings.flatMap((framing) =>
    (framing === 'full' ? [false] : [false, true]).map((obfuscated) => ({ framing, obfuscated })),
  )
  for (const { framing, obfuscated } of ways) {
    const name = `${framing}${obfuscated ? ', obfuscated' : ''}`
    it(`answers over TCP, ${name}`, async () => {
      const client = await dc.client({ over: tcp({ framing, obfuscated }) })
      expect((await client.call(getConfigRequest())).thisDc).to.equal(1)
    })
    it(`answers in memory, ${name}, byte by byte`, async () => {
      const cut = (bytes: Uint8Array) => Array.from(bytes, (byte) => Uint8Array.of(byte))
      const client = await dc.client({ over: memory(dc.accept, { framing, obfuscated, cut }) })
      expect((await client.call(getConfigRequest())).thisDc).to.equal(1)
    })
  }
  for (const framing of ['abridged', 'intermediate', 'padded'] as const)
    it(`answers over WebSocket, ${framing}`, async () => {
      const client = await dc.client({ over: webSocket({ framing }), dc: 2 })
      expect((await client.call(getConfigRequest())).thisDc).to.equal(2)
    })

  it('takes WebSocket on the TCP port, and TCP on the WebSocket port', async () => {
    const [{ host, port, ws }] = dc.dcs as [(typeof dc.dcs)[0]]
    const over = new RawClient(dc)
    await over.connect(webSocket(), { dc: 1, host, port, ws: `ws://${host}:${port}/apiws` })
    await over.handshake()
    expect((await over.call(getConfigRequest())).thisDc).to.equal(1)
    over.disconnect()
    const under = new RawClient(dc)
    await under.connect(tcp(), { dc: 1, host, port: Number(new URL(ws!).port) })
    await under.handshake()
    expect((await under.call(getConfigRequest())).thisDc).to.equal(1)
    under.disconnect()
  })

  it('tells -404 to a key that it does not know, and hangs up', async () => {
    const client = await dc.client()
    const stranger = new RawClient(dc)
    await stranger.connect(tcp(), { dc: 2, ...dc.dcs[1]! })
    stranger.key = client.key
    stranger.send({ _: 'ping', pingId: 1n })
    await stranger.until(() => stranger.ended !== undefined)
    expect(errorCodeOf(stranger)).to.equal(-404)
  })

  it('hangs up on a packet that does not open, and says so', async () => {
    const client = await dc.client()
    const packet = new Uint8Array(24 + 64)
    new DataView(packet.buffer).setBigInt64(0, client.key!.id, true)
    client.packet(packet)
    await client.until(() => client.ended !== undefined)
    expect(dc.told.some((event) => event.event === 'fault' && event.message.includes('does not open'))).to.equal(true)
  })

  it('tells of connections that come and go', async () => {
    const client = await dc.client()
    const opened = dc.told.filter((event) => event.event === 'opened').at(-1)!
    expect(opened).to.deep.include({ dc: 1, remote: 'memory:near' })
    client.disconnect()
    expect(dc.told.at(-1)).to.deep.equal({ event: 'closed', connection: opened.connection, dc: 1 })
  })
})

describe('a local DC, by the DC that clients ask for', () => {
  let dc: Running
  beforeEach(async () => {
    dc = await run({ dcs: 2 })
  })
  afterEach(() => dc.stop())

  for (const [wire, testMode] of [
    [2, false],
    [-2, false],
    [10_002, true],
    [-10_002, true],
  ] as const)
    it(`takes ${wire}, ${testMode ? 'a test DC' : 'a DC'}`, async () => {
      const client = new RawClient(dc)
      await client.connect(dc.connect, { dc: 2, ...dc.dcs[1]! })
      await client.handshake({ dc: wire })
      expect(await client.call(getConfigRequest())).to.include({ testMode, thisDc: 2 })
    })

  it('refuses another with -444', async () => {
    const client = new RawClient(dc)
    await client.connect(dc.connect, { dc: 2, ...dc.dcs[1]! })
    await client.handshake({ dc: 1 }).catch(() => {})
    expect(errorCodeOf(client)).to.equal(-444)
  })

  it('takes the forms without a DC, whatever the obfuscated header says', async () => {
    for (const [test, testMode] of [
      [false, false],
      [true, true],
    ] as const) {
      const client = new RawClient(dc)
      await client.connect(memory(dc.accept, { obfuscated: true }), { dc: 2, test, ...dc.dcs[1]! })
      await client.handshake({ innerForm: 'p_q_inner_data' })
      // In memory the endpoint itself says that it is a test DC.
      expect(await client.call(getConfigRequest())).to.include({ testMode })
    }
    const client = new RawClient(dc)
    await client.connect(
      memory((link) => dc.accept(link, { dc: 2, ...dc.dcs[1]! }), { obfuscated: true }),
      { dc: 777, ...dc.dcs[1]! },
    )
    await client.handshake({ innerForm: 'p_q_inner_data' })
    expect(await client.call(getConfigRequest())).to.include({ testMode: false, thisDc: 2 })
    const marked = new RawClient(dc)
    await marked.connect(
      memory((link) => dc.accept(link, { dc: 2, ...dc.dcs[1]! }), { obfuscated: true }),
      { dc: 2, test: true, ...dc.dcs[1]! },
    )
    await marked.handshake({ innerForm: 'p_q_inner_data' })
    expect(await marked.call(getConfigRequest())).to.include({ testMode: true, thisDc: 2 })
  })
})
