import { once } from 'node:events'
import { expect } from 'chai'
import { of, Subscription } from 'rxjs'
import { TransportError, UsageError } from '../../../lib/core/errors.ts'
import { listen } from '../../../lib/local-dc/listen.node.ts'
import { systemClock } from '../../../lib/runtime/rx/clock.ts'
import type { Endpoint } from '../../../lib/runtime/transport/link.ts'
import { webSocket, webSocketLink } from '../../../lib/runtime/transport/websocket.ts'
import { seededRandom } from '../../support/marbles.ts'
import { FRAMINGS, type Heard, packet, packetServer } from './packet-server.ts'
import { closedPort, watch } from './sockets.ts'
import { type BareWebSocketServer, bareWebSocketServer } from './websocket-server.ts'

describe('runtime/transport webSocket', () => {
  let server: BareWebSocketServer
  beforeEach(async () => {
    server = await bareWebSocketServer()
  })
  afterEach(() => server.close())

  it('carries bytes both ways, and closes when left', async () => {
    const watched = watch(webSocketLink(server.url))
    const [peer] = await server.accepted()
    const link = await watched.link
    expect(link.buffered).to.equal(0)
    const message = once(peer, 'message')
    link.send(Uint8Array.of(1, 2))
    expect([...(await message)[0]]).to.deep.equal([1, 2])
    peer.send(Uint8Array.of(3))
    await watched.received(1)
    expect(watched.got).to.deep.equal([Uint8Array.of(3)])
    const closed = once(peer, 'close')
    watched.subscription.unsubscribe()
    expect((await closed)[0]).to.equal(1000)
    link.send(Uint8Array.of(4))
  })

  it('completes after the last bytes when the other side closes', async () => {
    const watched = watch(webSocketLink(server.url))
    const [peer] = await server.accepted()
    peer.send(Uint8Array.of(7))
    peer.close()
    expect(await watched.over).to.equal(undefined)
    expect(await watched.incomingOver).to.equal(undefined)
    expect(watched.got).to.deep.equal([Uint8Array.of(7)])
  })

  it('errors with an unknown outcome when it breaks', async () => {
    const watched = watch(webSocketLink(server.url))
    const [peer] = await server.accepted()
    await watched.link
    peer.terminate()
    const error = await watched.over
    expect(error).to.be.instanceOf(TransportError)
    expect((error as TransportError).outcome).to.equal('unknown')
    expect(error!.message).to.equal(`the connection to ${server.url} broke: closed with code 1006`)
    expect(await watched.incomingOver).to.equal(error)
  })

  it('errors with nothing sent when it can not be opened', async () => {
    const url = `ws://127.0.0.1:${await closedPort()}/apiws`
    for (const address of [url, `${server.url}/else`]) {
      const error = await watch(webSocketLink(address)).over
      expect(error).to.be.instanceOf(TransportError)
      expect((error as TransportError).outcome).to.equal('unsent')
      expect(error!.message.startsWith(`could not connect to ${address}: `)).to.equal(true)
    }
  })

  it('errors with nothing sent when it takes too long', async () => {
    const clock = { ...systemClock, after: () => of(undefined) }
    const error = await watch(webSocketLink(server.url, { clock })).over
    expect(error!.message).to.equal(`could not connect to ${server.url}: no answer in 10 s`)
  })

  for (const ws of [undefined, '', 'http://127.0.0.1/apiws', '127.0.0.1'])
    it(`needs the address of a WebSocket, and ${ws} is none`, async () => {
      const error = await watch(webSocket()({ dc: 2, host: '127.0.0.1', port: 1, ws })).over
      expect(error).to.be.instanceOf(UsageError)
      expect(error!.message).to.equal(`expected an address like wss://host/apiws, got '${ws ?? ''}'`)
    })

  for (const framing of FRAMINGS.filter((each) => each !== 'full'))
    it(`speaks obfuscated ${framing}, small packets and large ones`, async () => {
      const sent = [packet(16, 1), packet(700, 2), packet(1_000_000, 3), packet(0, 4)]
      const resources = new Subscription()
      const { port, heard } = await new Promise<{ port: number; heard: Promise<Heard> }>((resolve, reject) => {
        resources.add(
          listen().subscribe({
            next({ port, links$ }) {
              const heard = new Promise<Heard>((told) => {
                resources.add(links$.subscribe({ next: (link) => told(packetServer(link)), error: reject }))
              })
              resolve({ port, heard })
            },
            error: reject,
          }),
        )
      })
      const endpoint: Endpoint = { dc: 3, host: '', port: 0, ws: `ws://127.0.0.1:${port}/apiws_test`, test: true }
      const watched = watch(webSocket({ framing, random: seededRandom(4) })(endpoint))
      const link = await watched.link
      for (const each of sent) link.send(each.slice())
      await watched.received(sent.length)
      expect(watched.got).to.deep.equal(sent)
      const { packets, dc, framing: told } = await heard
      expect({ packets, dc, told }).to.deep.equal({ packets: sent, dc: 10_003, told: framing })
      watched.subscription.unsubscribe()
      resources.unsubscribe()
    })

  it('can not carry full', () => {
    expect(() => webSocket({ framing: 'full' })).to.throw(UsageError)
  })
})
