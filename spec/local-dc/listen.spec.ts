import { once } from 'node:events'
import type { Socket } from 'node:net'
import { expect } from 'chai'
import { Subscription } from 'rxjs'
import { WebSocket } from 'ws'
import { TransportError, UsageError } from '../../lib/core/errors.ts'
import { frameTag } from '../../lib/core/protocol/frame.ts'
import type { Listener } from '../../lib/local-dc/listen.node.ts'
import { answer, closedOf, listening } from './listening.ts'

describe('local-dc listen', () => {
  const { opened, accepting, dialled, webSocket, keep } = listening()

  it('opens a free port, on this machine alone', async () => {
    const listener = await opened()
    expect(listener.host).to.equal('127.0.0.1')
    expect(listener.port).to.be.within(1, 65_535)
  })

  it('gives raw bytes of TCP, those that told what it is included', async () => {
    const listener = await opened()
    const links = accepting(listener.links$)
    const socket = await dialled(listener)
    socket.write(frameTag('intermediate'))
    const accepted = await links.next()
    expect(await accepted.bytes(4)).to.deep.equal(frameTag('intermediate'))
    expect(accepted.link.carrier).to.equal('tcp')
    expect(accepted.link.test).to.equal(undefined)
    expect(accepted.link.remote).to.equal(`127.0.0.1:${socket.localPort}`)
    const reply = once(socket, 'data')
    accepted.link.send(Uint8Array.of(1, 2, 3))
    expect([...((await reply)[0] as Buffer)]).to.deep.equal([1, 2, 3])
    expect(accepted.link.buffered).to.equal(0)
    socket.end()
    expect(await accepted.over).to.equal(undefined)
  })

  const starts: readonly { readonly what: string; readonly bytes: readonly number[]; readonly needed: number }[] = [
    { what: 'abridged', bytes: [0xef, 1, 2], needed: 1 },
    { what: 'intermediate', bytes: [0xee, 0xee, 0xee, 0xee, 5], needed: 4 },
    { what: 'padded', bytes: [0xdd, 0xdd, 0xdd, 0xdd, 5], needed: 4 },
    { what: 'full', bytes: [28, 0, 0, 0, 0, 0, 0, 0, 9], needed: 8 },
    { what: 'noise', bytes: [71, 69, 84, 33, 5, 6, 7, 8, 9, 10], needed: 8 },
  ]
  for (const { what, bytes, needed } of starts)
    it(`knows ${what} by ${needed} bytes, however they come`, async () => {
      const listener = await opened()
      const links = accepting(listener.links$)
      for (let at = 1; at < bytes.length; at++) {
        const socket = await dialled(listener)
        socket.write(Uint8Array.from(bytes.slice(0, at)))
        if (at >= needed) {
          const accepted = await links.next()
          expect([...(await accepted.bytes(at))]).to.deep.equal(bytes.slice(0, at))
          socket.write(Uint8Array.from(bytes.slice(at)))
          expect([...(await accepted.bytes(bytes.length - at))]).to.deep.equal(bytes.slice(at))
        } else {
          socket.write(Uint8Array.from(bytes.slice(at)))
          const accepted = await links.next()
          expect([...(await accepted.bytes(bytes.length))]).to.deep.equal(bytes)
        }
        socket.destroy()
      }
    })

  it('gives no link for a connection that tells nothing', async () => {
    const listener = await opened()
    const links = accepting(listener.links$)
    const socket = await dialled(listener)
    socket.write('GE')
    socket.end()
    socket.resume()
    await once(socket, 'end')
    expect(links.count()).to.equal(0)
  })

  for (const { path, test } of [
    { path: '/apiws', test: false },
    { path: '/apiws_test', test: true },
    { path: '/apis', test: false },
    { path: '/apiws?x=1', test: false },
  ])
    it(`gives raw bytes of a WebSocket at ${path}`, async () => {
      const listener = await opened()
      const links = accepting(listener.links$)
      const socket = webSocket(listener, path)
      socket.on('open', () => {
        socket.send(Uint8Array.of(1))
        socket.send(Uint8Array.of(2, 3))
      })
      const accepted = await links.next()
      expect([...(await accepted.bytes(3))]).to.deep.equal([1, 2, 3])
      expect(socket.protocol).to.equal('binary')
      expect(socket.extensions).to.equal('')
      expect(accepted.link.carrier).to.equal('websocket')
      expect(accepted.link.test).to.equal(test)
      expect(accepted.link.remote).to.match(/^127\.0\.0\.1:\d+$/)
      const message = once(socket, 'message')
      accepted.link.send(Uint8Array.of(4))
      const [data, isBinary] = await message
      expect([[...data], isBinary, accepted.link.buffered]).to.deep.equal([[4], true, 0])
      socket.close()
      expect(await accepted.over).to.equal(undefined)
    })

  it('takes a WebSocket that offers no subprotocol, and one from any page', async () => {
    const listener = await opened()
    const links = accepting(listener.links$)
    const socket = webSocket(listener, '/apiws', [])
    await links.next()
    expect(socket.protocol).to.equal('')
    const page = new WebSocket(`ws://${listener.host}:${listener.port}/apiws`, 'binary', {
      origin: 'https://a.example',
    })
    keep(() => page.terminate())
    page.on('error', () => {})
    expect((await links.next()).link.carrier).to.equal('websocket')
  })

  it('closes a WebSocket that sends text, and breaks with one that sends no frames', async () => {
    const listener = await opened()
    const links = accepting(listener.links$)
    const texting = webSocket(listener, '/apiws')
    const first = await links.next()
    const closed = once(texting, 'close')
    if (texting.readyState !== texting.OPEN) await once(texting, 'open')
    texting.send('text')
    expect((await closed)[0]).to.equal(1003)
    expect(await first.over).to.equal(undefined)
    const socket = await dialled(listener)
    socket.write(
      ['GET /apiws HTTP/1.1', 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'].join(
        '\r\n',
      ),
    )
    socket.write('\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n')
    const second = await links.next()
    socket.write(Uint8Array.of(0xff, 0xff, 0, 0))
    expect((await second.over)!.message).to.match(/^expected WebSocket frames, got other: /)
  })

  it('answers other HTTP shortly, and closes', async () => {
    const listener = await opened()
    const links = accepting(listener.links$)
    const cases = [
      { path: '/', status: 404, text: 'nothing is served here\n' },
      { path: '/apiws', status: 426, text: 'expected a WebSocket upgrade\n' },
      { path: '/api', status: 404, text: 'nothing is served here\n', method: 'POST', body: 'x'.repeat(1000) },
      { path: '/apiwsx', status: 404, text: 'nothing is served here\n', method: 'OPTIONS' },
    ]
    for (const { path, status, text, ...options } of cases) {
      const got = await answer(listener, path, options)
      expect([got.status, got.text]).to.deep.equal([status, text])
      expect(got.headers['access-control-allow-origin']).to.equal('*')
      expect(got.headers.connection).to.match(/close/)
    }
    expect((await answer(listener, '/', { method: 'HEAD' })).status).to.equal(404)
    expect(links.count()).to.equal(0)
  })

  it('refuses an upgrade elsewhere', async () => {
    const listener = await opened()
    const links = accepting(listener.links$)
    const socket = webSocket(listener, '/else')
    const [error] = (await once(socket, 'error')) as [Error]
    expect(error.message).to.equal('Unexpected server response: 404')
    expect(links.count()).to.equal(0)
  })

  it('bounds the headers', async () => {
    const listener = await opened()
    accepting(listener.links$)
    const socket = await dialled(listener)
    socket.write('GET /apiws HTTP/1.1\r\nHost: x\r\n')
    socket.write(`X: ${'x'.repeat(40_000)}\r\n\r\n`)
    const [data] = (await once(socket, 'data')) as [Buffer]
    expect(data.toString('latin1')).to.match(/^HTTP\/1\.1 431 /)
  })

  it('bounds the connections', async () => {
    const listener = await opened({ maxConnections: 2 })
    const links = accepting(listener.links$)
    const sockets: Socket[] = []
    for (let n = 0; n < 3; n++) {
      const socket = await dialled(listener)
      socket.write(frameTag('abridged'))
      sockets.push(socket)
      if (n < 2) await links.next()
    }
    sockets[2]!.resume()
    await once(sockets[2]!, 'close')
    expect(links.count()).to.equal(2)
    const freed = once(sockets[0]!, 'close')
    sockets[0]!.destroy()
    await freed
  })

  for (const carrier of ['tcp', 'websocket'] as const)
    describe(`a link over ${carrier}`, () => {
      /** A client, by what it saw of the end: `closed` in good order, or `broken`. */
      async function client(listener: Listener): Promise<{ received: Promise<number[]>; end: Promise<string> }> {
        const received: number[] = []
        let tell = () => {}
        const some = new Promise<number[]>((resolve) => {
          tell = () => resolve(received)
        })
        if (carrier === 'tcp') {
          const socket = await dialled(listener)
          socket.write(frameTag('abridged'))
          socket.on('data', (data: Buffer) => {
            received.push(...data)
            tell()
          })
          const end = new Promise<string>((resolve) => {
            socket.on('end', () => resolve('closed'))
            socket.on('error', () => resolve('broken'))
          })
          return { received: some, end }
        }
        const socket = webSocket(listener, '/apiws')
        socket.on('message', (data: Buffer) => {
          received.push(...data)
          tell()
        })
        const end = new Promise<string>((resolve) => {
          socket.on('close', (code) => resolve(code === 1006 ? 'broken' : 'closed'))
        })
        return { received: some, end }
      }

      it('closes after what was sent', async () => {
        const listener = await opened()
        const links = accepting(listener.links$)
        const { received, end } = await client(listener)
        const { link, over } = await links.next()
        link.send(Uint8Array.of(1, 2))
        link.close()
        link.send(Uint8Array.of(3))
        expect(await end).to.equal('closed')
        expect(await received).to.deep.equal([1, 2])
        expect(await over).to.equal(undefined)
      })

      it('breaks by reset', async () => {
        const listener = await opened()
        const links = accepting(listener.links$)
        const { end } = await client(listener)
        const { link, over } = await links.next()
        link.reset()
        expect(await end).to.equal('broken')
        expect(await over).to.equal(undefined)
      })

      it('ends with the listener', async () => {
        const owner = new Subscription()
        keep(owner)
        const listener = await opened({}, owner)
        const links = accepting(listener.links$)
        const { end } = await client(listener)
        const { over } = await links.next()
        owner.unsubscribe()
        expect(await over).to.equal(undefined)
        expect(await end).to.equal('closed')
      })
    })

  it('closes everything at once when left, and frees the port', async () => {
    const owner = new Subscription()
    const listener = await opened({}, owner)
    let completed = false
    listener.links$.subscribe({
      complete: () => {
        completed = true
      },
      error: expect.fail,
    })
    const [silent, raw] = [await dialled(listener), await dialled(listener)]
    raw.write(frameTag('padded'))
    const page = webSocket(listener, '/apiws')
    await once(page, 'open')
    const half = await dialled(listener)
    half.write('GET /apiws HTTP/1.1\r\n')
    const ends = [silent, raw, half].map(closedOf)
    const closed = once(page, 'close')
    owner.unsubscribe()
    await Promise.all(ends)
    expect((await closed)[0]).to.equal(1001)
    expect(completed).to.equal(true)
    const again = await opened({ port: listener.port })
    expect(again.port).to.equal(listener.port)
  })

  it('closes connections that nobody takes', async () => {
    const listener = await opened()
    const socket = await dialled(listener)
    socket.write(frameTag('abridged'))
    await closedOf(socket)
  })

  it('gives its links to one subscriber', async () => {
    const listener = await opened()
    accepting(listener.links$)
    const error = await new Promise((resolve) => listener.links$.subscribe({ error: resolve }))
    expect(error).to.be.instanceOf(UsageError)
  })

  it('says which port can not be had', async () => {
    const { port } = await opened()
    const error = await opened({ port }).catch((reason: unknown) => reason)
    expect(error).to.be.instanceOf(TransportError)
    expect((error as TransportError).message).to.equal(
      `could not listen on 127.0.0.1:${port}: the port is taken (EADDRINUSE)`,
    )
    const elsewhere = await opened({ host: '192.0.2.1' }).catch((reason: unknown) => reason)
    expect((elsewhere as TransportError).message).to.equal(
      'could not listen on 192.0.2.1:0: no such address on this machine (EADDRNOTAVAIL)',
    )
  })

  for (const port of [-1, 65_536, 1.5])
    it(`refuses port ${port}`, async () => {
      const error = await opened({ port }).catch((reason: unknown) => reason)
      expect(error).to.be.instanceOf(UsageError)
      expect((error as UsageError).message).to.equal(`expected a port from 0 to 65535, got ${port}`)
    })
})
