/** Forgets the temporary keys of a permanent one: https://core.telegram.org/method/auth.dropTempAuthKeys */
import type { Handler } from '../context.ts'
import { authorizationOf } from '../keys.ts'

export const dropTempAuthKeys: Handler<'auth.dropTempAuthKeys'> = ({ exceptAuthKeys }, context) => {
  const { key, keys, env, forgetKey } = context
  const permanent = authorizationOf(key)
  if (permanent === undefined) return true
  for (const temporary of keys.temporaryOf(permanent)) {
    if (exceptAuthKeys.includes(temporary.key.id)) continue
    // The caller's own key lasts until it is answered.
    if (temporary === key) temporary.expiresAt = env.now / 1000
    else forgetKey(temporary.key.id)
  }
  return true
}
