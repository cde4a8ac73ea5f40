/** The sessions of all keys, by name. Those that nobody is connected to stay, so that a client may come back. */
import { type KeyRecord, sessionName } from './keys.ts'
import { ServerSession, type SessionFaults } from './session/server-session.ts'

export interface LiveSession {
  readonly name: string
  readonly id: bigint
  readonly record: KeyRecord
  readonly session: ServerSession
}

/** Sessions that are kept; those that were not used for the longest time, and have no connection, are forgotten first. */
export const MAX_SESSIONS = 4096

export class Sessions {
  /** The one that was used last is last. */
  readonly #all = new Map<string, LiveSession>()

  readonly #faults: ((name: string) => SessionFaults) | undefined

  /** `faults`: what a spec may change in the session of that name. */
  constructor(faults?: (name: string) => SessionFaults) {
    this.#faults = faults
  }

  get(name: string): LiveSession | undefined {
    return this.#all.get(name)
  }

  /** The session of that key, made if there is none. */
  open(record: KeyRecord, id: bigint): LiveSession {
    const name = sessionName(record, id)
    const live = this.#all.get(name) ?? { name, id, record, session: this.#made(record, name) }
    this.#all.delete(name)
    this.#all.set(name, live)
    return live
  }

  #made({ salts }: KeyRecord, name: string): ServerSession {
    return new ServerSession(salts, this.#faults?.(name))
  }

  all(): readonly LiveSession[] {
    return [...this.#all.values()]
  }

  delete({ name }: LiveSession): void {
    this.#all.delete(name)
  }

  ofKey(record: KeyRecord): readonly LiveSession[] {
    return [...this.#all.values()].filter((live) => live.record === record)
  }

  /** One that must go because there are too many; undefined when there are not. */
  excess(except: LiveSession): LiveSession | undefined {
    if (this.#all.size <= MAX_SESSIONS) return undefined
    const others = [...this.#all.values()].filter((live) => live !== except)
    return others.find(({ session }) => !session.isConnected) ?? others[0]
  }
}
