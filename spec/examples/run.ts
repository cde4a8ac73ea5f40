import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { removeFolder } from '../support/remove-folder.ts'

/** A running example. */
export interface Running {
  readonly process: ChildProcess
  /** Everything that it has printed, to either side. */
  text(): string
  /** Resolves when the text matches. */
  says(pattern: RegExp): Promise<void>
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>
}

const root = join(import.meta.dirname, '..', '..')

/** Examples run in folders from which `tsx` would not be found by its name. */
const loader = pathToFileURL(createRequire(join(root, 'package.json')).resolve('tsx')).href

/** Those that run: a spec that fails leaves none behind. */
const children = new Set<ChildProcess>()

/** A folder of its own for one spec, as the working directory of its examples. */
export function inFolder(test: (folder: string) => Promise<void>): () => Promise<void> {
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rxgram-examples-'))
    try {
      await test(folder)
    } finally {
      for (const child of children) child.kill('SIGKILL')
      await removeFolder(folder)
    }
  }
}

/** Starts an example as users do. `input` goes through a pipe, which then ends, unless it `staysOpen`. */
export function start(
  name: string,
  {
    folder,
    args = [],
    input = '',
    staysOpen = false,
    env = {},
  }: { folder: string; args?: readonly string[]; input?: string; staysOpen?: boolean; env?: NodeJS.ProcessEnv },
): Running {
  const { API_ID: _id, API_HASH: _hash, BOT_TOKEN: _token, ...rest } = process.env
  const example = join(root, 'examples', `${name}.ts`)
  const child = spawn(process.execPath, ['--conditions=rxgram-source', '--import', loader, example, ...args], {
    cwd: folder,
    env: { ...rest, ...env },
  })
  children.add(child)
  child.once('close', () => children.delete(child))
  let text = ''
  const waiting = new Set<() => void>()
  const heard = (chunk: unknown) => {
    text += String(chunk)
    for (const look of waiting) look()
  }
  child.stdout.on('data', heard)
  child.stderr.on('data', heard)
  child.stdin.write(input)
  if (!staysOpen) child.stdin.end()
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return {
    process: child,
    text: () => text,
    ended,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!pattern.test(text)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
        child.once('close', () => reject(new Error(`${name} ended without saying ${pattern}, but: ${text}`)))
      }),
  }
}

/** Runs an example to its end. */
export async function run(
  name: string,
  options: Parameters<typeof start>[1],
): Promise<{ readonly code: number | null; readonly text: string }> {
  const running = start(name, options)
  return { code: await running.ended, text: running.text() }
}
