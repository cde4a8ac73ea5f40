/** What the machine of the key exchange is told, and what it orders. */
import type { AuthKey } from '../crypto/message-key.ts'
import type { RsaPublicKey } from '../crypto/rsa.ts'
import type { TelegramError } from '../errors.ts'
import type { FiredEvent, TimerEffect, UntimerEffect } from '../machine.ts'

/** The four forms of the data that only the server can read. */
export type InnerForm = 'p_q_inner_data' | 'p_q_inner_data_dc' | 'p_q_inner_data_temp' | 'p_q_inner_data_temp_dc'

export interface HandshakeOptions {
  /** The DC's number as it travels: + 10000 for a test DC, negated for media only. */
  readonly dc: number
  /** The server's keys, best first. */
  readonly publicKeys: readonly RsaPublicKey[]
  /** In seconds: asks for a temporary key that lives so long. */
  readonly expiresIn?: number | undefined
  /** The forms with the DC are the ones in use; the older two are for servers that know no others. */
  readonly innerForm?: InnerForm | undefined
  /** How long the server may take for each answer, in milliseconds. */
  readonly timeout?: number | undefined
}

export type HandshakeEvent =
  | { readonly _: 'opened' }
  | { readonly _: 'received'; readonly packet: Uint8Array }
  /** The server sent a transport error in place of a packet. */
  | { readonly _: 'error'; readonly code: number }
  | FiredEvent

export interface HandshakeDone {
  readonly _: 'done'
  readonly key: AuthKey
  readonly salt: bigint
  /** The server's clock minus ours, in seconds. */
  readonly timeOffset: number
  /** When a temporary key ends, in seconds of the server's clock. */
  readonly expiresAt?: number | undefined
}

export type HandshakeEffect =
  | { readonly _: 'write'; readonly packet: Uint8Array }
  | HandshakeDone
  | { readonly _: 'failed'; readonly error: TelegramError }
  | TimerEffect
  | UntimerEffect
