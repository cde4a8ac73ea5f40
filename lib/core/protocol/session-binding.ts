/**
 * A temporary key in a session: until the server says that it stands for the permanent one, the call that binds it is
 * the only one that leaves; when its end is near, the session lets go of it in time.
 * https://core.telegram.org/api/pfs and https://core.telegram.org/method/auth.bindTempAuthKey
 */
import type { AuthKey } from '../crypto/message-key.ts'
import type { Env } from '../machine.ts'
import { encode, writeBytes, writeId, writeInt, writeLong } from '../tl/writer.ts'
import { bindTempAuthKeyMessage } from './bind-temp-key.ts'

/**
 * Where a key that is not simply there for everything stands.
 *
 * `due`: the binding call is to leave, alone. `sent`: its answer is awaited. `paused`: the server wants it later. `bound`: calls may leave. `ripe`: they may,
 * and the key is given up at the first quiet moment. `leaving`: calls wait until those under way are answered, then the
 * key is given up. `probing`: the key is the permanent one, and only asked whether the server knows it.
 */
export type BindingStep = 'due' | 'sent' | 'paused' | 'bound' | 'ripe' | 'leaving' | 'probing'

/** auth.bindTempAuthKey perm_auth_key_id:long nonce:long expires_at:int encrypted_message:bytes = Bool */
const BIND_TEMP_AUTH_KEY = 0xcdd42a05 | 0

/** A new key is made an hour before the end, and up to ten minutes before that, so that not all do it at once: seconds. */
const RENEW_BEFORE = 3_600
const RENEW_JITTER = 600
/** However wrong the clocks are: keys are not made faster than this, in milliseconds. */
const LEAST_USED = 60_000

/** The binding of one key. */
export class Binding {
  readonly permanent: AuthKey
  /** Unix seconds of the server. */
  readonly expiresAt: number
  step: BindingStep
  /** Why it is `leaving`. */
  why: 'renew' | 'unbound' = 'renew'
  /** The message that carries the call, once it was sent. */
  #messageId: bigint | undefined

  constructor(permanent: AuthKey, expiresAt: number, step: 'due' | 'bound' | 'probing') {
    this.permanent = permanent
    this.expiresAt = expiresAt
    this.step = step
  }

  /** Whether calls must wait. */
  get holdsCalls(): boolean {
    return this.step !== 'bound' && this.step !== 'ripe'
  }

  /** Whether that message is the binding call. */
  awaits(messageId: bigint): boolean {
    return this.step === 'sent' && this.#messageId === messageId
  }

  /** The call leaves in that message. The id is inside too, so that each attempt is made anew. */
  send(messageId: bigint, temporary: AuthKey, sessionId: bigint, env: Env): Uint8Array {
    this.step = 'sent'
    this.#messageId = messageId
    const { permanent, expiresAt } = this
    const nonce = randomNonce(env)
    const encryptedMessage = bindTempAuthKeyMessage({
      key: permanent,
      messageId,
      nonce,
      tempAuthKeyId: temporary.id,
      tempSessionId: sessionId,
      expiresAt,
      random: (length) => env.random(length),
    })
    return encode(undefined, (_, position) => {
      const ids = writeLong(nonce, writeLong(permanent.id, writeId(BIND_TEMP_AUTH_KEY, position)))
      return writeBytes(encryptedMessage, writeInt(expiresAt, ids))
    })
  }

  /** The server refused the message that carries the call, or will never answer it: the call is made again. */
  again(): void {
    if (this.step === 'sent' || this.step === 'paused') this.step = 'due'
    this.#messageId = undefined
  }

  /** The server forgot every message before that one. Whether the call was among them: then it is made again. */
  forgottenBefore(messageId: bigint): boolean {
    if (this.step !== 'sent' || this.#messageId === undefined || this.#messageId >= messageId) return false
    this.again()
    return true
  }

  /** In how many milliseconds it is time for another key. */
  renewIn(serverTime: number, env: Env): number {
    const [low = 0, high = 0] = env.random(2)
    const early = RENEW_BEFORE + (RENEW_JITTER * (low + 256 * high)) / 65_535
    return Math.max(LEAST_USED, (this.expiresAt - early - serverTime) * 1000)
  }
}

function randomNonce(env: Env): bigint {
  const bytes = env.random(8)
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigInt64(0, true)
}
