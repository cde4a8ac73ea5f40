/** Accounts: people by phone, bots by token. https://core.telegram.org/api/auth#test-accounts */
import { sha256 } from '../../core/crypto/sha.ts'
import { refuse } from '../refuse.ts'
import { createBox } from './box.ts'
import { limits } from './limits.ts'
import { type Account, SERVICE_ID, type World } from './world.ts'

export interface NewUser {
  readonly phone: string
  readonly firstName: string
  readonly lastName?: string | undefined
  readonly username?: string | undefined
}

export interface NewBot {
  /** ID:SECRET; the bot gets that id. */
  readonly token: string
  readonly username: string
  readonly firstName?: string | undefined
}

/** A test number: 99966, a digit D, four digits. The code of such a number is D five times. */
const TEST_PHONE = /^99966(\d)\d{4}$/
const USERNAME = /^[A-Za-z](?!.*__)[A-Za-z0-9_]{1,30}[A-Za-z0-9]$/
const TOKEN = /^([1-9]\d{0,15}):([A-Za-z0-9_-]{1,64})$/

/** The phone number as it is kept: digits alone. */
export function digitsOf(phone: string): string {
  return phone.replace(/\D/g, '')
}

/** The login code of a test number, or undefined for any other number. */
export function codeOf(phone: string): string | undefined {
  return TEST_PHONE.exec(digitsOf(phone))?.[1]?.repeat(5)
}

export function isUsername(text: string): boolean {
  return USERNAME.test(text)
}

/** Whether it has the form ID:SECRET. */
export function isToken(text: string): boolean {
  return TOKEN.test(text)
}

/** Adds a person. */
export function addUser(world: World, user: NewUser): Account {
  const phone = digitsOf(user.phone)
  if (codeOf(phone) === undefined) refuse(400, 'PHONE_NUMBER_INVALID')
  if (world.phones.has(phone)) refuse(400, 'PHONE_NUMBER_OCCUPIED')
  const firstName = user.firstName.trim()
  const lastName = user.lastName?.trim() || undefined
  if (firstName === '' || firstName.length > limits.name) refuse(400, 'FIRSTNAME_INVALID')
  if (lastName !== undefined && lastName.length > limits.name) refuse(400, 'LASTNAME_INVALID')
  const username = user.username === undefined ? undefined : freeUsername(world, user.username)
  while (world.accounts.has(world.nextUserId)) world.nextUserId++
  const account = { id: world.nextUserId++, bot: false, firstName, lastName, username, phone, token: undefined }
  return enter(world, account)
}

/** Adds a bot. */
export function addBot(world: World, bot: NewBot): Account {
  const id = Number(TOKEN.exec(bot.token)?.[1])
  if (!Number.isSafeInteger(id) || world.accounts.has(id) || id === SERVICE_ID) refuse(400, 'ACCESS_TOKEN_INVALID')
  const username = freeUsername(world, bot.username)
  const firstName = bot.firstName?.trim() || username
  return enter(world, { id, bot: true, firstName, lastName: undefined, username, phone: undefined, token: bot.token })
}

/** Adds Telegram's own account. */
export function addService(world: World): Account {
  const names = { firstName: 'Telegram', lastName: undefined, username: undefined }
  return enter(world, { id: SERVICE_ID, bot: false, ...names, phone: '42777', token: undefined })
}

function enter(world: World, made: Omit<Account, 'box' | 'contacts' | 'status'>): Account {
  if (world.accounts.size >= limits.accounts) refuse(400, 'PHONE_NUMBER_FLOOD')
  const account: Account = { ...made, box: createBox(made.id), contacts: new Set(), status: undefined }
  world.accounts.set(account.id, account)
  if (account.phone !== undefined) world.phones.set(account.phone, account.id)
  if (account.username !== undefined) world.usernames.set(account.username.toLowerCase(), account.id)
  if (account.token !== undefined) world.tokens.set(account.token, account.id)
  return account
}

function freeUsername(world: World, username: string): string {
  if (!isUsername(username)) refuse(400, 'USERNAME_INVALID')
  if (world.usernames.has(username.toLowerCase())) refuse(400, 'USERNAME_OCCUPIED')
  return username
}

export function findByPhone(world: World, phone: string): Account | undefined {
  return accountOf(world, world.phones.get(digitsOf(phone)))
}

export function findByUsername(world: World, username: string): Account | undefined {
  return accountOf(world, world.usernames.get(username.toLowerCase()))
}

export function findByToken(world: World, token: string): Account | undefined {
  return accountOf(world, world.tokens.get(token))
}

function accountOf(world: World, id: number | undefined): Account | undefined {
  return id === undefined ? undefined : world.accounts.get(id)
}

/** The hash by which `viewer` may name `user`: the same for as long as the world lives, different for each viewer. */
export function accessHash(world: World, viewer: number, user: number): bigint {
  const pair = new DataView(new ArrayBuffer(16))
  pair.setBigInt64(0, BigInt(viewer), true)
  pair.setBigInt64(8, BigInt(user), true)
  const hash = sha256(world.secret, new Uint8Array(pair.buffer))
  return new DataView(hash.buffer, hash.byteOffset, 8).getBigInt64(0, true)
}
