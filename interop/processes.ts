import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** What the local DC says of itself when it is ready. */
export interface Ready {
  readonly dcs: readonly { readonly id: number; readonly host: string; readonly port: number }[]
  readonly publicKeyPem: string
  readonly apiId: number
  readonly apiHash: string
  readonly users: readonly { readonly phone: string }[]
  readonly bots: readonly { readonly username: string; readonly token: string }[]
}

const root = fileURLToPath(new URL('..', import.meta.url))

/** Starts one of the project's own programs in that folder, as `npm run` would; it does not outlive this process. */
export function startProgram(script: string, args: readonly string[], cwd: string = root): ChildProcess {
  const loader = ['--conditions=rxgram-source', '--import', import.meta.resolve('tsx')]
  const child = spawn(process.execPath, [...loader, join(root, script), ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  process.once('exit', () => child.kill('SIGKILL'))
  return child
}

/** The first line of a program's output that `wanted` accepts. The output goes on being read, so that it never blocks. */
export async function lineOf(child: ChildProcess, wanted: (line: string) => boolean): Promise<string> {
  const lines = createInterface({ input: child.stdout! })
  return new Promise((resolve, reject) => {
    lines.on('line', (line) => wanted(line) && resolve(line))
    lines.once('close', () => reject(new Error(`${child.spawnargs.join(' ')} ended before it was ready`)))
  })
}

/** Counts, from now on, the lines of a program's output that match. */
export function countLines(child: ChildProcess, pattern: RegExp): () => number {
  let count = 0
  createInterface({ input: child.stdout! }).on('line', (line) => pattern.test(line) && count++)
  return () => count
}

/** Ends a program and waits until it is gone. */
export async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  child.kill('SIGTERM')
  return ended
}
