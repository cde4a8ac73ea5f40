/**
 * How a spec makes a local DC lie. Hooks see what comes in and what goes out, and may change it; what none of them
 * touches is done as always. Without hooks nothing of this is ever asked. Orders, for what is no one message's doing,
 * are in orders.ts.
 */
import type { Message } from '../core/protocol/pack.ts'

/** Where something is said or heard. */
export interface Place {
  /** The number of the connection, as events have it. */
  readonly link: number
  /** The session's name, as events have it. */
  readonly session: string
  /** The TL name of the method that a message of the client called; undefined when it called none. */
  method(messageId: bigint): string | undefined
}

/** A message of the client, as it is before the session looks at it. */
export interface ReceivedMessage extends Message {
  /** `container`: it holds the messages that are asked about next. `inner`: it came in one. */
  readonly as: 'single' | 'container' | 'inner'
  /** The salt of its packet. */
  readonly salt: bigint
}

/** Everything of a packet that is sealed with it. */
export interface OutgoingMessage extends Message {
  readonly salt: bigint
  readonly sessionId: bigint
  /** Milliseconds until it leaves; at once if not given. Others overtake it meanwhile. */
  readonly delay?: number | undefined
}

/** Where messages are about to leave, before they are put into containers. */
export interface Outlet extends Place {
  /** Makes a message more, with the session's next id and number. `push`: it answers nothing. Not counted if not said. */
  make(body: Uint8Array, kind?: { readonly push?: boolean; readonly content?: boolean }): Message
}

/** A call that may be run now. */
export interface IncomingCall {
  readonly method: string
  readonly params: unknown
  readonly session: string
  /** The id of the message that brought it. */
  readonly messageId: bigint
  /** Who calls; undefined when nobody is signed in. */
  readonly user: number | undefined
}

/**
 * What becomes of a call: `run`; `lose`, it never runs and is never answered; or an error, in place of running it, or
 * (`ran`) in place of the answer.
 */
export type CallFate =
  | 'run'
  | 'lose'
  | { readonly error: { readonly code: number; readonly text: string }; readonly ran?: boolean | undefined }

/** The hooks. Each may be missing. They must not throw. */
export interface Faults {
  /**
   * A message came. `take` it; `miss` it, as if it had not come; or refuse it with a code of bad_msg_notification (48:
   * bad_server_salt with the salt of now). Of a container the whole is asked about first, then each message in it.
   */
  received?(message: ReceivedMessage, place: Place): 'take' | 'miss' | number
  /** Calls are about to run. */
  incoming?(call: IncomingCall): CallFate
  /** These messages leave together: as one container, unless it is one alone. Drop, double, change, add or sort them. */
  leaving?(messages: readonly Message[], outlet: Outlet): readonly Message[]
  /** This message, most often a container, is about to be sealed. */
  outgoing?(message: OutgoingMessage, place: Place): readonly OutgoingMessage[]
  /** This packet is sealed, and about to be framed. */
  packet?(sealed: Uint8Array, place: Place): readonly Uint8Array[]
}
