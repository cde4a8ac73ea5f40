/** What many seeds came to. */
import { FAULT_KINDS, FAULTS } from './faults.ts'
import { Reached, STATES } from './reached.ts'
import type { Outcome } from './run.ts'

/** With so many seeds every state must be reached; with fewer, chance may miss one. */
export const ENOUGH = 2_000

export class Summary {
  readonly failed: Outcome[] = []
  readonly #faults = new Map<string, number>()
  readonly #reached = new Map<string, number>()
  #seeds = 0
  #calls = 0

  get seeds(): number {
    return this.#seeds
  }

  add(outcome: Outcome): void {
    this.#seeds++
    this.#calls += outcome.calls
    for (const [kind, times] of Object.entries(outcome.faults)) count(this.#faults, kind, times)
    for (const [state, times] of Object.entries(outcome.reached)) count(this.#reached, state, times)
    if (outcome.violations.length > 0) this.failed.push(outcome)
  }

  /** States that should have been reached by so many seeds. */
  get missing(): readonly string[] {
    return this.#seeds < ENOUGH ? [] : Reached.missing(this.#reached)
  }

  /** Faults that should have happened. */
  get unseen(): readonly string[] {
    return this.#seeds < ENOUGH ? [] : FAULT_KINDS.filter((kind) => (this.#faults.get(kind) ?? 0) === 0)
  }

  get isGood(): boolean {
    return this.failed.length === 0 && this.missing.length === 0 && this.unseen.length === 0
  }

  /** For people. */
  lines(): readonly string[] {
    const faults = FAULT_KINDS.map((kind) => line(this.#faults.get(kind) ?? 0, FAULTS[kind]))
    const states = [...new Set([...STATES, ...this.#reached.keys()])].map((state) =>
      line(this.#reached.get(state) ?? 0, state),
    )
    const missing = [
      ...this.missing.map((state) => `never reached: ${state}`),
      ...this.unseen.map((kind) => `never happened: ${FAULTS[kind as keyof typeof FAULTS]}`),
    ]
    return ['faults', ...faults, 'states', ...states, ...missing]
  }

  /** The last line. */
  total(suite: string): string {
    const faults = [...this.#faults.values()].reduce((sum, times) => sum + times, 0)
    const failures = this.failed.length + this.missing.length + this.unseen.length
    return `${suite}: ${this.#seeds} seeds, ${this.#calls} calls, ${faults} faults, ${failures} failures`
  }
}

function line(times: number, what: string): string {
  return `${String(times).padStart(10)}  ${what}`
}

function count(counts: Map<string, number>, what: string, times: number): void {
  counts.set(what, (counts.get(what) ?? 0) + times)
}
