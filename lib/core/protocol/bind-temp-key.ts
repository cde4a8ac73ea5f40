/**
 * The message that binds a temporary key to a permanent one: the last use of MTProto 1.0. It is encrypted with the
 * permanent key and travels in `auth.bindTempAuthKey`, which is encrypted with the temporary one.
 * https://core.telegram.org/method/auth.bindTempAuthKey and https://core.telegram.org/mtproto/description_v1
 *
 *     encrypted_message: perm_auth_key_id (8) | msg_key (16) | AES-256-IGE of: random (16) | msg_id (8) | seq_no = 0 (4)
 *                        | length = 40 (4) | bind_auth_key_inner (40) | random (8)
 */
import { concat, equalBytes, int64FromBytes } from '../bytes.ts'
import { igeDecrypt, igeEncrypt } from '../crypto/aes-ige.ts'
import { type AuthKey, messageAesKeyV1, messageKeyV1 } from '../crypto/message-key.ts'
import { ProtocolError } from '../errors.ts'

/** What binds the keys; all 64-bit numbers signed. */
export interface TempKeyBinding {
  /** Id of the message that carries the call: it must be the same outside. */
  readonly messageId: bigint
  /** The same as in the call. */
  readonly nonce: bigint
  readonly tempAuthKeyId: bigint
  readonly permAuthKeyId: bigint
  /** The session in which the call is made. */
  readonly tempSessionId: bigint
  /** Unix time at the server when the temporary key ends. */
  readonly expiresAt: number
}

const RANDOM = 16
const HEADER = RANDOM + 16
const INNER = 40
const PADDING = 8
const PLAINTEXT = HEADER + INNER
const ENCRYPTED_AT = 24
const MESSAGE = ENCRYPTED_AT + PLAINTEXT + PADDING
/** bind_auth_key_inner nonce:long temp_auth_key_id:long perm_auth_key_id:long temp_session_id:long expires_at:int */
const BIND_AUTH_KEY_INNER = 0x75a3f765

/** The client's side: `encrypted_message`. `random` gives 16 bytes, then 8. */
export function bindTempAuthKeyMessage(
  options: Omit<TempKeyBinding, 'permAuthKeyId'> & {
    readonly key: AuthKey
    readonly random: (length: number) => Uint8Array
  },
): Uint8Array {
  const { key, messageId, nonce, tempAuthKeyId, tempSessionId, expiresAt, random } = options
  const plaintext = new Uint8Array(PLAINTEXT)
  plaintext.set(random(RANDOM))
  const view = new DataView(plaintext.buffer)
  view.setBigInt64(RANDOM, messageId, true)
  view.setInt32(RANDOM + 8, 0, true)
  view.setInt32(RANDOM + 12, INNER, true)
  view.setInt32(HEADER, BIND_AUTH_KEY_INNER, true)
  view.setBigInt64(HEADER + 4, nonce, true)
  view.setBigInt64(HEADER + 12, tempAuthKeyId, true)
  view.setBigInt64(HEADER + 20, key.id, true)
  view.setBigInt64(HEADER + 28, tempSessionId, true)
  view.setInt32(HEADER + 36, expiresAt, true)
  const messageKey = messageKeyV1(plaintext)
  const aes = messageAesKeyV1(key.bytes, messageKey, 'client')
  const message = new Uint8Array(MESSAGE)
  new DataView(message.buffer).setBigInt64(0, key.id, true)
  message.set(messageKey, 8)
  message.set(igeEncrypt(concat(plaintext, random(PADDING)), aes.key, aes.iv), ENCRYPTED_AT)
  return message
}

/**
 * The server's side: what `encrypted_message` says, if it is one that `key` encrypted. That it fits the call, its
 * session and its temporary key is for the caller to check. One error for all failures, msg_key first.
 */
export function openTempKeyBinding(message: Uint8Array, key: AuthKey): TempKeyBinding | ProtocolError {
  if (message.length !== MESSAGE || int64FromBytes(message) !== key.id) return refused()
  const messageKey = message.subarray(8, ENCRYPTED_AT)
  const aes = messageAesKeyV1(key.bytes, messageKey, 'client')
  const plaintext = igeDecrypt(message.subarray(ENCRYPTED_AT), aes.key, aes.iv).subarray(0, PLAINTEXT)
  if (!equalBytes(messageKeyV1(plaintext), messageKey)) return refused()
  const view = new DataView(plaintext.buffer, plaintext.byteOffset, plaintext.byteLength)
  const permAuthKeyId = view.getBigInt64(HEADER + 20, true)
  const isInner = view.getInt32(RANDOM + 12, true) === INNER && view.getInt32(HEADER, true) === BIND_AUTH_KEY_INNER
  if (!isInner || permAuthKeyId !== key.id) return refused()
  return {
    messageId: view.getBigInt64(RANDOM, true),
    nonce: view.getBigInt64(HEADER + 4, true),
    tempAuthKeyId: view.getBigInt64(HEADER + 12, true),
    permAuthKeyId,
    tempSessionId: view.getBigInt64(HEADER + 28, true),
    expiresAt: view.getInt32(HEADER + 36, true),
  }
}

function refused(): ProtocolError {
  return new ProtocolError('encrypted_message: expected a binding sealed with the permanent key, got another')
}
