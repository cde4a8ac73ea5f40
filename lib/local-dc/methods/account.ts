/** Settings of one's own account: https://core.telegram.org/method/account.updateStatus */
import type { AccountPassword, Update } from '../../api/index.ts'
import { DH_PRIME } from '../../core/crypto/dh.ts'
import { type Context, type Handlers, me } from '../context.ts'

/** Seconds that someone counts as online after having said so. */
const ONLINE = 300

export const account: Handlers = {
  'account.updateStatus': ({ offline }, context) => {
    const self = me(context)
    self.status = { online: !offline, date: offline ? context.now : context.now + ONLINE }
    const status = offline
      ? ({ _: 'userStatusOffline', wasOnline: context.now } as const)
      : ({ _: 'userStatusOnline', expires: context.now + ONLINE } as const)
    const update: Update = { _: 'updateUserStatus', userId: self.id, status }
    for (const peer of self.box.dialogs.keys()) {
      const other = context.world.accounts.get(peer)
      if (other !== undefined && !other.bot && other !== self) context.pushShort(other, update)
    }
    return true
  },

  'account.getPassword': (_params, context) => noPassword(context),
}

/** An account without a password, and with what it takes to set one (https://core.telegram.org/api/srp). */
function noPassword({ env }: Context): AccountPassword {
  const salts = { salt1: env.random(8), salt2: env.random(16) }
  return {
    _: 'account.password',
    newAlgo: { _: 'passwordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow', ...salts, g: 3, p: DH_PRIME },
    newSecureAlgo: { _: 'securePasswordKdfAlgoPBKDF2HMACSHA512iter100000', salt: env.random(8) },
    secureRandom: env.random(256),
  }
}
