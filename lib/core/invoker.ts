/** The contract between generated functions and whatever carries their calls: types only. */
import type { Observable } from 'rxjs'

/** How a call travels, for the session that carries it. */
export interface Delivery {
  /** The row that the call belongs to: the server runs the calls of one row in the order in which they were made. */
  readonly order?: object | undefined
  /** Told when the server says that it has the call: at most once, and never after the answer. */
  readonly onReceived?: (() => void) | undefined
}

/** One call, as data. `method` and `params` survive structuredClone; `write` and `read` are the method's own codec. */
export interface Request<Result, Params = unknown> {
  /** The TL name: `messages.sendMessage`. */
  readonly method: string
  readonly params: Params
  /**
   * Writes the call, constructor id included, from `position` on, and returns where it ends: with the writer's functions
   * (core/tl/writer).
   */
  write(params: Params, position: number): number
  /** Reads the result with the reader's functions (core/tl/reader). */
  read(): Result
  /** Whoever wraps a request hands it on. */
  readonly delivery?: Delivery | undefined
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
