/** What the server's "come in" means for the client. */
import type { AuthAuthorization, Constructors } from '../../api/types.ts'
import { DecodeError } from '../../core/errors.ts'
import type { Caller } from '../telegram.ts'
import type { KnownUser } from './get-me.ts'

/** Notes who was let in, and returns them; or what the server wants first. */
export function authorized(
  tg: Caller,
  authorization: AuthAuthorization,
): KnownUser | Constructors['auth.authorizationSignUpRequired'] {
  if (authorization._ === 'auth.authorizationSignUpRequired') return authorization
  const { user } = authorization
  if (user._ !== 'user') throw new DecodeError(`expected the user that was let in, got ${user._}`)
  tg.context.signedIn(user)
  return user
}
