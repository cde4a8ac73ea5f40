import { type ChildProcess, spawn } from 'node:child_process'
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

/** Starts one of the project's own programs, as `npm run` would, and stops with it. */
export function startProgram(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcess {
  const child = spawn(process.execPath, ['--conditions=rxgram-source', '--import', 'tsx', script, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
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

/** Ends a program and waits until it is gone. */
export async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  child.kill('SIGTERM')
  return ended
}
