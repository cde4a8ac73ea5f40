/**
 * What can be watched of a client while it works: types only. Nothing of it is secret: no key, code, password, token,
 * text or phone number is in an event, and of a server's refusal the name alone.
 */

/** A link of a session comes or goes. Whoever begins to watch is told first how the link is. */
export interface LinkTrace {
  readonly _: 'link'
  /** The first link of a session is 1. */
  readonly link: number
  readonly state: 'opening' | 'open' | 'closed'
  /** Why it was closed, if there was a reason. */
  readonly reason?: string | undefined
  /** After so many milliseconds the next link is opened. */
  readonly retryIn?: number | undefined
}

/**
 * `queued`: it leaves with the next packet. `sent`, and `again`: once more, under another id. `received`: the server has
 * the packet (a quick ack). `acked`: the server has the call. Then one of four ends. `answered`. `refused`: by the server,
 * with an error. `failed`: by no answer. `dropped`: nobody wants the answer any more.
 */
export type CallStep =
  | 'queued'
  | 'sent'
  | 'again'
  | 'received'
  | 'acked'
  | 'answered'
  | 'refused'
  | 'failed'
  | 'dropped'

/** One call goes one step. */
export interface CallTrace {
  readonly _: 'call'
  readonly step: CallStep
  /** Its number in its session. */
  readonly call: number
  /** The TL name of its method. */
  readonly method?: string | undefined
  /** The size of the request when it leaves, and of the result when it is answered. */
  readonly bytes?: number | undefined
  /** Why it was refused or failed: `400 PEER_ID_INVALID`, `TransportError: ...`. */
  readonly error?: string | undefined
  /** At its end: milliseconds since it was queued, if it was watched from there. */
  readonly took?: number | undefined
}

/** An authorization key was made, bound to the permanent one, made anew before its time was over, or is lost. */
export interface KeyTrace {
  readonly _: 'key'
  readonly what: 'made' | 'bound' | 'renewed' | 'lost'
  readonly temporary: boolean
}

/** `learned`: the server told salts. `refused`: it refused ours and told its own. `rotated`: another is used from now on. */
export interface SaltTrace {
  readonly _: 'salt'
  readonly what: 'learned' | 'refused' | 'rotated'
  /** How many are known, the one in use included. */
  readonly known: number
}

/** The idea of the server's clock was corrected. */
export interface ClockTrace {
  readonly _: 'clock'
  /** The server's time minus ours, in seconds. */
  readonly offset: number
}

/** A ping was answered. */
export interface PingTrace {
  readonly _: 'ping'
  /** Milliseconds from the ping to its answer. */
  readonly rtt: number
}

/** What one session tells. */
export type SessionTrace = LinkTrace | CallTrace | KeyTrace | SaltTrace | ClockTrace | PingTrace

/** A call sits out a pause, which the server ordered or `pace` keeps. */
export interface WaitTrace {
  readonly _: 'wait'
  readonly method: string
  /** The server's name for it, `FLOOD_WAIT`, or `pace`. */
  readonly why: string
  readonly seconds: number
}

/** A call is going to be repeated. */
export interface RetryTrace {
  readonly _: 'retry'
  readonly method: string
  readonly error: string
  /** After so many seconds. */
  readonly seconds: number
}

/**
 * A box of updates. `gap`: one came before its turn. `difference`: what was missed is asked for. `healed`: nothing is
 * missing any more.
 */
export interface BoxTrace {
  readonly _: 'box'
  readonly box: string
  readonly what: 'gap' | 'difference' | 'healed'
  /** How many updates wait for those before them. */
  readonly waiting: number
}

/** What the stages above the sessions tell. */
export type ClientTrace = WaitTrace | RetryTrace | BoxTrace

/** What a client tells. */
export type TraceEvent =
  | ((SessionTrace & {
      /** The data centre of the session. */
      readonly dc: number
      /** `main` has the updates. */
      readonly lane: 'main' | 'side'
    }) &
      Stamped)
  | (ClientTrace & Stamped)

interface Stamped {
  /** Wall clock in milliseconds. */
  readonly at: number
}

/** Where a stage tells what it does. Asked for `observed` first, so that nothing is made for nobody. */
export interface Tracer {
  readonly observed: boolean
  tell(event: ClientTrace): void
}
