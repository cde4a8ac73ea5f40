/**
 * What a session has received, as far back as it remembers: duplicates are known by their id, and sequence numbers are
 * judged by their neighbours.
 * https://core.telegram.org/mtproto/service_messages_about_messages#notice-of-ignored-error-message
 */
import {
  isClientMessageId,
  isContentRelated,
  MAX_AGE,
  MAX_AHEAD,
  serverTimeOf,
} from '../../core/protocol/message-id.ts'

/** Received ids that are remembered; the lowest are forgotten first. */
export const INBOX_LIMIT = 1024

/** The codes of bad_msg_notification (service messages, "Notice of Ignored Error Message"). */
export const BAD = {
  tooLow: 16,
  tooHigh: 17,
  parity: 18,
  containerKnown: 19,
  tooOld: 20,
  seqTooLow: 32,
  seqTooHigh: 33,
  seqNotEven: 34,
  seqNotOdd: 35,
  salt: 48,
  container: 64,
} as const

export class Inbox {
  /** From message id to seq_no. */
  readonly #seen = new Map<bigint, number>()
  /** Ids up to this one were forgotten, so it can't be said whether they came. */
  #floor = 0n
  /** Ids of which was said that they did not come: whoever was told so may have sent it again. */
  readonly #denied = new Set<bigint>()
  readonly #containers = new Set<bigint>()
  #highest = 0n
  #highestSeqNo = 0

  has(messageId: bigint): boolean {
    return this.#seen.has(messageId)
  }

  hasContainer(messageId: bigint): boolean {
    return this.#containers.has(messageId)
  }

  seqNoOf(messageId: bigint): number | undefined {
    return this.#seen.get(messageId)
  }

  /** What is wrong with the id of a packet, told by its own bits and the clock; undefined when nothing is. */
  checkTime(messageId: bigint, serverTime: number): number | undefined {
    if (!isClientMessageId(messageId)) return BAD.parity
    const ahead = serverTimeOf(messageId) - serverTime
    if (ahead < -MAX_AGE) return BAD.tooLow
    if (ahead > MAX_AHEAD) return BAD.tooHigh
    return undefined
  }

  /** What is wrong with the id of a message, in a container or not, that has not been seen; undefined when nothing is. */
  checkId(messageId: bigint): number | undefined {
    if (!isClientMessageId(messageId)) return BAD.parity
    return messageId <= this.#floor || this.#denied.has(messageId) ? BAD.tooOld : undefined
  }

  /** The session begins with this message: of those before it the client is told that they are unknown. */
  begin(first: bigint): void {
    this.#floor = first - 1n
  }

  /** Whether the seq_no fits between those of the messages before and after it. */
  checkSeqNo(messageId: bigint, seqNo: number): number | undefined {
    if (messageId > this.#highest) return isBefore(seqNo, this.#highestSeqNo) ? BAD.seqTooLow : undefined
    for (const [id, seen] of this.#seen) {
      if (id < messageId && isBefore(seqNo, seen)) return BAD.seqTooLow
      if (id > messageId && isBefore(seen, seqNo)) return BAD.seqTooHigh
    }
    return undefined
  }

  add(messageId: bigint, seqNo: number): void {
    this.#seen.set(messageId, seqNo)
    this.#highestSeqNo = Math.max(this.#highestSeqNo, seqNo)
    if (messageId > this.#highest) this.#highest = messageId
    if (this.#seen.size > INBOX_LIMIT) this.#forgetLowest()
  }

  /** A container counts neither as a message nor among the sequence numbers. */
  addContainer(messageId: bigint): void {
    this.#containers.add(messageId)
    bound(this.#containers)
  }

  /** What is known of a message, as msgs_state_info has it (service messages, "Informational Message regarding Status"). */
  stateOf(messageId: bigint): number {
    if (this.#seen.has(messageId)) return 4
    if (messageId <= this.#floor) return 1
    this.#denied.add(messageId)
    bound(this.#denied)
    return messageId > this.#highest ? 3 : 2
  }

  #forgetLowest(): void {
    let lowest = this.#highest
    for (const id of this.#seen.keys()) if (id < lowest) lowest = id
    this.#seen.delete(lowest)
    if (lowest > this.#floor) this.#floor = lowest
  }
}

/** Forgets the oldest. */
function bound(ids: Set<bigint>): void {
  for (const oldest of ids) {
    if (ids.size <= INBOX_LIMIT) break
    ids.delete(oldest)
  }
}

/** Whether a later message with `seqNo` can't follow one with `earlier`: it is lower, or the same and counted. */
function isBefore(seqNo: number, earlier: number): boolean {
  return seqNo < earlier || (seqNo === earlier && isContentRelated(seqNo))
}
