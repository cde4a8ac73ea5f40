import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { median, type Row } from './harness.ts'

const ROUNDS = 9
/** Where this runs: bench/out. */
const root = new URL('../..', import.meta.url)

/**
 * From the call that connects to the first answer (help.getConfig) with no key stored, each time in a process of its
 * own, against one local DC in another. Importing the library is not in the figure.
 */
export async function run(): Promise<readonly Row[]> {
  const dc = spawn(
    process.execPath,
    ['bench/out/main.node.js', 'dc', '--json', '--layer-schema', 'spec/vectors/schema-227.tl'],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  try {
    const ready = await firstLine(dc)
    const contenders = ['rxgram', 'mtcute'] as const
    const times = { rxgram: [] as number[], mtcute: [] as number[] }
    for (let round = 0; round < ROUNDS; round++)
      for (const contender of round % 2 === 0 ? contenders : contenders.toReversed())
        times[contender].push(
          Number(
            execFileSync(process.execPath, ['bench/out/first-answer.js', contender, ready], {
              cwd: root,
              encoding: 'utf8',
            }),
          ),
        )
    return contenders.map((contender) => ({
      suite: 'connect',
      name: 'fresh key to first answer',
      contender,
      unit: 'ms' as const,
      value: median(times[contender]),
      ratio: median(times.mtcute) / median(times[contender]),
    }))
  } finally {
    dc.kill()
  }
}

async function firstLine(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) return line
  throw new Error('the local DC ended before it was ready')
}
