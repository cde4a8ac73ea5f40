/**
 * The random id of a message belongs to the intent to send it, not to an attempt: by it the server knows a repeat.
 * https://core.telegram.org/method/messages.sendMessage
 */
import { int64FromBytes } from '../../core/bytes.ts'
import { sha256 } from '../../core/crypto/sha.ts'

/** The ids of one intent. */
export interface Intent {
  /** The id for the next attempt. */
  id(account: number): bigint
  /** The message was sent: from now on another one is meant. */
  done(): void
}

/**
 * Makes an intent. Without a key its id is drawn with the first attempt and kept until one succeeds. With a key it is
 * derived from the account, `source` and the key, and is the same in every run of the program.
 */
export function createIntent(random: (length: number) => Uint8Array, source: string, key: string | undefined): Intent {
  let drawn: bigint | undefined
  return {
    id(account) {
      if (key !== undefined)
        return int64FromBytes(sha256(new TextEncoder().encode(JSON.stringify([account, source, key]))))
      drawn ??= int64FromBytes(random(8))
      return drawn
    },
    done() {
      drawn = undefined
    },
  }
}
