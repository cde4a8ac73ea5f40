/** What the suites ask of a contender, each in a process of its own. */
import type { LocalDcReady } from './dc.ts'

/** A library, loaded and ready; loading it is in no figure but that of the suite `load`. */
export interface Peer {
  /** An account's storage, empty: the clients that are opened on it one after the other share its key. */
  account(): Account
}

export interface Account {
  /**
   * Makes a client as its documentation says, and waits for its first answer, help.getConfig. `updates` false: by the
   * library's own option against them, if it has one.
   */
  open(options: { readonly updates: boolean }): Promise<Opened>
}

export interface Opened {
  /** help.getNearestDc, in the library's own way: `done` when the answer is there. */
  call(done: (answer: NearestDc) => void, failed: (error: unknown) => void): void
  close(): Promise<void>
}

export interface NearestDc {
  readonly country: string
  readonly thisDc: number
  readonly nearestDc: number
}

/** Loads a contender. */
export type Load = (dc: LocalDcReady) => Promise<Peer>
