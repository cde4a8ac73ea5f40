import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'

/** A process that holds a file when told to. */
export interface Holder {
  readonly pid: number
  /** Tells it to do something, and resolves with the line that it answers. */
  tell(what: 'open' | 'close'): Promise<string>
  kill(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGTERM'): Promise<void>
  stop(): void
}

/** Starts one, and waits until it is ready. */
export async function holder(path: string, place?: 'kernel'): Promise<Holder> {
  const script = fileURLToPath(new URL('./holder.ts', import.meta.url))
  const options = ['--conditions=rxgram-source', '--import', 'tsx']
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(
    process.execPath,
    [...options, script, path, ...(place === undefined ? [] : [place])],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  const lines = createInterface({ input: child.stdout })
  const waiting: ((line: string) => void)[] = []
  lines.on('line', (line) => waiting.shift()?.(line))
  const nextLine = () => new Promise<string>((resolve) => waiting.push(resolve))
  const ready = await nextLine()
  return {
    pid: Number(ready.replace('ready ', '')),
    tell(what) {
      const answer = nextLine()
      child.stdin.write(`${what}\n`)
      return answer
    },
    async kill(signal) {
      const exited = once(child, 'exit')
      child.kill(signal)
      await exited
    },
    stop: () => child.kill('SIGSTOP'),
  }
}
