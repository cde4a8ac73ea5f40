/** What the session machine is told and what it orders: types only. https://core.telegram.org/mtproto/service_messages */
import type { AuthKey } from '../crypto/message-key.ts'
import type { TelegramError } from '../errors.ts'
import type { FiredEvent, TimerEffect, UntimerEffect } from '../machine.ts'
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
    }
  | { readonly _: 'received'; readonly link: number; readonly packet: Uint8Array }
  /** The link could not be opened, broke, or was closed by the other side (then there is no reason). */
  | { readonly _: 'closed'; readonly link: number; readonly reason?: unknown }
  | FiredEvent
  /** A call. `id` is the caller's, and new; `body` is the request with its constructor id. */
  | { readonly _: 'invoke'; readonly id: number; readonly body: Uint8Array }
  /** Nobody wants the answer any more. */
  | { readonly _: 'cancel'; readonly id: number }
  | { readonly _: 'close' }

/** What a session orders. */
export type SessionEffect =
  /** Open a link and give it that number. */
  | { readonly _: 'open'; readonly link: number }
  /** Close that link; nothing more of it is wanted. */
  | { readonly _: 'drop'; readonly link: number }
  | { readonly _: 'write'; readonly link: number; readonly packet: Uint8Array }
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
  | TimerEffect
  | UntimerEffect
  /** The session is closed: nothing comes after this. */
  | { readonly _: 'end' }

/** What others must know of a session. */
export type SessionFact =
  /** The server began this session anew: updates were missed, and it knows neither layer nor device. */
  | { readonly _: 'newSession' /** Whether it is the first of this run. */; readonly first: boolean }
  /** The server does not know that key: it must not be offered again. */
  | { readonly _: 'keyLost'; readonly keyId: bigint }
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
  | { readonly _: 'ready' }
  | { readonly _: 'closed' }
