/**
 * Follows the account to its data centre: the server names it in the error of the first calls of a login.
 * https://core.telegram.org/api/datacenter#user-migration
 */
import { type Observable, throwError } from 'rxjs'
import { isRpcError } from '../../core/errors.ts'
import type { Interceptor } from '../../core/invoker.ts'
import { again } from '../rx/again.ts'

/** Servers that send each other the same call must not keep it moving for ever. */
const MOST_HOPS = 5

export interface MigrateOptions {
  /** Makes that data centre the account's home; emits when calls may go there. */
  move(dc: number): Observable<unknown>
  /** Whether an account is signed in: then only USER_MIGRATE is about this connection. */
  isSignedIn(): boolean
}

/**
 * Repeats a call at the data centre that the server named, and makes it home. The sixth hop is the call's error.
 *
 *     at dc 2:    -#              (PHONE_MIGRATE_4)
 *     at dc 4:      --a|
 *     result:     ----a|
 */
export function migrate({ move, isSignedIn }: MigrateOptions): Interceptor {
  const following = again((error, hops) => {
    const target = homeIn(error, isSignedIn())
    return target === undefined || hops > MOST_HOPS ? throwError(() => error) : move(target)
  })
  return (request, next) => following(next.invoke(request))
}

function homeIn(error: unknown, signedIn: boolean): number | undefined {
  if (!isRpcError(error)) return undefined
  if (error.type === 'USER_MIGRATE') return error.value
  return !signedIn && (error.type === 'PHONE_MIGRATE' || error.type === 'NETWORK_MIGRATE') ? error.value : undefined
}
