/** What the platform's WebSocket is to us: `#websocket` gives one of two implementations. */

/** Larger messages end the connection: no packet needs more. */
export const MAX_WEBSOCKET_MESSAGE: number = 17 * 1024 * 1024

/** What an open socket tells. Each but `received` at most once, and nothing after `closed`. */
export interface WebSocketEvents {
  opened(): void
  received(bytes: Uint8Array): void
  /** `failure` says for people why it is over; undefined when the other side closed in good order. */
  closed(failure: string | undefined): void
}

export interface PlatformWebSocket {
  send(bytes: Uint8Array): void
  readonly buffered: number
  /** Closes without waiting for anybody. Nothing is told any more. */
  close(): void
}

/** Dials. Throws what the platform throws for an address that is none. */
export type OpenWebSocket = (url: string, protocol: string, events: WebSocketEvents) => PlatformWebSocket

/**
 * Whether a close code is an ordinary end: https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1
 * 1000 normal, 1001 going away, 1005 no code given.
 */
export function isGoodClose(code: number): boolean {
  return code === 1000 || code === 1001 || code === 1005
}
