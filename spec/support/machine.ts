import type { Env, FiredEvent } from '../../lib/core/machine.ts'
import { seededRandom, VIRTUAL_BEGIN } from './marbles.ts'

interface Named {
  readonly _: string
}

interface Stepper<Event, Effect> {
  readonly begin?: readonly Effect[] | undefined
  step(event: Event, env: Env): readonly Effect[]
}

/** An Env that a spec moves by hand. */
export interface FakeEnv extends Env {
  now: number
  elapsed: number
}

/** Clocks at 2026-01-01 and 0 ms, random bytes that are the same in each run. */
export function fakeEnv({
  now = VIRTUAL_BEGIN,
  elapsed = 0,
  seed = 1,
}: {
  now?: number
  elapsed?: number
  seed?: number
} = {}): FakeEnv {
  return { now, elapsed, random: seededRandom(seed) }
}

/** A machine under a fake env: timers are kept by hand, effects are returned. */
export interface Fold<Event, Effect> {
  readonly env: FakeEnv
  /** What the machine ordered before the first event. */
  readonly begin: readonly Effect[]
  /** The timers that are set: key to the elapsed time at which it comes due. */
  readonly timers: ReadonlyMap<string, number>
  /** One event. Returns its effects; timers are noted besides. */
  send(event: Event): readonly Effect[]
  /** Lets time pass, in both clocks, firing what comes due in order. Returns all effects of that. */
  advance(milliseconds: number): readonly Effect[]
  /** Fires everything that is due now. */
  settle(): readonly Effect[]
  /** A table: events in order, numbers are milliseconds that pass. Returns the effects of each row. */
  table(rows: readonly (Event | number)[]): readonly (readonly Effect[])[]
}

/**
 * Folds events through a machine.
 *
 * @example
 * const fold = foldMachine(createSession({ ... }))
 * expect(fold.send({ _: 'opened', ... })).to.deep.equal([{ _: 'view', ... }])
 */
export function foldMachine<Event extends Named, Effect extends Named>(
  create: (env: Env) => Stepper<Event, Effect>,
  env: FakeEnv = fakeEnv(),
): Fold<Event, Effect> {
  const timers = new Map<string, number>()
  const note = (effects: readonly Effect[]) => {
    for (const effect of effects) {
      const { _: kind, key, at } = effect as unknown as { _: string; key: string; at: number }
      if (kind === 'timer') timers.set(key, at)
      if (kind === 'untimer') timers.delete(key)
    }
    return effects
  }
  const machine = create(env)
  const begin = note(machine.begin ?? [])
  const send = (event: Event) => note(machine.step(event, env))
  const nextDue = (until: number) => {
    let found: [key: string, at: number] | undefined
    for (const timer of timers) if (timer[1] <= until && (found === undefined || timer[1] < found[1])) found = timer
    return found
  }
  const advance = (milliseconds: number) => {
    const until = env.elapsed + milliseconds
    const effects: Effect[] = []
    for (let due = nextDue(until); due !== undefined; due = nextDue(until)) {
      const [key, at] = due
      const passed = Math.max(0, at - env.elapsed)
      env.elapsed += passed
      env.now += passed
      timers.delete(key)
      effects.push(...send({ _: 'fired', key, late: 0 } satisfies FiredEvent as unknown as Event))
      if (effects.length > 100_000) throw new Error(`timer ${key} fires without end`)
    }
    env.now += until - env.elapsed
    env.elapsed = until
    return effects
  }
  return {
    env,
    begin,
    timers,
    send,
    advance,
    settle: () => advance(0),
    table: (rows) => rows.map((row) => (typeof row === 'number' ? advance(row) : send(row))),
  }
}
