/** Login codes: one use, a short life, a few tries. https://core.telegram.org/api/auth */
import type { Env } from '../../core/machine.ts'
import { refuse } from '../refuse.ts'
import { codeOf, digitsOf } from './account.ts'
import { limits } from './limits.ts'
import { dateOf, type LoginCode, type World } from './world.ts'

/** Makes a code for a phone number; returns the phone_code_hash that names it. */
export function issueCode(
  world: World,
  env: Env,
  phone: string,
  way: LoginCode['way'] = 'sms',
): { readonly hash: string; readonly code: LoginCode } {
  const code = codeOf(phone)
  if (code === undefined) refuse(400, 'PHONE_NUMBER_INVALID')
  const hash = Array.from(env.random(9), (byte) => byte.toString(16).padStart(2, '0')).join('')
  const expires = dateOf(world, env) + limits.codeLife
  const made: LoginCode = { phone: digitsOf(phone), code, expires, way, tries: 0, accepted: false }
  world.codes.set(hash, made)
  for (const oldest of world.codes.keys()) {
    if (world.codes.size <= limits.codes) break
    world.codes.delete(oldest)
  }
  return { hash, code: made }
}

/** The living code of that number and hash. */
export function pendingCode(world: World, env: Env, phone: string, hash: string): LoginCode {
  const code = world.codes.get(hash)
  if (codeOf(phone) === undefined) refuse(400, 'PHONE_NUMBER_INVALID')
  if (hash === '') refuse(400, 'PHONE_CODE_HASH_EMPTY')
  if (code === undefined || code.phone !== digitsOf(phone)) refuse(400, 'PHONE_CODE_EXPIRED')
  if (dateOf(world, env) >= code.expires) {
    world.codes.delete(hash)
    refuse(400, 'PHONE_CODE_EXPIRED')
  }
  return code
}

/** Compares an answer with the code. What comes back is good for one use: the caller forgets or accepts it. */
export function checkCode(world: World, env: Env, phone: string, hash: string, answer: string): LoginCode {
  const code = pendingCode(world, env, phone, hash)
  if (answer === '') refuse(400, 'PHONE_CODE_EMPTY')
  if (answer !== code.code) {
    code.tries++
    if (code.tries >= limits.codeTries) world.codes.delete(hash)
    refuse(400, 'PHONE_CODE_INVALID')
  }
  return code
}
