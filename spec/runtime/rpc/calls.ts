import { defer, type Observable } from 'rxjs'
import type { Invoker, Request } from '../../../lib/core/invoker.ts'
import { encode } from '../../../lib/core/tl/writer.ts'

/** A request for specs: its answer is a text. */
export function request(method: string, params: unknown = {}): Request<string> {
  return { method, params, write: (_params, position) => position, read: () => '' }
}

/** An invoker that gives its n-th call the n-th of `answers`, and the last one from then on. */
export function answering(answers: readonly Observable<unknown>[]): Invoker & { readonly seen: Request<unknown>[] } {
  const seen: Request<unknown>[] = []
  return {
    seen,
    invoke: <Result>(each: Request<Result>) =>
      defer(() => {
        const answer = answers[Math.min(seen.length, answers.length - 1)]
        seen.push(each)
        return answer as Observable<Result>
      }),
  }
}

/** What a request would put on the wire. */
export function wire(each: Request<unknown>): Uint8Array {
  return encode(each.params, each.write)
}
