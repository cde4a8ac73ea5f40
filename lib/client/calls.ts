/** The calls that are open: counted for a gentle close, ended by an abrupt one. */
import { type Observable, Subject, type Subscriber } from 'rxjs'
import { ClosedError } from '../core/errors.ts'
import type { Invoker, Request } from '../core/invoker.ts'
import { cold } from '../runtime/rx/cold.ts'

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

  return {
    invoke: <Result>(request: Request<Result>) =>
      cold<Result>((subscriber) => {
        if (isClosed) return subscriber.error(closed())
        const call = subscriber as Subscriber<never>
        let isAnswered = false
        open.add(call)
        subscriber.add(() => {
          open.delete(call)
          if (open.size === 0) idle.next()
        })
        subscriber.add(
          invoker.invoke(request).subscribe({
            // An answered call is over, also if its caller closes the client in the middle of hearing it.
            next: (answer) => {
              isAnswered = true
              open.delete(call)
              subscriber.next(answer)
              subscriber.complete()
            },
            error: (error: unknown) => {
              if (isAnswered) return
              failed(error, request)
              subscriber.error(error)
            },
            complete: () => subscriber.complete(),
          }),
        )
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
