import { execFileSync } from 'node:child_process'
import { base64 } from '../lib/core/crypto/wasm-module.ts'
import { median, type Row, rowsOf, shuffled } from './harness.ts'
import { progress } from './rounds.ts'

/** Where this runs: bench/out. */
const root = new URL('../..', import.meta.url)
const here = new URL('..', import.meta.url)

const PROCESSES = 15

/** What a fresh process imports, and from where: the built package, and the peers as installed. */
const imports = {
  rxjs: { cwd: root, specifier: 'rxjs' },
  rxgram: { cwd: root, specifier: 'rxgram' },
  mtcute: { cwd: here, specifier: '@mtcute/node' },
  gramjs: { cwd: here, specifier: 'telegram' },
} as const

/** What it takes to have the library, in processes of their own: those of a round, one of each, in an order drawn anew. */
export async function run(): Promise<readonly Row[]> {
  progress('load: building')
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  const times: Record<keyof typeof imports, number[]> = { rxjs: [], rxgram: [], mtcute: [], gramjs: [] }
  const module: number[] = []
  for (let round = 1; round <= PROCESSES; round++) {
    progress(`load: round ${round} of ${PROCESSES}`)
    for (const name of shuffled(Object.keys(imports) as (keyof typeof imports)[])) times[name].push(importTime(name))
    module.push(Number(execFileSync(process.execPath, ['bench/out/module-time.js'], { cwd: root, encoding: 'utf8' })))
  }
  progress('')
  const { rxjs, ...whole } = times
  const suite = 'load'
  return [
    ...rowsOf({ suite, name: 'import', unit: 'ms', notes: { rxgram: 'RxJS included' } }, whole),
    {
      suite,
      name: 'import, over that of RxJS',
      contender: 'rxgram',
      unit: 'ms',
      ratio: undefined,
      value: median(whole.rxgram) - median(rxjs),
    },
    { suite, name: 'import of RxJS alone', contender: 'rxgram', unit: 'ms', ratio: undefined, value: median(rxjs) },
    {
      suite,
      name: 'WebAssembly module, first use',
      contender: 'rxgram',
      unit: 'ms',
      ratio: undefined,
      value: median(module),
    },
    {
      suite,
      name: 'WebAssembly module, packed',
      contender: 'rxgram',
      unit: 'KB',
      ratio: undefined,
      value: Buffer.from(base64, 'base64').length / 1000,
    },
  ]
}

function importTime(name: keyof typeof imports): number {
  const { cwd, specifier } = imports[name]
  const code = `const start = performance.now(); await import('${specifier}'); console.log(performance.now() - start); process.exit()`
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', code], { cwd, encoding: 'utf8' }))
}
