/** The WebSocket of browsers and workers: https://websockets.spec.whatwg.org */
import { isGoodClose, MAX_WEBSOCKET_MESSAGE, type OpenWebSocket } from './websocket-socket.ts'

export const openWebSocket: OpenWebSocket = (url, protocol, events) => {
  const socket = new WebSocket(url, protocol)
  socket.binaryType = 'arraybuffer'
  let over = false

  function finish(failure: string | undefined): void {
    if (over) return
    over = true
    events.closed(failure)
  }

  socket.onopen = () => {
    if (!over) events.opened()
  }
  socket.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (over) return
    if (data instanceof ArrayBuffer && data.byteLength <= MAX_WEBSOCKET_MESSAGE) {
      events.received(new Uint8Array(data))
      return
    }
    finish(data instanceof ArrayBuffer ? `a message of ${data.byteLength} bytes came` : 'a text message came')
    socket.close()
  }
  // The platform tells the page nothing about an error; the close that follows has a code.
  socket.onclose = ({ code, reason }) => {
    finish(isGoodClose(code) ? undefined : `closed with code ${code}${reason === '' ? '' : `, ${reason}`}`)
  }

  return {
    send(bytes) {
      // The cast: TypeScript fears a SharedArrayBuffer, and ours never are.
      if (socket.readyState === WebSocket.OPEN) socket.send(bytes as Uint8Array<ArrayBuffer>)
    },
    get buffered() {
      return socket.bufferedAmount
    },
    close() {
      over = true
      socket.close()
    },
  }
}
