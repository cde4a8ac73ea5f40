/** Options of single calls. They travel with the request, as data, to the policy that each of them concerns. */
import { defer, type Observable } from 'rxjs'
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
  /**
   * Told when the server says that it has the call, long before the answer of a call that takes time: at most once, and
   * never after the end. What it throws is the error of the call.
   */
  readonly onReceived?: (() => void) | undefined
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
  const { onReceived, ...asked } = options
  const invoke = <Result>(request: OptionedRequest<Result>): Observable<Result> => {
    const optioned: OptionedRequest<Result> = { ...request, within: { ...asked, ...request.within } }
    if (onReceived === undefined || request.delivery?.onReceived !== undefined) return tg.invoke(optioned)
    return defer(() => tg.invoke({ ...optioned, delivery: { ...request.delivery, onReceived: once(onReceived) } }))
  }
  return { ...tg, invoke }
}

/** A call may be sent more than once; its caller is told of the first that arrived. */
function once(tell: () => void): () => void {
  let isTold = false
  return () => {
    if (isTold) return
    isTold = true
    tell()
  }
}
