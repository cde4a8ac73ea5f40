/** People and bots: https://core.telegram.org/method/users.getUsers */
import { type Handlers, me } from '../context.ts'
import { findUser, idIn } from '../objects/peer.ts'
import { userFor, userFullFor } from '../objects/user.ts'
import { refuse } from '../refuse.ts'

export const users: Handlers = {
  'users.getUsers': ({ id }, context) =>
    id.map((input) => {
      const account = findUser(context, input)
      return account === undefined
        ? { _: 'userEmpty', id: idIn(input) }
        : userFor(context.world, me(context).id, account)
    }),

  'users.getFullUser': ({ id }, context) => {
    const account = findUser(context, id) ?? refuse(400, 'USER_ID_INVALID')
    const viewer = me(context).id
    return {
      _: 'users.userFull',
      fullUser: userFullFor(context.world, viewer, account),
      chats: [],
      users: [userFor(context.world, viewer, account)],
    }
  },
}
