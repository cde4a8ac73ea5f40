import type { Socket } from 'node:net'
import { inspect } from 'node:util'
import { expect } from 'chai'
import { of } from 'rxjs'
import { concat, fromHex, hex } from '../../../lib/core/bytes.ts'
import { TransportError, UsageError } from '../../../lib/core/errors.ts'
import { systemClock } from '../../../lib/runtime/rx/clock.ts'
import { mtproxy } from '../../../lib/runtime/transport/mtproxy.node.ts'
import { socketLink } from '../../../lib/runtime/transport/socket-link.node.ts'
import { socks5, socks5Link } from '../../../lib/runtime/transport/socks5.node.ts'
import { packet, packetServer } from './packet-server.ts'
import { type BareServer, bareServer, bytesOf, closedPort, gone, watch } from './sockets.ts'

const PASSWORD = 'open sesame'
const login = { user: 'ann', password: PASSWORD }
const target = { host: '192.0.2.7', port: 443 }
/** RFC 1928, section 6: granted, from 0.0.0.0:0. */
const GRANTED = '05000001000000000000'

describe('runtime/transport socks5', () => {
  let server: BareServer
  beforeEach(async () => {
    server = await bareServer()
  })
  afterEach(() => server.close())

  const proxy = (more = {}) => ({ host: '127.0.0.1', port: server.port, ...more })

  /** Plays the proxy: for each question the answer, both in hex. */
  async function play(...exchange: readonly (readonly [asked: string, answer: string])[]): Promise<Socket> {
    const socket = await server.accepted()
    for (const [asked, answer] of exchange) {
      expect(hex(await bytesOf(socket, asked.length / 2))).to.equal(asked)
      socket.write(fromHex(answer))
    }
    return socket
  }

  const ascii = (text: string) => hex(new TextEncoder().encode(text))
  const named = `0501000304${ascii('dc.a')}01bb`
  const addresses: readonly (readonly [host: string, asked: string])[] = [
    ['192.0.2.7', '05010001c000020701bb'],
    ['2001:db8::1', '0501000420010db800000000000000000000000101bb'],
    ['dc.a', named],
  ]
  for (const [host, asked] of addresses)
    it(`asks for ${host}, and carries bytes both ways until left`, async () => {
      const watched = watch(socks5Link({ host, port: 443 }, proxy()))
      const socket = await play(['050100', '0500'], [asked, GRANTED])
      const link = await watched.link
      link.send(Uint8Array.of(1, 2))
      expect(hex(await bytesOf(socket, 2))).to.equal('0102')
      socket.write(Uint8Array.of(3, 4))
      await watched.received(1)
      expect(hex(concat(...watched.got))).to.equal('0304')
      watched.subscription.unsubscribe()
      await gone(socket)
    })

  it('logs in where the proxy wants it', async () => {
    const watched = watch(socks5Link(target, proxy(login)))
    const said = `0103${ascii('ann')}0b${ascii(PASSWORD)}`
    const socket = await play(['05020002', '0502'], [said, '0100'], ['05010001c000020701bb', GRANTED])
    await watched.link
    watched.subscription.unsubscribe()
    await gone(socket)
  })

  it('reads the answers wherever they are cut, and loses nothing that is behind them', async () => {
    const answer = concat(fromHex(GRANTED), Uint8Array.of(9, 8, 7))
    for (let at = 0; at <= answer.length; at++) {
      const watched = watch(socks5Link(target, proxy()))
      const socket = await play(['050100', '0500'])
      await bytesOf(socket, 10)
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
      const watched = watch(socks5Link(target, proxy()))
      const socket = await play(['050100', '0500'], ['05010001c000020701bb', GRANTED])
      await watched.link
      socket[end]()
      const error = await watched.over
      if (end === 'end') expect(error).to.equal(undefined)
      else expect((error as TransportError).outcome).to.equal('unknown')
      await gone(socket)
    }
  })

  it('leaves nothing behind that would keep the process', async () => {
    // The runner's own timer begins after the first turn.
    await new Promise(setImmediate)
    const waiting = () => process.getActiveResourcesInfo().filter((each) => /^(Timeout|TCPConnect|GetAddr)/.test(each))
    const before = waiting()
    const watched = watch(socks5Link(target, proxy()))
    const socket = await play(['050100', '0500'], ['05010001c000020701bb', GRANTED])
    await watched.link
    watched.subscription.unsubscribe()
    await gone(socket)
    expect(waiting()).to.deep.equal(before)
  })

  it('is a transport: packets by its framing, to the address of the DC', async () => {
    const sent = [packet(16, 1), packet(50_000, 2)]
    const watched = watch(socks5(proxy(), { framing: 'padded', obfuscated: true })({ dc: 2, ...target }))
    const socket = await play(['050100', '0500'], ['05010001c000020701bb', GRANTED])
    const heard = packetServer(socketLink(socket, 'client', () => {}))
    const link = await watched.link
    for (const each of sent) link.send(each.slice())
    await watched.received(2)
    expect(watched.got).to.deep.equal(sent)
    expect(heard).to.deep.include({ framing: 'padded', dc: 2 })
    watched.subscription.unsubscribe()
    await gone(socket)
  })

  it('can stand in front of an MTProxy', async () => {
    const secret = '00112233445566778899aabbccddeeff'
    const transport = mtproxy({ host: 'dc.a', port: 443, secret }, { dial: (address) => socks5Link(address, proxy()) })
    const watched = watch(transport({ dc: 2, ...target }))
    const socket = await play(['050100', '0500'], [named, GRANTED])
    ;(await watched.link).send(packet(16))
    expect((await bytesOf(socket, 64 + 44)).length).to.equal(64 + 44)
    watched.subscription.unsubscribe()
    await gone(socket)
  })

  type Case = readonly [what: string, login: object, answers: readonly (readonly [number, string])[], reason: string]
  const refusals: readonly Case[] = [
    [
      'a wrong login',
      login,
      [
        [4, '0502'],
        [17, '0101'],
      ],
      'it refused the login',
    ],
    ['no login', {}, [[3, '05ff']], 'it wants a login, and none was given'],
    ['a login of another kind', login, [[4, '05ff']], 'it takes no login of this kind'],
    [
      'an address that refuses',
      {},
      [
        [3, '0500'],
        [10, '05050001000000000000'],
      ],
      'it refused (ConnectionRefused)',
    ],
    [
      'an address it may not reach',
      {},
      [
        [3, '0500'],
        [10, '05020001000000000000'],
      ],
      'it refused (NotAllowed)',
    ],
    [
      'a server of HTTP',
      {},
      [[3, hex(new TextEncoder().encode('HTTP/1.1 400 Bad Request\r\n\r\n'))]],
      'expected an answer of SOCKS5, got another',
    ],
    ['a proxy of SOCKS4', {}, [[3, '005b000000000000']], 'expected an answer of SOCKS5, got another'],
  ]
  for (const [what, more, answers, reason] of refusals)
    it(`says at once what is wrong: ${what}`, async () => {
      const watched = watch(socks5Link(target, proxy(more)))
      const socket = await server.accepted()
      for (const [length, answer] of answers) {
        await bytesOf(socket, length)
        socket.write(fromHex(answer))
      }
      const error = await watched.over
      expect(error).to.be.instanceOf(TransportError)
      expect((error as TransportError).outcome).to.equal('unsent')
      expect(error!.message).to.equal(
        `could not connect to 192.0.2.7:443 through the SOCKS5 proxy 127.0.0.1:${server.port}: ${reason}`,
      )
      // Not in a property either: whoever logs an error logs them all.
      expect(inspect(error, { depth: 9 })).not.to.include(PASSWORD)
      await gone(socket)
    })

  it('says that the proxy closed, or is not there', async () => {
    const watched = watch(socks5Link(target, proxy()))
    ;(await server.accepted()).resume().end()
    expect((await watched.over)!.message).to.match(/through the SOCKS5 proxy .*: it closed the connection$/)
    const port = await closedPort()
    const error = await watch(socks5Link(target, { host: '127.0.0.1', port })).over
    expect(error!.message).to.equal(`could not connect to 127.0.0.1:${port}: nothing listens there (ECONNREFUSED)`)
    expect((error as TransportError).outcome).to.equal('unsent')
  })

  it('has ten seconds, and gives up when left', async () => {
    const clock = { ...systemClock, after: () => of(undefined) }
    const error = await watch(socks5Link(target, proxy(), { clock })).over
    expect(error!.message).to.equal(
      `could not connect to 192.0.2.7:443 through the SOCKS5 proxy 127.0.0.1:${server.port}: no answer in 10 s`,
    )
    const left = watch(socks5Link(target, proxy()))
    const socket = await server.accepted()
    await bytesOf(socket, 3)
    left.subscription.unsubscribe()
    await gone(socket)
  })

  const bad: readonly (readonly [what: string, more: object, message: string])[] = [
    ['no host', { host: '' }, 'socks5: expected a host and a port from 1 to 65535'],
    ['a bad port', { port: 70_000 }, 'got 127.0.0.1:70000'],
    ['a password alone', { password: PASSWORD }, 'socks5: expected a user for the password, got none'],
    ['a long user', { user: 'é'.repeat(128) }, 'socks5: expected a user of at most 255 bytes, got a longer one'],
    ['a long password', { user: 'a', password: PASSWORD.repeat(30) }, 'expected a password of at most 255 bytes'],
  ]
  for (const [what, more, message] of bad)
    it(`refuses ${what}`, () => {
      expect(() => socks5({ ...proxy(), ...more })).to.throw(UsageError, message)
      expect(() => socks5({ ...proxy(), ...more })).not.to.throw(UsageError, PASSWORD)
    })
})
