/**
 * Server salts: a number that every message of a client carries and that the server changes every half hour.
 * https://core.telegram.org/mtproto/description#server-salt
 * and https://core.telegram.org/mtproto/service_messages#get-future-salts
 */

/** A salt and when it may be used, in Unix seconds of the server. */
export interface Salt {
  readonly salt: bigint
  readonly validSince: number
  readonly validUntil: number
}

/** How many future salts to ask for: the most that may be asked (service messages, "Request for several future salts"). */
export const SALTS_ASKED = 64

/** With fewer than this many left it is time to ask. */
const FEW_SALTS = 2

/** A salt lasts half an hour and is accepted for another half (description, "Server Salt"). */
const LIFETIME = 1_800

/** The old salt is still good when the next begins, and our idea of the time may be wrong: switch a minute later. */
const SWITCH_AFTER = 60

/** The salts of one auth key. */
export class Salts {
  #current: Salt = { salt: 0n, validSince: 0, validUntil: 0 }
  #future: readonly Salt[] = []

  /** `kept`: what `list` gave in an earlier run. */
  constructor(kept: readonly Salt[] = []) {
    const [first, ...future] = inOrder(kept)
    if (first !== undefined) this.#current = first
    this.#future = future
  }

  /** The salt to send with at that time of the server; 0 if none is known: then the server will tell. */
  at(serverTime: number): bigint {
    let started = 0
    while (started < this.#future.length && this.#future[started]!.validSince + SWITCH_AFTER <= serverTime) started++
    if (started > 0) {
      this.#current = this.#future[started - 1]!
      this.#future = this.#future.slice(started)
    }
    return this.#current.salt
  }

  /** The server told its salt of now. */
  take(salt: bigint, serverTime: number): void {
    if (salt === this.#current.salt) return
    const known = this.#future.findIndex((each) => each.salt === salt)
    this.#current = this.#future[known] ?? { salt, validSince: serverTime, validUntil: serverTime + LIFETIME }
    this.#future = this.#future.slice(known + 1)
  }

  /** The server refused ours and told its own: then those that were to follow are worth nothing either. */
  replace(salt: bigint, serverTime: number): void {
    this.#future = []
    this.take(salt, serverTime)
  }

  /** The server told its future salts; the first may be that of now. */
  learn(salts: readonly Salt[], serverTime: number): void {
    this.#future = inOrder(salts).filter(({ validUntil }) => validUntil > serverTime)
    this.at(serverTime)
  }

  /** Whether it is time to ask for more. */
  get few(): boolean {
    return this.#future.length < FEW_SALTS
  }

  /** What to keep for the next run. */
  list(): readonly Salt[] {
    return this.#current.validUntil === 0 ? this.#future : [this.#current, ...this.#future]
  }
}

function inOrder(salts: readonly Salt[]): readonly Salt[] {
  return salts
    .slice(0, SALTS_ASKED)
    .map(({ salt, validSince, validUntil }) => ({ salt, validSince, validUntil }))
    .sort((a, b) => a.validSince - b.validSince)
}
