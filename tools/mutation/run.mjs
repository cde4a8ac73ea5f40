/**
 * Mutation testing of lib/core/protocol: Stryker changes the code in hundreds of small ways, and each change must make a
 * spec of that folder fail. One file after the other, on a copy, so that the work tree is never touched.
 *
 *     npm run mutation                          every file
 *     npm run mutation -- frame.ts salts.ts     these files
 *     npm run mutation -- --group session       those of a group: codecs, handshake, session
 *     npm run mutation -- --survivors frame.ts  and each change that no spec noticed
 *
 * The last line has the score: the part of the changes that was noticed. It fails below 80 %.
 */
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const LEAST = 80
const FOLDER = 'lib/core/protocol'
const SPECS = 'spec/core/protocol'
const here = import.meta.dirname
const root = join(here, '..', '..')

/** Generated code is proven by the generator's specs. A file of types alone has nothing to change. */
const NOT_MUTATED = ['service.ts', 'service-compact.ts', 'session-events.ts', 'handshake-events.ts']

/** Needs ten times as long as all others together; what it would notice beside them makes the score only better. */
const isTooSlow = (spec) => spec.endsWith('-property.spec.ts')

/** A spec that reads the source finds it changed in all places at once. */
const NO_SOURCE_SPECS = '^(?!.*without having asked whether somebody watches)'

const isSession = (name) => name.startsWith('session')
const all = readdirSync(join(root, FOLDER)).filter((name) => name.endsWith('.ts') && !NOT_MUTATED.includes(name))
const groups = {
  codecs: all.filter((name) => !isSession(name) && name !== 'handshake.ts' && name !== 'hashed-data.ts'),
  handshake: ['handshake.ts', 'hashed-data.ts'],
  session: all.filter(isSession),
}

const args = process.argv.slice(2)
const showsSurvivors = args.includes('--survivors')
const group = args.indexOf('--group')
const named = args.filter((arg) => arg.endsWith('.ts'))
const files = named.length > 0 ? named : group >= 0 ? groups[args[group + 1]] : all
const unknown = files?.filter((name) => !all.includes(name)) ?? [args[group + 1]]
if (unknown.length > 0) {
  console.error(`expected files of ${FOLDER} or one of the groups ${Object.keys(groups).join(', ')}, got ${unknown}`)
  process.exit(2)
}

const copy = mkdtempSync(join(tmpdir(), 'rxgram-mutation-'))
let running
process.on('exit', () => {
  // With all that it started.
  if (running !== undefined) process.kill(-running.pid)
  rmSync(copy, { recursive: true, force: true })
})
for (const stop of ['SIGINT', 'SIGTERM']) process.on(stop, () => process.exit(1))

for (const path of ['lib', 'spec', 'schema', 'generator', 'package.json'])
  cpSync(join(root, path), join(copy, path), { recursive: true })
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))

/** The sessions' specs run a codec a thousand times to find what its own find at once. */
function specsOf(name) {
  return readdirSync(join(root, SPECS))
    .filter((spec) => spec.endsWith('.spec.ts') && !isTooSlow(spec) && isSession(spec) === isSession(name))
    .map((spec) => `${SPECS}/${spec}`)
}

/** What Stryker finds in one file. */
async function mutants(name) {
  const options = {
    // The copy is ours: nothing has to be copied once more.
    inPlace: true,
    concurrency: 1,
    mutate: [`${FOLDER}/${name}`],
    testRunner: 'mocha',
    testRunnerNodeArgs: ['--import', 'tsx', '--conditions=rxgram-source'],
    mochaOptions: { 'no-config': true, spec: specsOf(name), grep: NO_SOURCE_SPECS },
    coverageAnalysis: 'perTest',
    // Stryker would read the project's own with a TypeScript that it does not know.
    tsconfigFile: 'none.json',
    reporters: ['json'],
    jsonReporter: { fileName: 'mutation.json' },
    timeoutMS: 10_000,
    allowConsoleColors: false,
  }
  writeFileSync(join(copy, 'stryker.config.json'), JSON.stringify(options))
  const stryker = join(here, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js')
  let said = ''
  running = spawn(process.execPath, [stryker, 'run', 'stryker.config.json'], { cwd: copy, detached: true })
  for (const stream of [running.stdout, running.stderr])
    stream.on('data', (text) => {
      said += text
    })
  const code = await new Promise((resolve) => running.once('close', resolve))
  running = undefined
  if (code !== 0) throw new Error(`${name}: Stryker failed\n${said}`)
  return Object.values(JSON.parse(readFileSync(join(copy, 'mutation.json'), 'utf8')).files)[0]
}

const count = (found) => {
  const of = (...states) => found.filter(({ status }) => states.includes(status)).length
  return { noticed: of('Killed', 'Timeout'), missed: of('Survived', 'NoCoverage') }
}
const score = ({ noticed, missed }) => (noticed + missed === 0 ? 100 : (100 * noticed) / (noticed + missed))
const told = (name, { noticed, missed }) =>
  `${name.padEnd(24)} ${String(noticed).padStart(5)} noticed ${String(missed).padStart(4)} missed  ${score({ noticed, missed }).toFixed(1).padStart(5)} %`

function showSurvivors(found, source) {
  const lines = source.split('\n')
  for (const { status, location, mutatorName, replacement = '' } of found) {
    if (status !== 'Survived' && status !== 'NoCoverage') continue
    const { start, end } = location
    const was = lines[start.line - 1].slice(start.column - 1, end.line === start.line ? end.column - 1 : undefined)
    console.log(
      `    ${start.line}:${start.column} ${mutatorName}${status === 'NoCoverage' ? ', no spec comes here' : ''}`,
    )
    console.log(`        ${was.slice(0, 80)}  =>  ${replacement.replace(/\s+/g, ' ').slice(0, 80)}`)
  }
}

const total = { noticed: 0, missed: 0 }
for (const name of files) {
  const { mutants: found, source } = await mutants(name)
  const counts = count(found)
  total.noticed += counts.noticed
  total.missed += counts.missed
  console.log(told(name, counts))
  if (showsSurvivors) showSurvivors(found, source)
}
console.log(told('all', total))
console.log(`mutation score: ${score(total).toFixed(1)} %, at least ${LEAST} expected`)
process.exit(score(total) >= LEAST ? 0 : 1)
