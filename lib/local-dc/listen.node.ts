/**
 * The server's side of the carriers: one port for raw bytes over TCP and for WebSocket, told apart by the first bytes.
 * https://core.telegram.org/mtproto/transports
 */
import { createServer as createHttpServer, type Server as HttpServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Observable, Subscriber } from 'rxjs'
import { type WebSocket, WebSocketServer } from 'ws'
import { concat } from '../core/bytes.ts'
import { ProtocolError, TransportError, UsageError } from '../core/errors.ts'
import { sniff } from '../core/protocol/sniff.ts'
import { cold } from '../runtime/rx/cold.ts'
import { inbox } from '../runtime/transport/inbox.ts'
import type { AcceptedLink } from '../runtime/transport/link.ts'
import { socketLink, socketReason } from '../runtime/transport/socket-link.node.ts'
import { MAX_WEBSOCKET_MESSAGE } from '../runtime/transport/websocket-socket.ts'

export interface ListenOptions {
  /** `127.0.0.1` if not given. */
  readonly host?: string | undefined
  /** 0, a free one, if not given. */
  readonly port?: number | undefined
  /** Connections beyond this are closed at once; 10,000 if not given. */
  readonly maxConnections?: number | undefined
}

/** An open port. */
export interface Listener {
  readonly host: string
  readonly port: number
  /**
   * Starts: nothing; it is hot, and must be subscribed synchronously when the listener is emitted, once.
   * Emits: each connection as a link of bytes, as soon as its first bytes have told what it is. They are in the link.
   * Errors: never. Completes when the port is closed.
   * Unsubscribe: later connections are closed at once.
   */
  readonly links$: Observable<ListenerLink>
}

export interface ListenerLink extends AcceptedLink {
  readonly carrier: 'tcp' | 'websocket'
  /** Whether it came by a path for test DCs, `/apiws_test`; undefined over TCP, where only the key exchange tells. */
  readonly test?: boolean | undefined
}

const MAX_CONNECTIONS = 10_000
/** A WebSocket request has a dozen short headers. */
const MAX_HEADERS = 16 * 1024
/** `/api`, `w` for pages of any origin, `s` for WebSocket, `_test` for test DCs (transports, "URI format"). */
const WEBSOCKET_PATH = /^\/apiw?s(_test)?$/
const SUBPROTOCOL = 'binary'

/**
 * Listens on a port.
 *
 * Starts: binds on subscribe.
 * Emits: the open port, once, and stays.
 * Errors: TransportError when the port can't be had, UsageError for a port that is none.
 * Unsubscribe: closes the port and every connection at once.
 */
export function listen(options: ListenOptions = {}): Observable<Listener> {
  const { host = '127.0.0.1', port = 0, maxConnections = MAX_CONNECTIONS } = options
  return cold((subscriber) => {
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      throw new UsageError(`expected a port from 0 to 65535, got ${port}`)
    }
    const room = reception()
    const server = createServer({ noDelay: true }, (socket) => room.receive(socket))
    server.maxConnections = maxConnections
    subscriber.add(() => {
      server.close()
      room.close()
    })
    server.on('error', (error) => {
      const message = `could not listen on ${host}:${port}: ${socketReason(error)}`
      subscriber.error(new TransportError(message, 'unsent', { cause: error }))
    })
    server.listen({ host, port }, () => {
      subscriber.next({ host, port: (server.address() as AddressInfo).port, links$: room.links$ })
    })
  })
}

/** Where connections stay from their first byte to their end. */
interface Reception {
  readonly links$: Observable<ListenerLink>
  receive(socket: Socket): void
  close(): void
}

function reception(): Reception {
  /** Every open connection with what ends it at once. */
  const present = new Map<Socket, () => void>()
  let host: Subscriber<ListenerLink> | undefined

  function offer(link: ListenerLink): void {
    if (host === undefined) link.reset()
    else host.next(link)
  }

  const http = httpDoor((webSocket, socket, test) => {
    present.set(socket, () => {
      // The code says that nothing is wrong: the server goes away.
      webSocket.close(1001)
      webSocket.terminate()
    })
    offer(webSocketLink(webSocket, socket, test))
  })

  return {
    links$: cold((subscriber) => {
      if (host !== undefined) throw new UsageError('expected one subscriber of links$, got a second')
      host = subscriber
      subscriber.add(() => {
        host = undefined
      })
    }),
    receive(socket) {
      present.set(socket, () => socket.destroy())
      socket.on('close', () => present.delete(socket))
      // An error is followed by the close; whoever has the link is told by it.
      socket.on('error', () => {})
      sniffed(socket, (isHttp) => {
        if (isHttp) http.emit('connection', socket)
        else
          offer(
            Object.assign(
              socketLink(socket, remoteOf(socket), () => {}),
              { carrier: 'tcp' as const },
            ),
          )
      })
    },
    close() {
      host?.complete()
      for (const shut of present.values()) shut()
    },
  }
}

/** Reads the few bytes that tell what a connection is, and puts them back. */
function sniffed(socket: Socket, told: (isHttp: boolean) => void): void {
  let head: Uint8Array = new Uint8Array(0)
  function look(data: Uint8Array): void {
    head = concat(head, data)
    const found = sniff(head)
    if (found === 'need more') return
    socket.off('data', look)
    socket.pause()
    socket.unshift(head)
    told(found === 'http')
    if (found === 'http') socket.resume()
  }
  socket.on('data', look)
}

/** Answers HTTP: upgrades to WebSocket at the paths for it, and a short refusal for anything else. */
function httpDoor(upgraded: (webSocket: WebSocket, socket: Socket, test: boolean) => void): HttpServer {
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_WEBSOCKET_MESSAGE,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  })
  const http = createHttpServer({ maxHeaderSize: MAX_HEADERS }, (request, response) => {
    const isWebSocketPath = WEBSOCKET_PATH.test(pathOf(request))
    const [status, text] = isWebSocketPath ? [426, 'expected a WebSocket upgrade\n'] : [404, 'nothing is served here\n']
    response.writeHead(status, {
      'Access-Control-Allow-Origin': '*',
      Connection: isWebSocketPath ? 'Upgrade, close' : 'close',
      'Content-Type': 'text/plain',
      ...(isWebSocketPath ? { Upgrade: 'websocket' } : {}),
    })
    response.end(text)
    request.resume()
  })
  // The socket is the one that was received: nothing else stands in front of this server.
  http.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const socket = stream as Socket
    const path = pathOf(request)
    if (!WEBSOCKET_PATH.test(path)) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      return
    }
    webSockets.handleUpgrade(request, socket, head, (webSocket) => upgraded(webSocket, socket, path.endsWith('_test')))
  })
  return http
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?', 1)[0] ?? ''
}

function remoteOf(socket: Socket): string {
  return `${socket.remoteAddress}:${socket.remotePort}`
}

/** A WebSocket as a link of bytes; the borders of messages mean nothing. */
function webSocketLink(webSocket: WebSocket, socket: Socket, test: boolean): ListenerLink {
  const box = inbox((isRead) => (isRead ? webSocket.resume() : webSocket.pause()))
  webSocket.pause()
  webSocket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) box.push(new Uint8Array(data.buffer, data.byteOffset, data.length))
    else webSocket.close(1003)
  })
  webSocket.on('error', (error) =>
    box.fail(new ProtocolError(`expected WebSocket frames, got other: ${error.message}`)),
  )
  webSocket.on('close', () => box.end())
  return {
    carrier: 'websocket',
    test,
    remote: remoteOf(socket),
    incoming$: box.incoming$,
    send(bytes) {
      if (webSocket.readyState === webSocket.OPEN) webSocket.send(bytes)
    },
    get buffered() {
      return webSocket.bufferedAmount
    },
    close() {
      webSocket.close(1000)
      box.end()
      webSocket.resume()
    },
    reset() {
      box.end()
      socket.resetAndDestroy()
    },
  }
}
