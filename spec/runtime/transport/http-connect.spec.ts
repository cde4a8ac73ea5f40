import { once } from 'node:events'
import type { Socket } from 'node:net'
import { inspect } from 'node:util'
import { expect } from 'chai'
import { of } from 'rxjs'
import { concat, hex } from '../../../lib/core/bytes.ts'
import { TransportError, UsageError } from '../../../lib/core/errors.ts'
import { systemClock } from '../../../lib/runtime/rx/clock.ts'
import { httpConnect, httpConnectLink } from '../../../lib/runtime/transport/http-connect.node.ts'
import { socketLink } from '../../../lib/runtime/transport/socket-link.node.ts'
import { packet, packetServer } from './packet-server.ts'
import { type BareServer, bareServer, closedPort, gone, watch } from './sockets.ts'

const PASSWORD = 'open sesame'
const target = { host: '192.0.2.7', port: 443 }
const GRANTED = 'HTTP/1.1 200 Connection established\r\nVia: 1.1 here\r\n\r\n'

describe('runtime/transport httpConnect', () => {
  let server: BareServer
  beforeEach(async () => {
    server = await bareServer()
  })
  afterEach(() => server.close())

  const proxy = (more = {}) => ({ host: '127.0.0.1', port: server.port, ...more })

  /** The next socket and what it asks, up to the blank line. */
  async function asked(): Promise<{ socket: Socket; lines: readonly string[] }> {
    const socket = await server.accepted()
    let text = ''
    while (!text.endsWith('\r\n\r\n')) text += String((await once(socket, 'data'))[0])
    return { socket, lines: text.trimEnd().split('\r\n') }
  }

  for (const [host, authority] of [
    ['192.0.2.7', '192.0.2.7:443'],
    ['dc.a', 'dc.a:443'],
    ['2001:db8::1', '[2001:db8::1]:443'],
  ] as const)
    it(`asks for ${host}, and carries bytes both ways until left`, async () => {
      const watched = watch(httpConnectLink({ host, port: 443 }, proxy()))
      const { socket, lines } = await asked()
      expect(lines[0]).to.equal(`CONNECT ${authority} HTTP/1.1`)
      expect(lines).to.include(`Host: ${authority}`)
      expect(lines.some((line) => line.startsWith('Proxy-Authorization'))).to.equal(false)
      socket.write(GRANTED)
      const link = await watched.link
      link.send(Uint8Array.of(1, 2))
      expect(hex(((await once(socket, 'data')) as [Buffer])[0])).to.equal('0102')
      socket.write(Uint8Array.of(3, 4))
      await watched.received(1)
      expect(hex(concat(...watched.got))).to.equal('0304')
      watched.subscription.unsubscribe()
      await gone(socket)
    })

  it('logs in', async () => {
    const watched = watch(httpConnectLink(target, proxy({ user: 'ann', password: PASSWORD })))
    const { socket, lines } = await asked()
    const login = Buffer.from(`ann:${PASSWORD}`).toString('base64')
    expect(lines).to.include(`Proxy-Authorization: Basic ${login}`)
    socket.write(GRANTED.replace('1.1 200', '1.0 201'))
    await watched.link
    watched.subscription.unsubscribe()
    await gone(socket)
  })

  it('reads the answer wherever it is cut, and loses nothing that is behind it', async () => {
    const answer = concat(Buffer.from(GRANTED), Uint8Array.of(9, 8, 7))
    for (let at = 0; at <= answer.length; at++) {
      const watched = watch(httpConnectLink(target, proxy()))
      const { socket } = await asked()
      socket.setNoDelay(true).write(answer.slice(0, at))
      await new Promise(setImmediate)
      socket.write(answer.slice(at))
      await watched.link
      await new Promise<void>((resolve) => {
        const look = (): unknown => (concat(...watched.got).length >= 3 ? resolve() : setImmediate(look))
        look()
      })
      expect(hex(concat(...watched.got)), `cut at ${at}`).to.equal('090807')
      watched.subscription.unsubscribe()
      await gone(socket)
    }
  })

  it('ends when the other side ends, and breaks when it breaks', async () => {
    for (const end of ['end', 'resetAndDestroy'] as const) {
      const watched = watch(httpConnectLink(target, proxy()))
      const { socket } = await asked()
      socket.write(GRANTED)
      await watched.link
      socket[end]()
      const error = await watched.over
      if (end === 'end') expect(error).to.equal(undefined)
      else expect((error as TransportError).outcome).to.equal('unknown')
      await gone(socket)
    }
  })

  it('is a transport: packets by its framing, to the address of the DC', async () => {
    const sent = [packet(16, 1), packet(50_000, 2)]
    const watched = watch(httpConnect(proxy(), { framing: 'abridged' })({ dc: 2, ...target }))
    const { socket } = await asked()
    socket.write(GRANTED)
    const heard = packetServer(socketLink(socket, 'client', () => {}))
    const link = await watched.link
    for (const each of sent) link.send(each.slice())
    await watched.received(2)
    expect(watched.got).to.deep.equal(sent)
    expect(heard.framing).to.equal('abridged')
    watched.subscription.unsubscribe()
    await gone(socket)
  })

  const refusals: readonly (readonly [what: string, answer: string, reason: string])[] = [
    ['a login it does not take', 'HTTP/1.1 407 No\r\n\r\n', 'expected 200, got 407 (it wants another login)'],
    ['what it does not allow', 'HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno', 'expected 200, got 403 (forbidden)'],
    ['an address that does not answer', 'HTTP/1.0 502 No\r\n\r\n', 'expected 200, got 502 (it could not connect)'],
    ['something else', 'HTTP/1.1 418 Teapot\r\n\r\n', 'expected 200, got 418'],
    ['an answer that is none', 'SSH-2.0-OpenSSH_9.2\r\n', 'expected an answer of HTTP, got another'],
    ['a header without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}`, 'expected an answer of HTTP, got another'],
  ]
  for (const [what, answer, reason] of refusals)
    it(`says at once what is wrong: ${what}`, async () => {
      const watched = watch(httpConnectLink(target, proxy({ user: 'ann', password: PASSWORD })))
      const { socket } = await asked()
      socket.write(answer)
      const error = await watched.over
      expect(error).to.be.instanceOf(TransportError)
      expect((error as TransportError).outcome).to.equal('unsent')
      expect(error!.message).to.equal(
        `could not connect to 192.0.2.7:443 through the HTTP proxy 127.0.0.1:${server.port}: ${reason}`,
      )
      const told = inspect(error, { depth: 9 })
      expect(told).not.to.include(PASSWORD)
      expect(told).not.to.include(Buffer.from(`ann:${PASSWORD}`).toString('base64'))
      await gone(socket)
    })

  it('says that the proxy closed, or is not there', async () => {
    const watched = watch(httpConnectLink(target, proxy()))
    ;(await asked()).socket.end()
    expect((await watched.over)!.message).to.match(/through the HTTP proxy .*: it closed the connection$/)
    const port = await closedPort()
    const error = await watch(httpConnectLink(target, { host: '127.0.0.1', port })).over
    expect(error!.message).to.equal(`could not connect to 127.0.0.1:${port}: nothing listens there (ECONNREFUSED)`)
  })

  it('has ten seconds, and gives up when left', async () => {
    const clock = { ...systemClock, after: () => of(undefined) }
    const error = await watch(httpConnectLink(target, proxy(), { clock })).over
    expect(error!.message).to.match(/no answer in 10 s$/)
    const left = watch(httpConnectLink(target, proxy()))
    // The first connection was given up before it said anything.
    let socket = await server.accepted()
    if (socket.readableEnded || (await Promise.race([once(socket, 'data'), once(socket, 'end')]))[0] === undefined)
      socket = (await asked()).socket
    left.subscription.unsubscribe()
    await gone(socket)
  })

  for (const [what, more, message] of [
    ['a bad port', { port: 0 }, 'httpConnect: expected a host and a port from 1 to 65535'],
    ['a user with a colon', { user: 'a:b' }, 'httpConnect: expected a user without a colon, got one'],
  ] as const)
    it(`refuses ${what}`, () => {
      expect(() => httpConnect({ ...proxy(), ...more })).to.throw(UsageError, message)
    })
})
