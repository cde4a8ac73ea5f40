/** What a spec may do to a running local DC, as its owner could: from the next event on it is so. */
import type { AuthKey } from '../core/crypto/message-key.ts'

/** Something that happens to the server. */
export type Order =
  | { readonly _: 'forgetSessions' }
  | { readonly _: 'forgetKey'; readonly id: bigint }
  | { readonly _: 'addKey'; readonly key: PlantedKey }
  | { readonly _: 'rotateSalts' }
  | { readonly _: 'transportError'; readonly link: number; readonly code: number }
  | { readonly _: 'sendPacket'; readonly link: number; readonly packet: Uint8Array }
  | { readonly _: 'closeLinks' }
  | {
      readonly _: 'say'
      readonly session: string
      readonly body: Uint8Array
      readonly push: boolean
      readonly kept: boolean
    }

/** An auth key that both sides have without an exchange. */
export interface PlantedKey {
  readonly key: AuthKey
  readonly salt: bigint
  /** 1 if not given. */
  readonly dc?: number | undefined
  /** Who is signed in by it; nobody if not given. */
  readonly user?: number | undefined
}

export interface Orders {
  /** All sessions are forgotten, as by a restart; keys, accounts and connections stay. */
  forgetSessions(): void
  /** That key is forgotten with its sessions: whoever uses it is told -404. */
  forgetKey(id: bigint): void
  addKey(key: PlantedKey): void
  /** No salt that was ever told is good any more. */
  rotateSalts(): void
  /** Sends a transport error frame and closes the connection. */
  transportError(link: number, code: number): void
  /** Sends a packet as it is: framed, not sealed. */
  sendPacket(link: number, packet: Uint8Array): void
  /** Closes every connection. */
  closeLinks(): void
  /**
   * A session says something more: a service message, updates, or a whole rpc_result. `push`: its id answers nothing.
   * `kept`: it wants to be acked, and goes out again until it is.
   */
  say(session: string, body: Uint8Array, how?: { readonly push?: boolean; readonly kept?: boolean }): void
}

/** Each order as a value, for whoever carries it out. */
export function ordersFor(order: (order: Order) => void): Orders {
  return {
    forgetSessions: () => order({ _: 'forgetSessions' }),
    forgetKey: (id) => order({ _: 'forgetKey', id }),
    addKey: (key) => order({ _: 'addKey', key }),
    rotateSalts: () => order({ _: 'rotateSalts' }),
    transportError: (link, code) => order({ _: 'transportError', link, code }),
    sendPacket: (link, packet) => order({ _: 'sendPacket', link, packet }),
    closeLinks: () => order({ _: 'closeLinks' }),
    say: (session, body, { push = false, kept = false } = {}) => order({ _: 'say', session, body, push, kept }),
  }
}
