/**
 * Machines decide: a machine is a deterministic reducer that turns one event into orders. It reads neither clock
 * nor random source but those in `Env`, so the same events under the same env give the same effects.
 */

/** What a machine may know of the world. */
export interface Env {
  /** Wall clock: milliseconds since the Unix epoch. May jump, either way. For dates and message ids only. */
  readonly now: number
  /** Milliseconds of a clock that never jumps. For every deadline and round trip. */
  readonly elapsed: number
  /** `length` random bytes. */
  random(length: number): Uint8Array
}

/**
 * One step. **A machine consumes its state**: after the call only the returned state may be read, so a big machine
 * may mutate and return the same object. Effects are orders, and never hold a reference to the state.
 */
export type Machine<State, Event, Effect> = (
  state: State,
  event: Event,
  env: Env,
) => readonly [State, readonly Effect[]]

/** A machine with its state inside. */
export function stepping<State, Event, Effect>(
  machine: Machine<State, Event, Effect>,
  begin: State,
): { step(event: Event, env: Env): readonly Effect[] } {
  let state = begin
  return {
    step(event, env) {
      const [next, effects] = machine(state, event, env)
      state = next
      return effects
    },
  }
}

/** No effects. Shared, so that a quiet step allocates nothing. */
export const NONE: readonly never[] = []

/** Order: dispatch `{ _: 'fired', key, late }` once `elapsed` has reached `at`. A second timer of one key replaces the first. */
export interface TimerEffect {
  readonly _: 'timer'
  readonly key: string
  /** In milliseconds of `Env.elapsed`. */
  readonly at: number
}

/** Order: forget the timer of that key. */
export interface UntimerEffect {
  readonly _: 'untimer'
  readonly key: string
}

/** Fact: a timer came due. `late` is by how many milliseconds: far too late means that the machine slept. */
export interface FiredEvent {
  readonly _: 'fired'
  readonly key: string
  readonly late: number
}
