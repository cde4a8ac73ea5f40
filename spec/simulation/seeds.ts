/** Runs many seeds on every core. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type Outcome, run } from './run.ts'

export interface SeedsOptions {
  readonly from: number
  readonly count: number
  readonly workers: number
  /** Told of each seed, in any order. */
  readonly done: (outcome: Outcome) => void
  readonly stopped: () => boolean
}

/** Seeds that a process is given at once. */
const BATCH = 5

/** Ends when all are done, or it is stopped. */
export async function runSeeds(options: SeedsOptions): Promise<void> {
  if (options.workers <= 1) await runHere(options)
  else await runApart(options)
}

async function runHere({ from, count, done, stopped }: SeedsOptions): Promise<void> {
  for (let at = 0; at < count && !stopped(); at++) {
    done(run(from + at))
    // Whoever wants to stop must be heard.
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function runApart({ from, count, workers, done, stopped }: SeedsOptions): Promise<void> {
  let next = from
  const end = from + count
  const children = new Set<ChildProcess>()
  return new Promise((resolve, reject) => {
    const leave = (child: ChildProcess): void => {
      children.delete(child)
      child.kill()
      if (children.size === 0) resolve()
    }
    const feed = (child: ChildProcess): void => {
      if (stopped() || next >= end) {
        leave(child)
        return
      }
      const many = Math.min(BATCH, end - next)
      child.send({ from: next, count: many })
      next += many
    }
    for (let at = 0; at < workers; at++) {
      const child = fork(fileURLToPath(new URL('worker.ts', import.meta.url)), { serialization: 'advanced' })
      children.add(child)
      child.on('message', (outcomes: readonly Outcome[]) => {
        for (const outcome of outcomes) done(outcome)
        feed(child)
      })
      child.on('exit', (code, signal) => {
        if (!children.has(child)) return
        for (const each of children) each.kill()
        reject(new Error(`a worker ended with ${signal ?? code}`))
      })
      feed(child)
    }
  })
}
