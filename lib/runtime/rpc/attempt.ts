/** Errors of the server as values. */
import { catchError, map, type OperatorFunction, of, throwError } from 'rxjs'
import type { RpcErrorName } from '../../api/error-names.ts'
import { RpcError } from '../../core/errors.ts'

/**
 * The server's refusal by name: to compare `type` with a name that no method is known to give does not compile. Servers
 * do send others.
 */
export type NamedRpcError = RpcError & { readonly type: RpcErrorName }

/** How a call ended: with an answer, or with the server's refusal. */
export type Attempt<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: NamedRpcError }

/**
 * Makes of the server's refusals values, for callers who want to look at them without an error handler.
 *
 * Starts: the source on subscribe.
 * Emits: `{ ok: true, value }` for each value; `{ ok: false, error }` for an RpcError, then completes.
 * Errors: all errors that are not the server's refusal.
 * Unsubscribe: cancels the source.
 *
 * @example
 * joinChannel(tg, { channel }).pipe(attempt()).subscribe((end) => console.log(end.ok ? 'joined' : end.error.type))
 */
export function attempt<Value>(): OperatorFunction<Value, Attempt<Value>> {
  return (source) =>
    source.pipe(
      map((value): Attempt<Value> => ({ ok: true, value })),
      catchError((error: unknown) =>
        error instanceof RpcError
          ? of<Attempt<Value>>({ ok: false, error: error as NamedRpcError })
          : throwError(() => error),
      ),
    )
}
