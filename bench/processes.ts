/** The processes of the suites `connect` and `rpc`. Each ends with this one, however that ends. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Orders } from './contender.ts'
import type { LocalDcReady } from './dc.ts'
import type { Contender } from './harness.ts'

/** The local DC, running. */
export interface LocalDcProcess {
  readonly ready: LocalDcReady
  /** CPU time that it has used so far, in microseconds. */
  cpu(): Promise<number>
  end(): void
}

export interface ContenderProcess {
  readonly name: Contender
  tell<Order extends keyof Orders>(order: Order, ...args: Parameters<Orders[Order]>): ReturnType<Orders[Order]>
  end(): void
}

export async function startDc(): Promise<LocalDcProcess> {
  const child = started('dc.js')
  const { ready } = await answerOf<{ readonly ready: LocalDcReady }>(child)
  return {
    ready,
    async cpu() {
      const answer = answerOf<{ readonly cpu: number }>(child)
      child.send('cpu')
      return (await answer).cpu
    },
    end: () => void child.kill('SIGKILL'),
  }
}

/** Starts a contender, which loads its library. */
export async function startContender(name: Contender, dc: LocalDcReady): Promise<ContenderProcess> {
  const child = started('contender.js')
  const tell = async (order: string, ...args: readonly unknown[]): Promise<unknown> => {
    const answer = answerOf<{ readonly result?: unknown; readonly error?: string }>(child)
    child.send({ order, args })
    const { result, error } = await answer
    if (error !== undefined) throw new Error(`${name}, ${order}: ${error}`)
    return result
  }
  await tell('load', name, dc)
  return { name, tell: tell as ContenderProcess['tell'], end: () => void child.kill('SIGKILL') }
}

/** What is measured in one short run of a contender has this long, whatever becomes of it. */
const PATIENCE = 120_000

function started(file: string): ChildProcess {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [], { execArgv: ['--expose-gc'] })
  // It does not keep this process, and ends with it.
  child.unref()
  child.channel?.unref()
  const kill = () => void child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  return child
}

function answerOf<Answer>(child: ChildProcess): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      clearTimeout(timer)
      child.off('message', heard)
      child.off('exit', ended)
    }
    const heard = (message: unknown): void => {
      finish()
      resolve(message as Answer)
    }
    const ended = (code: number | null, signal: string | null): void => {
      finish()
      reject(new Error(`expected an answer of ${child.spawnargs.at(-1)}, it ended with ${code ?? signal}`))
    }
    const timer = setTimeout(() => {
      finish()
      child.kill('SIGKILL')
      reject(new Error(`expected an answer of ${child.spawnargs.at(-1)} within ${PATIENCE / 1000} s`))
    }, PATIENCE)
    child.on('message', heard)
    child.on('exit', ended)
  })
}
