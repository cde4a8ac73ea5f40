/** Options of single calls. They travel with the request, as data, to the policy that each of them concerns. */
import type { Invoker, Request } from '../../core/invoker.ts'

/** What can be asked of one call. */
export interface CallOptions {
  /** Milliseconds after which the call errors with TimeoutError. Without it a call waits as long as it takes. */
  readonly timeout?: number | undefined
  /** The longest FLOOD_WAIT to sit out, in seconds; 0 for none. */
  readonly floodWait?: number | undefined
  /** The data centre that is to answer, if not the account's own. */
  readonly dc?: number | undefined
  /** `low`: its own connection, so that it is never in the way of other calls. */
  readonly priority?: 'normal' | 'low' | undefined
}

/** A request on which options were put. */
interface OptionedRequest<Result> extends Request<Result> {
  readonly within?: CallOptions
}

const none: CallOptions = {}

/** The options that travel with `request`. */
export function callOptions(request: OptionedRequest<unknown>): CallOptions {
  return request.within ?? none
}

/**
 * The same client, with options on every call that is made through it. Where two of them meet, the one that is
 * nearer to the call decides.
 *
 * @example
 * getMe(within(tg, { timeout: 5_000, floodWait: 0 }))
 */
export function within<Client extends Invoker>(tg: Client, options: CallOptions): Client {
  const invoke = <Result>(request: OptionedRequest<Result>) =>
    tg.invoke<Result>({ ...request, within: { ...options, ...request.within } } as Request<Result>)
  return { ...tg, invoke }
}
