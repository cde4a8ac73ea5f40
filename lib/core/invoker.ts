/** The contract between generated functions and whatever carries their calls: types only. */
import type { Observable } from 'rxjs'

/** One call, as data. `method` and `params` survive structuredClone; `write` and `read` are the method's own codec. */
export interface Request<Result, Params = unknown> {
  /** The TL name: `messages.sendMessage`. */
  readonly method: string
  readonly params: Params
  /** Writes the call, constructor id included, with the writer's functions (core/tl/writer). */
  write(params: Params): void
  /** Reads the result with the reader's functions (core/tl/reader). */
  read(): Result
}

/** Whatever can carry a call: a client, a session, a wrapper around either. */
export interface Invoker {
  /**
   * Starts: on subscribe; each subscription is one request.
   * Emits: the answer, once, then completes.
   * Errors: RpcError, TransportError, DecodeError, TimeoutError, ClosedError.
   * Unsubscribe: forgets the call; if it was sent, the server is told to drop the answer.
   */
  invoke<Result>(request: Request<Result>): Observable<Result>
}

/** A policy around calls, as in Angular: may call `next` never, once or many times. */
export type Interceptor = <Result>(request: Request<Result>, next: Invoker) => Observable<Result>
