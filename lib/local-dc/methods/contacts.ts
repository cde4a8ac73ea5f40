/** Finding people: https://core.telegram.org/api/contacts */
import type { ContactsResolvedPeer } from '../../api/index.ts'
import { type Context, type Handlers, me } from '../context.ts'
import { peerUser } from '../objects/message.ts'
import { userFor, usersFor } from '../objects/user.ts'
import { refuse } from '../refuse.ts'
import { findByPhone, findByUsername, isUsername } from '../world/account.ts'
import type { Account } from '../world/world.ts'

export const contacts: Handlers = {
  'contacts.resolveUsername': ({ username }, context) => {
    if (!isUsername(username)) refuse(400, 'USERNAME_INVALID')
    return resolved(context, findByUsername(context.world, username) ?? refuse(400, 'USERNAME_NOT_OCCUPIED'))
  },

  'contacts.resolvePhone': ({ phone }, context) =>
    resolved(context, findByPhone(context.world, phone) ?? refuse(400, 'PHONE_NOT_OCCUPIED')),

  'contacts.getContacts': (_params, context) => {
    const { id, contacts: ids } = me(context)
    const list = [...ids].map((userId) => {
      const mutual = context.world.accounts.get(userId)?.contacts.has(id) ?? false
      return { _: 'contact', userId, mutual } as const
    })
    return { _: 'contacts.contacts', contacts: list, savedCount: 0, users: usersFor(context.world, id, ids) }
  },
}

function resolved(context: Context, account: Account): ContactsResolvedPeer {
  const users = [userFor(context.world, me(context).id, account)]
  return { _: 'contacts.resolvedPeer', peer: peerUser(account.id), chats: [], users }
}
