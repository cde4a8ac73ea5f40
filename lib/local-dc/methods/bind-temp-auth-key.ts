/** Lets a temporary key stand for a permanent one: https://core.telegram.org/method/auth.bindTempAuthKey */
import { ProtocolError } from '../../core/errors.ts'
import { openTempKeyBinding } from '../../core/protocol/bind-temp-key.ts'
import type { Handler } from '../context.ts'
import { refuse } from '../refuse.ts'

/** How far the end of the key that the client tells may lie behind the one that the server knows, in seconds. */
const TOLERANCE = 60

export const bindTempAuthKey: Handler<'auth.bindTempAuthKey'> = (params, context) => {
  const { key, keys, env, dc, messageId, sessionId } = context
  const { permAuthKeyId, nonce, expiresAt, encryptedMessage } = params
  if (key.expiresAt === undefined) refuse(400, 'TEMP_AUTH_KEY_EMPTY')
  const permanent = keys.get(permAuthKeyId, dc, env)
  if (permanent === undefined || permanent.expiresAt !== undefined) refuse(400, 'ENCRYPTED_MESSAGE_INVALID')
  if (key.madeFor !== undefined && key.madeFor !== permanent) refuse(400, 'TEMP_AUTH_KEY_ALREADY_BOUND')
  const inner = openTempKeyBinding(encryptedMessage, permanent.key)
  if (inner instanceof ProtocolError) refuse(400, 'ENCRYPTED_MESSAGE_INVALID')
  const fits =
    inner.messageId === messageId &&
    inner.tempSessionId === sessionId &&
    inner.tempAuthKeyId === key.key.id &&
    inner.nonce === nonce &&
    inner.expiresAt === expiresAt
  if (!fits) refuse(400, 'ENCRYPTED_MESSAGE_INVALID')
  if (expiresAt <= env.now / 1000 || expiresAt > key.expiresAt + TOLERANCE) refuse(400, 'EXPIRES_AT_INVALID')
  // "Unix timestamp to invalidate temporary key": the client may want it to end sooner.
  key.expiresAt = Math.min(key.expiresAt, expiresAt)
  keys.bind(key, permanent)
  return true
}
