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
      /** The id of the message that brought it. */
      readonly message: string
      /** How long it ran, in milliseconds. */
      readonly took: number
      /** What kind of result it has: a constructor, `vector of 3`, `boolean`. */
      readonly result?: string
      /** As in rpc_error: `400 PEER_ID_INVALID`. */
      readonly error?: string
    }
  /** With the option `trace`: a message came from a client or goes to one. What it says is not told. */
  | {
      readonly event: 'message'
      readonly from: 'client' | 'server'
      readonly connection: number
      readonly session: string
      /** Its id. */
      readonly message: string
      /** Its TL name: `msgs_ack`, `messages.sendMessage`, `updateShort`; an id if no schema knows it. */
      readonly what: string
      readonly bytes: number
      /** Of `rpc_result`: the id of the message with the call, */
      readonly of?: string
      /** its method, */
      readonly method?: string
      /** and how it was refused. */
      readonly error?: string
      /** What a hook made of it, if it was not taken. */
      readonly fate?: string
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
