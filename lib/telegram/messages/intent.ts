/**
 * The random id of a message belongs to the intent to send it, not to an attempt: by it the server knows a repeat.
 * https://core.telegram.org/method/messages.sendMessage
 */
import { defer, type Observable, tap } from 'rxjs'
import { int64FromBytes } from '../../core/bytes.ts'
import { sha256 } from '../../core/crypto/sha.ts'

/** The random id of an attempt, if that account makes it. */
export type RandomId = (account: number) => bigint

/** The ids of one intent, for all the attempts at it. */
export interface Intent {
  /**
   * One attempt for each subscription; its first value is the success.
   *
   * Starts: takes an id and calls `send` on subscribe.
   * Emits: as what `send` returned.
   * Errors: as what `send` returned.
   * Unsubscribe: leaves it, and the id to the next attempt, unless there was a success.
   */
  attempt<Value>(send: (id: RandomId) => Observable<Value>): Observable<Value>
}

/**
 * Makes an intent. Without a key an attempt takes the id that an earlier one left when it errored or was unsubscribed,
 * the oldest first; if none was left it draws its own. So attempts in flight together never share an id, and a success
 * uses its id up. With a key the id is derived from the account, `source` and the key, and is the same for all
 * attempts, in every run of the program.
 *
 *     attempts:  a-----#                 draws 1
 *                  b-------|             draws 2, for 1 is in use
 *                         c----|         takes 1, which a left
 *                                d---|   draws 3
 */
export function createIntent(random: (length: number) => Uint8Array, source: string, key: string | undefined): Intent {
  if (key !== undefined) {
    const derived: RandomId = (account) =>
      int64FromBytes(sha256(new TextEncoder().encode(JSON.stringify([account, source, key]))))
    return { attempt: (send) => defer(() => send(derived)) }
  }
  /** Never more than were in flight at once: whoever leaves one has taken one. */
  const left: bigint[] = []
  return {
    attempt: (send) =>
      defer(() => {
        const id = left.shift() ?? int64FromBytes(random(8))
        let isOver = false
        const over = (isSent: boolean): void => {
          if (!isOver && !isSent) left.push(id)
          isOver = true
        }
        // Before the caller hears of it: it may subscribe again at that moment.
        return defer(() => send(() => id)).pipe(
          tap({
            next: () => over(true),
            error: () => over(false),
            complete: () => over(false),
            unsubscribe: () => over(false),
          }),
        )
      }),
  }
}
