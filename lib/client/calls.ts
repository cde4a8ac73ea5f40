/** The calls that are open: counted for a gentle close, ended by an abrupt one. */
import { type Observable, Subject, type Subscriber } from 'rxjs'
import { ClosedError } from '../core/errors.ts'
import type { Invoker, Request } from '../core/invoker.ts'
import { cold } from '../runtime/rx/cold.ts'
import { beginInside, Layer, passError } from '../runtime/rx/relay.ts'

export interface Calls extends Invoker {
  /**
   * Starts: looks on subscribe.
   * Emits: nothing; completes when no call is open.
   * Errors: never.
   * Unsubscribe: stops looking.
   */
  readonly idle$: Observable<never>
  /** Ends every call with ClosedError, and those to come. */
  close(): void
}

/** Puts the count around an invoker. `failed` is told of every error of a call, before its caller is. */
export function createCalls(invoker: Invoker, failed: (error: unknown, request: Request<unknown>) => void): Calls {
  const open = new Set<Subscriber<never>>()
  const idle = new Subject<void>()
  let isClosed = false
  const closed = (): ClosedError => new ClosedError('the client is closed')

  const over = (call: Subscriber<never>): void => void open.delete(call)
  const left = (call: Subscriber<never>): void => {
    open.delete(call)
    if (open.size === 0 && idle.observed) idle.next()
  }
  const hooks: Hooks = { failed, over }

  return {
    invoke: <Result>(request: Request<Result>) =>
      cold<Result>((subscriber) => {
        if (isClosed) return subscriber.error(closed())
        open.add(subscriber)
        subscriber.add(() => left(subscriber))
        beginInside(invoker.invoke(request), new Call<Result>(subscriber, request, hooks), subscriber)
      }),
    idle$: cold((subscriber) => {
      if (open.size === 0) return subscriber.complete()
      subscriber.add(
        idle.subscribe({ next: () => subscriber.complete(), error: (error: unknown) => subscriber.error(error) }),
      )
    }),
    close() {
      isClosed = true
      // Each leaves the set as it ends.
      for (const call of open) call.error(closed())
    },
  }
}

/** What is told of the calls. */
interface Hooks {
  failed(error: unknown, request: Request<unknown>): void
  /** It has its answer. */
  over(call: Subscriber<never>): void
}

/** What is seen of one call on its way to the caller. */
class Call<Result> extends Layer<Result> {
  readonly #call: Subscriber<Result>
  readonly #request: Request<Result>
  readonly #hooks: Hooks
  #isAnswered = false

  constructor(call: Subscriber<Result>, request: Request<Result>, hooks: Hooks) {
    super()
    this.#call = call
    this.#request = request
    this.#hooks = hooks
  }

  // An answered call is over, also if its caller closes the client in the middle of hearing it.
  override look(): void {
    this.#isAnswered = true
    this.#hooks.over(this.#call)
  }

  override failed(error: unknown, target: Subscriber<Result>): void {
    if (this.#isAnswered) {
      target.complete()
      return
    }
    this.#hooks.failed(error, this.#request)
    passError(error, this.outer, target)
  }
}
