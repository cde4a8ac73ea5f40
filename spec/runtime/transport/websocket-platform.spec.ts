import { once } from 'node:events'
import { expect } from 'chai'
import { WebSocket } from 'ws'
import { openWebSocket as openInNode } from '../../../lib/runtime/transport/websocket-platform.node.ts'
import { openWebSocket as openInBrowser } from '../../../lib/runtime/transport/websocket-platform.ts'
import { MAX_WEBSOCKET_MESSAGE, type OpenWebSocket } from '../../../lib/runtime/transport/websocket-socket.ts'
import { seededRandom } from '../../support/marbles.ts'
import { closedPort } from './sockets.ts'
import { type BareWebSocketServer, bareWebSocketServer } from './websocket-server.ts'

/** The browser's WebSocket, as far as `ws` has the same face: an error that nobody hears is no failure there. */
class BrowserWebSocket extends WebSocket {
  constructor(url: string, protocol: string) {
    super(url, protocol)
    this.on('error', () => {})
  }
}

const platforms: readonly {
  readonly name: string
  readonly openWebSocket: OpenWebSocket
  readonly isBrowser: boolean
}[] = [
  { name: 'browsers', openWebSocket: openInBrowser, isBrowser: true },
  { name: 'Node', openWebSocket: openInNode, isBrowser: false },
]

for (const { name, openWebSocket, isBrowser } of platforms)
  describe(`runtime/transport websocket platform of ${name}`, () => {
    let server: BareWebSocketServer
    const global = globalThis as { WebSocket?: unknown }
    const native = global.WebSocket

    beforeEach(async () => {
      server = await bareWebSocketServer()
      if (isBrowser) global.WebSocket = BrowserWebSocket
    })
    afterEach(async () => {
      global.WebSocket = native
      await server.close()
    })

    /** Dials, and notes what is told. */
    function dial(url = server.url) {
      const log: string[] = []
      const bytes: Uint8Array[] = []
      let opened = () => {}
      let closed = (_failure: string | undefined) => {}
      let received = () => {}
      const open = new Promise<void>((resolve) => {
        opened = resolve
      })
      const over = new Promise<string | undefined>((resolve) => {
        closed = resolve
      })
      const arrival = new Promise<void>((resolve) => {
        received = resolve
      })
      const socket = openWebSocket(url, 'binary', {
        opened() {
          log.push('opened')
          opened()
        },
        received(data) {
          log.push(`received ${data.length}`)
          bytes.push(data)
          received()
        },
        closed(failure) {
          log.push('closed')
          closed(failure)
        },
      })
      return { socket, log, bytes, open, over, arrival }
    }

    it('carries bytes both ways under the subprotocol', async () => {
      const { socket, bytes, open, arrival } = dial()
      const [peer, request] = await server.accepted()
      await open
      expect(request.headers['sec-websocket-protocol']).to.equal('binary')
      if (!isBrowser) expect(request.headers['sec-websocket-extensions']).to.equal(undefined)
      const message = once(peer, 'message')
      socket.send(Uint8Array.of(1, 2))
      const [data, isBinary] = await message
      expect([[...data], isBinary]).to.deep.equal([[1, 2], true])
      peer.send(Uint8Array.of(3, 4))
      await arrival
      expect(bytes).to.deep.equal([Uint8Array.of(3, 4)])
      expect(socket.buffered).to.equal(0)
      socket.close()
    })

    it('tells of an end in good order', async () => {
      const { log, over } = dial()
      const [peer] = await server.accepted()
      peer.close(1000)
      expect(await over).to.equal(undefined)
      expect(log).to.deep.equal(['opened', 'closed'])
    })

    it('tells the code of another end', async () => {
      const { over } = dial()
      const [peer] = await server.accepted()
      peer.close(1011, 'tired')
      expect(await over).to.equal(isBrowser ? 'closed with code 1011, tired' : 'closed with code 1011')
    })

    it('tells of an end without words', async () => {
      const { over, open } = dial()
      const [peer] = await server.accepted()
      await open
      peer.terminate()
      expect(await over).to.equal('closed with code 1006')
    })

    it('tells that nobody listens', async () => {
      const { log, over } = dial(`ws://127.0.0.1:${await closedPort()}/apiws`)
      expect(await over).to.match(isBrowser ? /^closed with code 1006$/ : /ECONNREFUSED/)
      expect(log).to.deep.equal(['closed'])
    })

    it('tells that it was refused', async () => {
      const { log, over } = dial(`${server.url}/else`)
      expect(await over).to.match(isBrowser ? /^closed with code 1006$/ : /400|404/)
      expect(log).to.deep.equal(['closed'])
    })

    it('does not take text', async () => {
      const { log, over } = dial()
      const [peer] = await server.accepted()
      peer.send('text')
      peer.send(Uint8Array.of(1))
      expect(await over).to.equal('a text message came')
      expect(log).to.deep.equal(['opened', 'closed'])
    })

    it('does not take messages without end', async () => {
      const { log, over } = dial()
      const [peer] = await server.accepted()
      peer.send(new Uint8Array(MAX_WEBSOCKET_MESSAGE + 1))
      expect(await over).to.equal(
        isBrowser ? `a message of ${MAX_WEBSOCKET_MESSAGE + 1} bytes came` : 'Max payload size exceeded',
      )
      expect(log).to.deep.equal(['opened', 'closed'])
    })

    it('takes a large message', async () => {
      const { bytes, arrival, socket } = dial()
      const [peer] = await server.accepted()
      const data = seededRandom(4)(300_000)
      peer.send(data)
      await arrival
      expect(bytes[0]).to.deep.equal(data)
      socket.close()
    })

    it('closes, and tells nothing any more', async () => {
      const { socket, log, open } = dial()
      const [peer] = await server.accepted()
      await open
      const closed = once(peer, 'close')
      peer.send(Uint8Array.of(1))
      socket.close()
      socket.send(Uint8Array.of(2))
      const [code] = await closed
      expect(code).to.equal(isBrowser ? 1005 : 1000)
      expect(log).to.deep.equal(['opened'])
    })

    it('closes before it is open, and tells nothing', async () => {
      const { socket, log } = dial()
      socket.close()
      const second = dial()
      await second.open
      second.socket.close()
      expect(log).to.deep.equal([])
    })

    it('throws for an address that is none', () => {
      expect(() => dial('ws://')).to.throw()
    })
  })
