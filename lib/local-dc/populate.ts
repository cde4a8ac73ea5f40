/** The world that a local DC begins with: Telegram's own account, and the people and bots that were asked for. */
import { RpcError, UsageError } from '../core/errors.ts'
import type { Env } from '../core/machine.ts'
import type { LocalBot, LocalDcOptions, LocalUser } from './options.ts'
import { addBot, addService, addUser, type NewBot, type NewUser } from './world/account.ts'
import type { Account } from './world/world.ts'
import { createWorld, type World } from './world/world.ts'

/** The bot that is there when no other was asked for. Its id is above 2^32, as those of new bots are. */
const DEFAULT_BOT = { id: 7_000_000_001, username: 'echo_bot' } as const
const SECRET_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const SECRET_LENGTH = 35

export interface Populated {
  readonly world: World
  readonly users: readonly LocalUser[]
  readonly bots: readonly LocalBot[]
}

/** @throws {UsageError} for an account that can't be */
export function populate({ users = [], bots, duplicates }: LocalDcOptions, env: Env): Populated {
  const world = createWorld(env, { duplicates })
  addService(world)
  const added = users.map((user, index) => {
    const { id, phone, firstName } = asked(`users[${index}]`, user, () => addUser(world, user))
    return { id, phone: `+${phone}`, firstName }
  })
  const addedBots = (bots ?? [defaultBot(env)]).map((bot, index) => {
    const { id } = asked(`bots[${index}]`, bot, () => addBot(world, bot))
    return { id, username: bot.username, token: bot.token }
  })
  return { world, users: added, bots: addedBots }
}

function defaultBot(env: Env): NewBot {
  const secret = Array.from(env.random(SECRET_LENGTH), (byte) => SECRET_LETTERS[byte & 63]).join('')
  return { token: `${DEFAULT_BOT.id}:${secret}`, username: DEFAULT_BOT.username }
}

/** What each refusal of the world means to whoever wrote the options. */
const REASONS: Readonly<Record<string, string>> = {
  PHONE_NUMBER_INVALID: 'a test number, +99966 and five digits more',
  PHONE_NUMBER_OCCUPIED: 'a number that no other user has',
  FIRSTNAME_INVALID: 'a first name of 1 to 64 characters',
  LASTNAME_INVALID: 'a last name of at most 64 characters',
  USERNAME_INVALID: 'a username of 3 to 32 letters, digits and underscores that begins with a letter',
  USERNAME_OCCUPIED: 'a username that no other account has',
  ACCESS_TOKEN_INVALID: 'a token ID:SECRET with an id that no other account has',
}

function asked(option: string, given: NewUser | NewBot, add: () => Account): Account {
  try {
    return add()
  } catch (error) {
    if (!(error instanceof RpcError)) throw error
    const came = 'phone' in given ? given.phone : `the bot ${given.username}`
    throw new UsageError(
      `${option}: expected ${REASONS[error.text] ?? 'an account that can be'}, got ${came} (${error.text})`,
    )
  }
}
