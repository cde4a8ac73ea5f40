/**
 * Server salts of one auth key: each is the current one for half an hour and accepted for half an hour more.
 * https://core.telegram.org/mtproto/description#server-salt
 */
import { int64FromBytes } from '../core/bytes.ts'
import type { Env } from '../core/machine.ts'

/** Seconds that a salt is current, and then again that it is accepted (service messages, "Get future salts"). */
export const SALT_LIFE = 1800
/** The most salts that one answer tells. */
export const MAX_FUTURE_SALTS = 64

export interface FutureSalt {
  /** Unix seconds. */
  readonly validSince: number
  readonly validUntil: number
  readonly salt: bigint
}

export class ServerSalts {
  readonly #begin: number
  /** From the number of the half hour to its salt; only a window of them is kept. */
  readonly #salts = new Map<number, bigint>()

  /** `first` is the salt that the key exchange ended with. */
  constructor(first: bigint, env: Env) {
    this.#begin = Math.floor(env.now / 1000)
    this.#salts.set(0, first)
  }

  current(env: Env): bigint {
    return this.#salt(this.#turn(env), env)
  }

  /** Whether a message may carry this salt now. */
  accepts(salt: bigint, env: Env): boolean {
    const turn = this.#turn(env)
    return salt === this.#salt(turn, env) || (turn > 0 && salt === this.#salts.get(turn - 1))
  }

  /** The current salt and those after it. */
  future(count: number, env: Env): readonly FutureSalt[] {
    const turn = this.#turn(env)
    return Array.from({ length: Math.min(Math.max(count, 1), MAX_FUTURE_SALTS) }, (_, ahead) => {
      const validSince = this.#begin + (turn + ahead) * SALT_LIFE
      return { validSince, validUntil: validSince + SALT_LIFE, salt: this.#salt(turn + ahead, env) }
    })
  }

  /** None of those that were told is good any more. */
  renew(): void {
    this.#salts.clear()
  }

  /** Which half hour it is, counted from the first. */
  #turn(env: Env): number {
    return Math.max(0, Math.floor((env.now / 1000 - this.#begin) / SALT_LIFE))
  }

  #salt(turn: number, env: Env): bigint {
    for (const past of this.#salts.keys()) if (past < this.#turn(env) - 1) this.#salts.delete(past)
    const known = this.#salts.get(turn)
    if (known !== undefined) return known
    const salt = int64FromBytes(env.random(8))
    this.#salts.set(turn, salt)
    return salt
  }
}
