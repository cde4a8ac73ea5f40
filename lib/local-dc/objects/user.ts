/** Accounts as one viewer sees them: https://core.telegram.org/constructor/user */
import type { User, UserFull, UserStatus } from '../../api/index.ts'
import { accessHash } from '../world/account.ts'
import type { Account } from '../world/world.ts'
import { SERVICE_ID, type World } from '../world/world.ts'

/** The user as `viewer` sees it. Only one's own has `self`: clients refuse a login without it. */
export function userFor(world: World, viewer: number, account: Account): User {
  const self = account.id === viewer
  const contact = isContact(world, viewer, account.id)
  const service = account.id === SERVICE_ID
  const seen: Extract<User, { _: 'user' }> = {
    _: 'user',
    self,
    contact,
    mutualContact: contact && isContact(world, account.id, viewer),
    verified: service,
    support: service,
    id: account.id,
    accessHash: accessHash(world, viewer, account.id),
    firstName: account.firstName,
    lastName: account.lastName,
    username: account.username,
    phone: self || contact || service ? account.phone : undefined,
    status: statusOf(account),
  }
  return account.bot ? { ...seen, bot: true, botInfoVersion: 1, botNochats: true } : seen
}

/** The users with these ids, each once; those that do not exist are passed over. */
export function usersFor(world: World, viewer: number, ids: Iterable<number>): readonly User[] {
  return [...new Set(ids)].flatMap((id) => {
    const account = world.accounts.get(id)
    return account === undefined ? [] : [userFor(world, viewer, account)]
  })
}

export function userFullFor(world: World, viewer: number, account: Account): UserFull {
  const met = world.accounts.get(viewer)?.box.dialogs.has(account.id) ?? false
  return {
    _: 'userFull',
    id: account.id,
    settings: { _: 'peerSettings' },
    notifySettings: { _: 'peerNotifySettings' },
    commonChatsCount: 0,
    canPinMessage: met,
    botInfo: account.bot
      ? {
          _: 'botInfo',
          userId: account.id,
          description: '',
          commands: [],
        }
      : undefined,
  }
}

function statusOf({ status }: Account): UserStatus | undefined {
  if (status === undefined) return undefined
  return status.online
    ? { _: 'userStatusOnline', expires: status.date }
    : { _: 'userStatusOffline', wasOnline: status.date }
}

function isContact(world: World, of: number, id: number): boolean {
  return world.accounts.get(of)?.contacts.has(id) ?? false
}
