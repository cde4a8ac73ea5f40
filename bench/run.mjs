// Builds what is measured as an application would have it, plain JavaScript without a loader's additions, and runs it.
import { execFileSync, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const loader = ['--conditions=rxgram-source', '--import', 'tsx']

// The peer speaks layer 227, so our code for that layer is generated and measured: the bytes must be equal.
execFileSync(
  process.execPath,
  [...loader, 'generator/main.ts', '--schema', 'spec/vectors/schema-227.tl', '--out', 'bench/layer-227'],
  { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
)
rmSync(new URL('out', import.meta.url), { recursive: true, force: true })
await build({
  entryPoints: ['main', 'dc', 'contender', 'make-page', 'module-time'].map((name) => `bench/${name}.ts`),
  entryNames: '[name]',
  outdir: 'bench/out',
  absWorkingDir: root,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  conditions: ['rxgram-source'],
  logLevel: 'warning',
})
execFileSync(process.execPath, ['bench/out/make-page.js', 'bench/out/page.bin'], { cwd: root })

const child = spawn(process.execPath, ['bench/out/main.js', ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' })
// What a terminal sends goes to both; this passes on what is sent to this process alone.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.once('exit', (code) => {
  process.exitCode = code ?? 1
})
