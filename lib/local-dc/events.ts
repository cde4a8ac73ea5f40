/** What a local DC tells of itself: plain data without secrets, but for the login code, which someone must see. */

export type LocalDcEvent =
  /** A login code was made for a phone number. */
  | { readonly event: 'code'; readonly to: string; readonly code: string }
  | { readonly event: 'signedUp'; readonly user: number; readonly session: string }
  | { readonly event: 'signedIn'; readonly user: number; readonly bot: boolean; readonly session: string }
  | { readonly event: 'signedOut'; readonly user: number; readonly session: string }
  /** A call was executed, or refused with an error. */
  | {
      readonly event: 'call'
      readonly method: string
      readonly user: number | undefined
      readonly session: string
      /** As in rpc_error: `400 PEER_ID_INVALID`. */
      readonly error?: string
    }
  /** The client dropped the answer to a call: there was none, the call still ran, or the answer was thrown away. */
  | {
      readonly event: 'dropped'
      readonly method: string | undefined
      readonly user: number | undefined
      readonly session: string
      readonly answer: 'unknown' | 'running' | 'dropped'
    }
  | { readonly event: 'opened'; readonly connection: number; readonly dc: number; readonly remote: string }
  | { readonly event: 'closed'; readonly connection: number; readonly dc: number }
  /** A connection came as to an MTProxy, by a secret of that kind, and asked for that DC. */
  | {
      readonly event: 'proxied'
      readonly connection: number
      readonly dc: number
      readonly secret: 'plain' | 'padded' | 'tls'
    }
  /** Updates went to a session that had not asked for anything. */
  | { readonly event: 'push'; readonly user: number; readonly session: string; readonly updates: readonly string[] }
  /** A client spoke a layer whose schema was not given. */
  | { readonly event: 'layer'; readonly layer: number; readonly session: string }
  /**
   * A client broke the protocol, or a method broke. `error` is what the method threw. Nobody knows what that says, so
   * `message` has its class alone, and it is not enumerable: events are as safe to write down as they are.
   */
  | { readonly event: 'fault'; readonly message: string; readonly error?: unknown }
