/** The promise face, derived from the Observable face. The rim: nothing inside the library uses it. */
import { type Observable, Subscription } from 'rxjs'
import { UsageError } from '../../core/errors.ts'

/** How many values `iterate` keeps for a reader that is behind. */
const ITERATE_LIMIT = 1_000

/**
 * Subscribes, and resolves with the first value; with undefined when the source completes without one. Rejects with
 * the source's error, or with the signal's reason, which also unsubscribes: a call that was sent is then dropped.
 *
 * @example
 * const me = await toPromise(getMe(tg), { signal: AbortSignal.timeout(5_000) })
 */
export function toPromise(source: Observable<never>, options?: { signal?: AbortSignal | undefined }): Promise<undefined>
export function toPromise<Value>(
  source: Observable<Value>,
  options?: { signal?: AbortSignal | undefined },
): Promise<Value>
export function toPromise<Value>(
  source: Observable<Value>,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<Value | undefined> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const run = new Subscription()
    const abort = () => {
      run.unsubscribe()
      reject(signal?.reason)
    }
    signal?.addEventListener('abort', abort)
    run.add(() => signal?.removeEventListener('abort', abort))
    run.add(
      source.subscribe({
        next: (value) => {
          resolve(value)
          run.unsubscribe()
        },
        error: (error: unknown) => {
          run.unsubscribe()
          reject(error)
        },
        complete: () => {
          run.unsubscribe()
          resolve(undefined)
        },
      }),
    )
  })
}

/**
 * Reads a source by pulling: each loop over the result subscribes once, with its first pull, and leaving the loop
 * unsubscribes. Values wait for the reader, `limit` of them at most; a reader that falls further behind gets what
 * waits and then a UsageError, since nothing may be lost silently.
 *
 * @example
 * for await (const message of iterate(newMessages(tg))) console.log(message)
 */
export function iterate<Value>(
  source: Observable<Value>,
  { limit = ITERATE_LIMIT }: { limit?: number } = {},
): AsyncIterable<Value> {
  return { [Symbol.asyncIterator]: () => iterator(source, limit) }
}

type Result<Value> = IteratorResult<Value, undefined>

function iterator<Value>(source: Observable<Value>, limit: number): AsyncIterator<Value, undefined> {
  const waiting: Value[] = []
  const pulls: { resolve: (result: Result<Value>) => void; reject: (error: unknown) => void }[] = []
  let run: Subscription | undefined
  let ending: { readonly error?: unknown } | undefined

  const end = (how: { readonly error?: unknown }) => {
    if (ending !== undefined) return
    ending = how
    run?.unsubscribe()
    // Only the first pull gets the error, as in a generator.
    for (const pull of pulls.splice(0)) settle(pull)
  }
  const settle = (pull: (typeof pulls)[number]) => {
    if (waiting.length > 0) pull.resolve({ done: false, value: waiting.shift()! })
    else if (ending === undefined) pulls.push(pull)
    else if ('error' in ending) {
      const { error } = ending
      ending = {}
      pull.reject(error)
    } else pull.resolve({ done: true, value: undefined })
  }
  const push = (value: Value) => {
    if (ending !== undefined) return
    const pull = pulls.shift()
    if (pull !== undefined) pull.resolve({ done: false, value })
    else if (waiting.length < limit) waiting.push(value)
    else end({ error: new UsageError(`the reader of iterate() is more than ${limit} values behind`) })
  }
  const start = () => {
    run = new Subscription()
    run.add(source.subscribe({ next: push, error: (error: unknown) => end({ error }), complete: () => end({}) }))
  }

  return {
    next: () =>
      new Promise((resolve, reject) => {
        if (run === undefined && ending === undefined) start()
        settle({ resolve, reject })
      }),
    return: () => {
      waiting.length = 0
      end({})
      return Promise.resolve({ done: true, value: undefined })
    },
  }
}
