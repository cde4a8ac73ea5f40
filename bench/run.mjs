// Builds what is measured as an application would have it, plain JavaScript without a loader's additions, and runs it.
import { execFileSync, spawnSync } from 'node:child_process'
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
await build({
  entryPoints: ['bench/main.ts', 'bench/first-answer.ts', 'bench/make-page.ts', 'lib/cli/main.node.ts'],
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
const { status } = spawnSync(process.execPath, ['bench/out/main.js', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
})
process.exitCode = status ?? 1
