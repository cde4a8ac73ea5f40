/** Errors of the server, handled by name. */
import { catchError, type ObservableInput, type ObservedValueOf, type OperatorFunction, throwError } from 'rxjs'
import type { RpcErrorName } from '../../api/error-names.ts'
import { RpcError } from '../../core/errors.ts'

/** What to do instead, by the error's name. A name that no method is known to give does not compile. */
export type Recoveries = { readonly [Name in RpcErrorName]?: (error: RpcError) => ObservableInput<unknown> }

/** What the recoveries may emit. */
type Recovered<Handlers> = {
  [Name in keyof Handlers]: Handlers[Name] extends (error: RpcError) => infer Source
    ? Source extends ObservableInput<unknown>
      ? ObservedValueOf<Source>
      : never
    : never
}[keyof Handlers]

/**
 * Goes on with another source where the server refused the call with one of the named errors.
 *
 * Starts: the source on subscribe; a recovery when its error came.
 * Emits: what the source emits, or the recovery.
 * Errors: all errors that are not named, and those of the recovery.
 * Unsubscribe: ends whichever of the two runs.
 *
 * @example
 * resolveUsername(tg, { username }).pipe(recover({ USERNAME_NOT_OCCUPIED: () => of(undefined) }))
 */
export function recover<Value, const Handlers extends Recoveries>(
  handlers: Handlers & { readonly [Name in Exclude<keyof Handlers, RpcErrorName>]: never },
): OperatorFunction<Value, Value | Recovered<Handlers>> {
  const byName = handlers as Readonly<Record<string, ((error: RpcError) => ObservableInput<never>) | undefined>>
  return catchError((error: unknown) => {
    const handler = error instanceof RpcError ? byName[error.type] : undefined
    return handler === undefined ? throwError(() => error) : handler(error as RpcError)
  })
}
