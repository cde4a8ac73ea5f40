/** What a session of the server is told and what it orders: types only. */
import type { FiredEvent, TimerEffect, UntimerEffect } from '../../core/machine.ts'
import type { Opened } from '../../core/protocol/envelope.ts'
import type { Message } from '../../core/protocol/pack.ts'
import type { Call } from '../unwrap.ts'

export type SessionEvent =
  | { readonly _: 'packet'; readonly link: number; readonly opened: Opened; readonly quickAck: boolean }
  | { readonly _: 'closed'; readonly link: number }
  | { readonly _: 'answered'; readonly query: bigint; readonly result: Uint8Array; readonly failed: boolean }
  | { readonly _: 'push'; readonly body: Uint8Array }
  /** Something that is said unasked. `push`: its id answers nothing; `kept`: until it is acked. */
  | { readonly _: 'say'; readonly body: Uint8Array; readonly push: boolean; readonly kept: boolean }
  /** What became of a session that this one asked to destroy. */
  | { readonly _: 'destroyed'; readonly sessionId: bigint; readonly found: boolean }
  | { readonly _: 'flush' }
  /** The session is over: whatever runs for it ends. */
  | { readonly _: 'end' }
  | FiredEvent

export type SessionEffect =
  | { readonly _: 'write'; readonly link: number; readonly message: Message }
  | { readonly _: 'quickAck'; readonly link: number; readonly token: number }
  | { readonly _: 'call'; readonly query: bigint; readonly call: Call }
  | { readonly _: 'cancel'; readonly query: bigint }
  /** rpc_drop_answer came for a call, and was answered so. */
  | { readonly _: 'dropped'; readonly method: number | undefined; readonly answer: DropAnswer }
  | { readonly _: 'disconnect'; readonly link: number }
  | { readonly _: 'destroySession'; readonly sessionId: bigint }
  | { readonly _: 'destroyKey' }
  /** Dispatch `flush` once everything that is ready has come in. */
  | { readonly _: 'flushSoon' }
  | { readonly _: 'fault'; readonly error: Error }
  | TimerEffect
  | UntimerEffect

export type DropAnswer = 'unknown' | 'running' | 'dropped'
