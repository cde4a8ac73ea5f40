/** Makes a failing seed smaller: fewer faults, clients, callers and calls, as long as it fails by the same rule. */
import { drawPlan, type FaultKind, kindsOf, type Less } from './faults.ts'
import { type Outcome, run } from './run.ts'

/** So often it is tried. */
const MOST_TRIES = 80

export interface Minimal {
  readonly less: Less
  readonly outcome: Outcome
}

/** `play` runs the seed with less. */
export function minimise(seed: number, first: Outcome, play: typeof run = run): Minimal {
  const rule = first.violations[0]?.rule
  const plan = drawPlan(seed)
  let less: Less = { only: kindsOf(plan), clients: plan.clients, callers: plan.callers, calls: plan.calls }
  let outcome = first
  let tries = 0

  /** Whether it still fails, with that much less. */
  const fails = (smaller: Less): boolean => {
    if (tries++ >= MOST_TRIES) return false
    const played = play(seed, { less: smaller })
    if (!played.violations.some((violation) => violation.rule === rule)) return false
    less = smaller
    outcome = played
    return true
  }

  const fewerFaults = (): void => {
    for (let size = Math.ceil((less.only?.length ?? 0) / 2); size >= 1; size = Math.floor(size / 2)) {
      for (let at = 0; at < less.only!.length; ) {
        const only: readonly FaultKind[] = [...less.only!.slice(0, at), ...less.only!.slice(at + size)]
        if (!fails({ ...less, only })) at += size
      }
      if (size === 1) break
    }
  }
  const fewer = (name: 'clients' | 'callers' | 'calls'): void => {
    for (let step = Math.floor(less[name]! / 2); step >= 1; step = Math.floor(step / 2))
      while (less[name]! > step && fails({ ...less, [name]: less[name]! - step })) {}
  }

  fewerFaults()
  fewer('clients')
  fewer('calls')
  fewer('callers')
  fewerFaults()
  return { less, outcome }
}

/** The command that plays it. */
export function commandOf(seed: number, { only, clients, callers, calls }: Less = {}): string {
  const options = [
    only === undefined ? '' : ` --only ${only.length === 0 ? 'none' : only.join(',')}`,
    clients === undefined ? '' : ` --clients ${clients}`,
    callers === undefined ? '' : ` --callers ${callers}`,
    calls === undefined ? '' : ` --calls ${calls}`,
  ]
  return `npm run simulate -- --seed ${seed}${options.join('')} --trace`
}
