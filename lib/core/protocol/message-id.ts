/**
 * Message ids and sequence numbers. An id is the server's time in units of 2^-32 seconds, its low two bits tell who
 * made it, and ids of one sender only rise.
 * https://core.telegram.org/mtproto/description#message-identifier-msg-id
 */
import type { Env } from '../machine.ts'

/** How far a message may lie from the server's time, in seconds (description, "Message Identifier"). */
export const MAX_AGE = 300
export const MAX_AHEAD = 30

/** What the low two bits of an id say. */
const PARITY = { client: 0, answer: 1, push: 3 } as const

/** 2^32 / 1000: what a millisecond is in an id. */
const MILLISECOND = 4_294_967.296
/** The seconds of an id have 32 bits: the years up to 2106. */
const SECONDS_BITS = 32
/** Less than a millisecond, so that jitter never overtakes the clock. */
const JITTER_MASK = 0x3f_ffff

/**
 * Makes the ids and sequence numbers of one sender in one session.
 *
 * It knows by how much the server's clock is ahead of ours: without that its ids would be refused. Before it is told
 * the time it goes by the wall clock, and from then on by the clock that never jumps: whoever sets the wall clock in the
 * middle of a session changes nothing.
 */
export class MessageIds {
  #last = 0n
  #contentMessages = 0
  /** The server's time minus the wall clock, in milliseconds. */
  readonly #aheadOfWall: number
  /** Its time minus the clock that never jumps; undefined before the time was told. */
  #aheadOfElapsed: number | undefined
  #jitter: number | undefined

  /** `timeOffset`: the server's time minus ours, in seconds, as a key exchange or a storage tells it. */
  constructor(timeOffset = 0) {
    this.#aheadOfWall = timeOffset * 1000
  }

  /** The server's time minus the wall clock's, in seconds. */
  timeOffset(env: Env): number {
    return (this.#milliseconds(env) - env.now) / 1000
  }

  /** The id of a client's message. */
  next(env: Env): bigint {
    return this.#make(env, PARITY.client)
  }

  /** The id of a server's answer to a message. */
  nextAnswer(env: Env): bigint {
    return this.#make(env, PARITY.answer)
  }

  /** The id of any other message of a server. */
  nextPush(env: Env): bigint {
    return this.#make(env, PARITY.push)
  }

  /**
   * The sequence number of the next message: odd for one that wants to be acked, and such messages are what is
   * counted (description, "Message Sequence Number").
   */
  nextSeqNo(contentRelated: boolean): number {
    const seqNo = 2 * this.#contentMessages + (contentRelated ? 1 : 0)
    if (contentRelated) this.#contentMessages++
    return seqNo
  }

  /** The server's time, in seconds, as far as is known. */
  serverTime(env: Env): number {
    return this.#milliseconds(env) / 1000
  }

  /** The offset that was given is right as of now: the wall clock is not looked at any more. */
  anchor(env: Env): void {
    this.#aheadOfElapsed ??= env.now + this.#aheadOfWall - env.elapsed
  }

  /** A valid id came from the server. It can have come late but not early, so it moves our idea of its clock up only. */
  learn(serverMessageId: bigint, env: Env): void {
    this.anchor(env)
    if (serverTimeOf(serverMessageId) * 1000 > this.#milliseconds(env)) this.correct(serverMessageId, env)
  }

  /**
   * The server made that id after we sent something at `sentAt` of `Env.elapsed`: its clock can't have been further then.
   * So our idea of it does not creep ahead when our clock runs too fast.
   */
  limit(serverMessageId: bigint, sentAt: number): void {
    if (this.#aheadOfElapsed === undefined) return
    const most = serverTimeOf(serverMessageId) * 1000 - sentAt
    if (this.#aheadOfElapsed > most) this.#aheadOfElapsed = most
  }

  /**
   * The server said that our idea of its clock is wrong, up or down. Ids may not go down inside a session: after a
   * correction downwards a new session is due (`restart`).
   */
  correct(serverMessageId: bigint, env: Env): void {
    this.#aheadOfElapsed = serverTimeOf(serverMessageId) * 1000 - env.elapsed
  }

  /** Whether the last id is further ahead of the server's clock than a message may be, so that only a restart helps. */
  isAhead(env: Env): boolean {
    return this.#last > 0n && ageOf(this.#last, this.serverTime(env)) < -MAX_AHEAD
  }

  /** A new session begins: sequence numbers start over, and ids may go down. */
  restart(): void {
    this.#last = 0n
    this.#contentMessages = 0
  }

  #milliseconds(env: Env): number {
    return this.#aheadOfElapsed === undefined ? env.now + this.#aheadOfWall : env.elapsed + this.#aheadOfElapsed
  }

  #make(env: Env, parity: number): bigint {
    const milliseconds = this.#milliseconds(env)
    const seconds = Math.floor(milliseconds / 1000)
    const fraction = Math.floor((milliseconds - seconds * 1000) * MILLISECOND)
    // Added, so that the carry of the last millisecond of a second goes up.
    const whole = BigInt.asUintN(SECONDS_BITS, BigInt(seconds))
    const time = (whole << 32n) + BigInt(fraction + this.#nextJitter(env))
    const above = this.#last + 4n
    const id = ((time > above ? time : above) & ~3n) | BigInt(parity)
    this.#last = id
    return id
  }

  /** The low bits must not be the same each time; one draw of randomness is enough to begin a sequence. */
  #nextJitter(env: Env): number {
    if (this.#jitter === undefined) {
      const [a = 0, b = 0, c = 0] = env.random(3)
      this.#jitter = (a | (b << 8) | (c << 16)) & JITTER_MASK
    }
    this.#jitter = (Math.imul(this.#jitter, 1_664_525) + 1_013_904_223) & JITTER_MASK
    return this.#jitter
  }
}

/** When a message was made, in seconds of the server's clock. */
export function serverTimeOf(messageId: bigint): number {
  return Number(BigInt.asUintN(64, messageId) >> 12n) / 2 ** 20
}

/** How old a message is, in seconds; negative for one from the future. */
export function ageOf(messageId: bigint, serverTime: number): number {
  return serverTime - serverTimeOf(messageId)
}

/** Whether a message is neither older than 300 s nor from further than 30 s in the future. */
export function isTimely(messageId: bigint, serverTime: number): boolean {
  const age = ageOf(messageId, serverTime)
  return age <= MAX_AGE && age >= -MAX_AHEAD
}

/** Whether the low two bits are those of a client. */
export function isClientMessageId(messageId: bigint): boolean {
  return (messageId & 3n) === 0n
}

/** Whether the low two bits are those of a server: its ids are odd. */
export function isServerMessageId(messageId: bigint): boolean {
  return (messageId & 1n) === 1n
}

/** Whether a message with that number wants to be acked. */
export function isContentRelated(seqNo: number): boolean {
  return (seqNo & 1) === 1
}
