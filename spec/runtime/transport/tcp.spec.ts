import { EventEmitter, once } from 'node:events'
import { expect } from 'chai'
import { concat as concatObservables, map, of, type Subscription, take, tap } from 'rxjs'
import { concat, equalBytes } from '../../../lib/core/bytes.ts'
import { TransportError, UsageError } from '../../../lib/core/errors.ts'
import { frameEncoder } from '../../../lib/core/protocol/frame.ts'
import { systemClock } from '../../../lib/runtime/rx/clock.ts'
import { framed } from '../../../lib/runtime/transport/framed.ts'
import type { Endpoint, Link } from '../../../lib/runtime/transport/link.ts'
import { socketLink } from '../../../lib/runtime/transport/socket-link.node.ts'
import { tcp, tcpLink } from '../../../lib/runtime/transport/tcp.node.ts'
import { seededRandom } from '../../support/marbles.ts'
import { FRAMINGS, packet, packetServer } from './packet-server.ts'
import { type BareServer, bareServer, bytesOf, closedPort, watch } from './sockets.ts'

const host = '127.0.0.1'

describe('runtime/transport tcp', () => {
  let server: BareServer
  let endpoint: Endpoint

  beforeEach(async () => {
    server = await bareServer()
    endpoint = { dc: 2, host, port: server.port }
  })
  afterEach(() => server.close())

  it('carries bytes both ways, and closes when left', async () => {
    const watched = watch(tcpLink(endpoint))
    const link = await watched.link
    const socket = await server.accepted()
    link.send(Uint8Array.of(1, 2))
    link.send(Uint8Array.of(3))
    expect([...(await bytesOf(socket, 3))]).to.deep.equal([1, 2, 3])
    socket.write(Uint8Array.of(4, 5))
    await watched.received(1)
    expect(watched.got).to.deep.equal([Uint8Array.of(4, 5)])
    // A Buffer would share its bytes where a Uint8Array copies them.
    expect(watched.got[0]!.constructor).to.equal(Uint8Array)
    watched.subscription.unsubscribe()
    await once(socket, 'end')
    link.send(Uint8Array.of(6))
  })

  it('still hands over what was sent in the turn in which it is left', async () => {
    const watched = watch(tcpLink(endpoint))
    const link = await watched.link
    const socket = await server.accepted()
    for (let i = 0; i < 5; i++) link.send(Uint8Array.of(i))
    watched.subscription.unsubscribe()
    const received: number[] = []
    socket.on('data', (data: Buffer) => received.push(...data))
    await once(socket, 'end')
    expect(received).to.deep.equal([0, 1, 2, 3, 4])
  })

  it('completes after the last bytes when the other side closes, and closes its own side', async () => {
    const watched = watch(tcpLink(endpoint))
    await watched.link
    const socket = await server.accepted()
    socket.resume()
    socket.end(Uint8Array.of(7))
    expect(await watched.over).to.equal(undefined)
    expect(await watched.incomingOver).to.equal(undefined)
    expect(watched.got).to.deep.equal([Uint8Array.of(7)])
    if (!socket.readableEnded) await once(socket, 'end')
  })

  it('errors with an unknown outcome when the other side breaks it', async () => {
    const watched = watch(tcpLink(endpoint))
    await watched.link
    const socket = await server.accepted()
    socket.resetAndDestroy()
    const error = await watched.over
    expect(error).to.be.instanceOf(TransportError)
    expect((error as TransportError).outcome).to.equal('unknown')
    expect(error!.message).to.equal(
      `the connection to 127.0.0.1:${server.port} broke: the other side broke it (ECONNRESET)`,
    )
    expect(await watched.incomingOver).to.equal(error)
  })

  it('errors with nothing sent when nobody listens', async () => {
    const port = await closedPort()
    const error = await watch(tcpLink({ host, port })).over
    expect(error).to.be.instanceOf(TransportError)
    expect((error as TransportError).outcome).to.equal('unsent')
    expect(error!.message).to.equal(`could not connect to 127.0.0.1:${port}: nothing listens there (ECONNREFUSED)`)
  })

  it('errors with nothing sent when it takes too long', async () => {
    const clock = { ...systemClock, after: () => of(undefined) }
    const error = await watch(tcpLink(endpoint, { clock, timeout: 2_000 })).over
    expect(error!.message).to.equal(`could not connect to 127.0.0.1:${server.port}: no answer in 2 s`)
    expect((error as TransportError).outcome).to.equal('unsent')
  })

  it('gives up connecting when left', async () => {
    const left = watch(tcpLink(endpoint))
    left.subscription.unsubscribe()
    // Connections are accepted in order: had the first one been kept, it would be this one.
    const second = watch(tcpLink(endpoint))
    const link = await second.link
    link.send(Uint8Array.of(2))
    const socket = await server.accepted()
    expect([...(await bytesOf(socket, 1))]).to.deep.equal([2])
    second.subscription.unsubscribe()
  })

  for (const port of [0, -1, 65_536, 1.5, Number.NaN])
    it(`refuses port ${port}`, async () => {
      const error = await watch(tcpLink({ host, port })).over
      expect(error).to.be.instanceOf(UsageError)
      expect(error!.message).to.equal(`expected a host and a port from 1 to 65535, got 127.0.0.1:${port}`)
    })

  it('loses nothing from one reader to the next', async () => {
    const sent = seededRandom(3)(4 * 1024 * 1024)
    const got: Uint8Array[] = []
    let subscription: Subscription | undefined
    await new Promise<void>((resolve) => {
      subscription = tcpLink(endpoint).subscribe({
        next(link) {
          const readers = concatObservables(link.incoming$.pipe(take(1)), link.incoming$.pipe(take(2)), link.incoming$)
          readers.subscribe({ next: (bytes) => got.push(bytes), complete: resolve, error: expect.fail })
          server.accepted().then((socket) => socket.end(sent), expect.fail)
        },
        error: expect.fail,
      })
    })
    expect(equalBytes(concat(...got), sent)).to.equal(true)
    expect(subscription!.closed).to.equal(true)
  })

  it('tells how much waits for the platform', async () => {
    const watched = watch(tcpLink(endpoint))
    const link = await watched.link
    const socket = await server.accepted()
    expect(link.buffered).to.equal(0)
    const size = 32 * 1024 * 1024
    link.send(new Uint8Array(size))
    expect(link.buffered).to.be.above(0)
    let received = 0
    await new Promise<void>((resolve) => {
      socket.on('data', ({ length }) => {
        received += length
        if (received === size) resolve()
      })
    })
    watched.subscription.unsubscribe()
  })

  for (const framing of FRAMINGS)
    for (const obfuscated of framing === 'full' ? [false] : [false, true])
      it(`speaks ${obfuscated ? 'obfuscated ' : ''}${framing}, small packets and large ones`, async () => {
        const sent = [packet(16, 1), packet(700, 2), packet(1_000_000, 3), packet(0, 4)]
        const connect = tcp({ framing, obfuscated, random: seededRandom(4) })
        const watched = watch(connect({ ...endpoint, dc: 4, media: true }))
        const link = await watched.link
        const socket = await server.accepted()
        const heard = packetServer(socketLink(socket, 'client', () => {}))
        for (const each of sent) link.send(each.slice())
        await watched.received(sent.length)
        expect(watched.got).to.deep.equal(sent)
        expect(heard.packets).to.deep.equal(sent)
        expect(heard.framing).to.equal(framing)
        if (obfuscated) expect(heard.dc).to.equal(-4)
        watched.subscription.unsubscribe()
        await once(socket, 'end')
      })

  for (const framing of FRAMINGS)
    it(`reads ${framing} wherever the bytes are cut`, async () => {
      const arrivals = new EventEmitter()
      const noted = map(
        (link: Link): Link => ({
          send: (bytes) => link.send(bytes),
          incoming$: link.incoming$.pipe(tap(({ length }) => arrivals.emit('bytes', length))),
          buffered: 0,
        }),
      )
      const watched = watch(tcpLink(endpoint).pipe(noted, framed(framing)))
      await watched.link
      const socket = await server.accepted()
      socket.resume()
      const encode = frameEncoder(framing, seededRandom(6))
      const [P, Q] = [packet(0, 1), packet(16, 2)]
      const length = encode(P).length + encode(Q).length
      // Full counts its frames, so each round is encoded anew; the lengths of padded vary, so it may end early.
      const again = frameEncoder(framing, seededRandom(6))
      let rounds = 0
      for (let at = 1; at < length; at++) {
        const bytes = concat(again(P), again(Q))
        if (at >= bytes.length) break
        const first = once(arrivals, 'bytes')
        socket.write(bytes.slice(0, at))
        await first
        socket.write(bytes.slice(at))
        rounds++
        await watched.received(2 * rounds)
      }
      expect(watched.got.length).to.equal(2 * rounds)
      expect(watched.got.slice(-2)).to.deep.equal([P, Q])
      watched.subscription.unsubscribe()
      await once(socket, 'end')
    })
})
