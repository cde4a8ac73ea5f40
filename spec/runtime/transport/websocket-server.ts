import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'

/** A bare WebSocket server on a free port of this machine, with compression on offer. */
export interface BareWebSocketServer {
  readonly url: string
  /** The next socket that comes, and its request. */
  accepted(): Promise<readonly [WebSocket, IncomingMessage]>
  close(): Promise<void>
}

export async function bareWebSocketServer(): Promise<BareWebSocketServer> {
  const http = createServer((_, response) => response.writeHead(404).end())
  const sockets = new WebSocketServer({ server: http, path: '/apiws', perMessageDeflate: true })
  const fresh: (readonly [WebSocket, IncomingMessage])[] = []
  let waiting: ((each: readonly [WebSocket, IncomingMessage]) => void) | undefined
  sockets.on('connection', (socket, request) => {
    socket.on('error', () => {})
    if (waiting === undefined) fresh.push([socket, request])
    else waiting([socket, request])
    waiting = undefined
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return {
    url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}/apiws`,
    accepted: () =>
      new Promise((resolve) => {
        const each = fresh.shift()
        if (each === undefined) waiting = resolve
        else resolve(each)
      }),
    async close() {
      for (const socket of sockets.clients) socket.terminate()
      http.close()
      http.closeAllConnections()
      await once(http, 'close')
    },
  }
}
