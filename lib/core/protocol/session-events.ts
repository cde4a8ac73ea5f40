/** What the session machine is told and what it orders: types only. https://core.telegram.org/mtproto/service_messages */
import type { AuthKey } from '../crypto/message-key.ts'
import type { TelegramError } from '../errors.ts'
import type { FiredEvent, TimerEffect, UntimerEffect } from '../machine.ts'
import type { SessionTrace } from '../trace.ts'
import type { Salt } from './salts.ts'

/** What a session is told. */
export type SessionEvent =
  /** A link is open and its key is known. */
  | {
      readonly _: 'opened'
      readonly link: number
      readonly key: AuthKey
      /** The salt of the key exchange, or 0. */
      readonly salt: bigint
      /** Salts kept from an earlier run. */
      readonly salts?: readonly Salt[] | undefined
      /** The server's time minus ours, in seconds. */
      readonly timeOffset: number
      /** Whether the key was made just now. */
      readonly fresh?: boolean | undefined
      /** The key is a temporary one: what it is bound by. */
      readonly bind?: KeyBinding | undefined
    }
  /** A link is open and has no key yet: one is being made. */
  | { readonly _: 'exchanging'; readonly link: number }
  | { readonly _: 'received'; readonly link: number; readonly packet: Uint8Array }
  /** The link could not be opened, broke, or was closed by the other side (then there is no reason). */
  | { readonly _: 'closed'; readonly link: number; readonly reason?: unknown }
  | FiredEvent
  /** The server said at once that it has a packet of ours (transports, "Quick ack"). */
  | { readonly _: 'quickAck'; readonly link: number; readonly token: number }
  /** A call. `id` is the caller's, and new; `body` is the request with its constructor id. */
  | ({ readonly _: 'invoke'; readonly id: number; readonly body: Uint8Array } & Wishes)
  /** Nobody wants the answer any more. */
  | { readonly _: 'cancel'; readonly id: number }
  /** Somebody watches, or nobody does any more: traces are made only meanwhile. */
  | { readonly _: 'observe'; readonly on: boolean }
  /** The platform says something of the network. */
  | { readonly _: 'network'; readonly change: NetworkChange }
  | { readonly _: 'close' }

/** `changed`: it is another one, or works again. `offline`: there is none until `online` or `changed`. */
export type NetworkChange = 'changed' | 'offline' | 'online'

/** What a temporary key stands for. */
export interface KeyBinding {
  readonly permanent: AuthKey
  /** When the temporary key ends, in Unix seconds of the server. */
  readonly expiresAt: number
  /**
   * `bound`: the server knows already. `probing`: the key is the permanent one itself, and only asked whether the server
   * knows it. Otherwise the key is bound first: no call leaves before that is answered.
   */
  readonly as?: 'bound' | 'probing' | undefined
}

/** How a call is to travel. */
export interface Wishes {
  /** The call that the server must run before this one; 0 for the first of a row, which has none. */
  readonly after?: number | undefined
  /** Whether the caller wants to hear when the server has it. */
  readonly quickAck?: boolean | undefined
  /** Whether running it twice is like running it once. */
  readonly repeatable?: boolean | undefined
}

/** What a session orders. */
export type SessionEffect =
  /** Open a link and give it that number. */
  | { readonly _: 'open'; readonly link: number }
  /** Close that link; nothing more of it is wanted. */
  | { readonly _: 'drop'; readonly link: number }
  /** `quickAck`: the server is asked to say at once that it has the packet. */
  | { readonly _: 'write'; readonly link: number; readonly packet: Uint8Array; readonly quickAck?: boolean | undefined }
  /** The server has a call whose caller wanted to hear of it. */
  | { readonly _: 'received'; readonly id: number }
  /** A call has its result. */
  | { readonly _: 'answer'; readonly id: number; readonly body: Uint8Array }
  /** The server refused a call: `rpc_error`. */
  | { readonly _: 'refuse'; readonly id: number; readonly code: number; readonly text: string }
  /** A call ends without an answer of the server. */
  | { readonly _: 'fail'; readonly id: number; readonly error: TelegramError }
  /** A boxed `Updates`. */
  | { readonly _: 'update'; readonly body: Uint8Array }
  | { readonly _: 'fact'; readonly fact: SessionFact }
  | { readonly _: 'view'; readonly state: SessionState }
  /** Something went wrong that no single call can tell. */
  | { readonly _: 'fault'; readonly error: TelegramError }
  | { readonly _: 'trace'; readonly event: SessionTrace }
  | TimerEffect
  | UntimerEffect
  /** The session is closed: nothing comes after this. */
  | { readonly _: 'end' }

/** What others must know of a session. */
export type SessionFact =
  /** The server began this session anew: updates were missed, and it knows neither layer nor device. */
  | { readonly _: 'newSession' /** Whether it is the first of this run. */; readonly first: boolean }
  /** The server does not know that key: it must not be offered again. A permanent one takes its temporary ones along. */
  | { readonly _: 'keyLost'; readonly keyId: bigint; readonly temporary: boolean }
  /** A temporary key is given up before its end: the next link needs another. */
  | { readonly _: 'keyStale'; readonly keyId: bigint }
  /** That temporary key stands for the permanent one now. */
  | { readonly _: 'bound'; readonly keyId: bigint; readonly expiresAt: number }
  /** It does not, for a reason that the server named. */
  | { readonly _: 'bindRefused'; readonly keyId: bigint; readonly error: string }
  /** The server knows that permanent key, which was in doubt. */
  | { readonly _: 'keyKnown'; readonly keyId: bigint }
  /** To be kept with the key. */
  | {
      readonly _: 'salts'
      readonly keyId: bigint
      readonly salts: readonly Salt[]
      readonly timeOffset: number
    }

/** How a session is. */
export type SessionState =
  /** `retryAt`: wall clock in milliseconds. */
  | { readonly _: 'offline'; readonly retryAt?: number | undefined }
  | { readonly _: 'connecting' }
  /** A link is open, and its key is not good for calls yet. */
  | { readonly _: 'handshake' }
  | { readonly _: 'ready' }
  | { readonly _: 'closed' }
