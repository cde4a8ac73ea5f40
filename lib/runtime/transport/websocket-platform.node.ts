/** The WebSocket of Node: the package `ws`, which tells more about failures and can close at once. */
import { createRequire } from 'node:module'
import { isGoodClose, MAX_WEBSOCKET_MESSAGE, type OpenWebSocket } from './websocket-socket.ts'

/**
 * `ws` brings node's whole http: 45 ms at import, which a client over TCP should not pay. `import()` would give a
 * Promise, which opening can't wait for.
 */
const require = createRequire(import.meta.url)

export const openWebSocket: OpenWebSocket = (url, protocol, events) => {
  const { WebSocket } = require('ws') as typeof import('ws')
  // Encrypted bytes don't compress.
  const socket = new WebSocket(url, protocol, { perMessageDeflate: false, maxPayload: MAX_WEBSOCKET_MESSAGE })
  socket.binaryType = 'arraybuffer'
  let over = false
  let reason: string | undefined

  function finish(failure: string | undefined): void {
    if (over) return
    over = true
    events.closed(failure)
  }

  socket.on('open', () => {
    if (!over) events.opened()
  })
  socket.on('message', (data: ArrayBuffer | Buffer, isBinary) => {
    if (over) return
    if (isBinary) {
      events.received(new Uint8Array(data as ArrayBuffer))
      return
    }
    finish('a text message came')
    socket.terminate()
  })
  socket.on('error', (error) => {
    reason = error.message
  })
  socket.on('close', (code) => finish(isGoodClose(code) ? undefined : (reason ?? `closed with code ${code}`)))

  return {
    send(bytes) {
      if (socket.readyState === WebSocket.OPEN) socket.send(bytes)
    },
    get buffered() {
      return socket.bufferedAmount
    },
    close() {
      over = true
      // A close frame for the other side's sake; its answer is not waited for.
      if (socket.readyState === WebSocket.OPEN) socket.close(1000)
      socket.terminate()
    },
  }
}
