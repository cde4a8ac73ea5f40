/**
 * The generator's command line, and its only IO: `npm run generate [-- --check | --schema FILE --out DIR]`.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { TelegramError } from '../lib/core/errors.ts'
import { type Generated, generateApi, generateService } from './generate.ts'
import { BANNER } from './print.ts'
import { generateModule } from './wasm/module.ts'

const HELP = `Writes the generated part of the library.

  npm run generate                                 lib/api, lib/api/compact and lib/core/protocol/service*.ts, from
                                                   schema/, and lib/core/crypto/wasm-module.ts, from generator/wasm/
  npm run generate -- --check                      writes nothing; fails if they are not what these give
  npm run generate -- --schema FILE --out DIR      the API of any schema in normal form, into that folder
`

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
const API = 'lib/api'
const COMPACT = `${API}/compact`
const SERVICE = 'lib/core/protocol/service.ts'
const SERVICE_COMPACT = 'lib/core/protocol/service-compact.ts'
const MODULE = 'lib/core/crypto/wasm-module.ts'

interface Options {
  readonly check: boolean
  readonly schema: string | undefined
  readonly out: string | undefined
}

/** Exit code: 0, 1 if `--check` finds a difference, 2 for bad arguments or a bad schema. */
export async function main(
  args: readonly string[],
  print: (line: string) => void,
  complain: (line: string) => void,
): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    print(HELP)
    return 0
  }
  try {
    const options = parseArguments(args)
    if (typeof options === 'string') {
      complain(`${options}\n\n${HELP}`)
      return 2
    }
    return await run(options, print, complain)
  } catch (error) {
    if (!(error instanceof TelegramError) && (error as { code?: string }).code === undefined) throw error
    complain((error as Error).message)
    return 2
  }
}

function parseArguments(args: readonly string[]): Options | string {
  const values = new Map<string, string>()
  let check = false
  for (let i = 0; i < args.length; i++) {
    const name = args[i]!
    const value = args[i + 1]
    if (name === '--check') {
      check = true
    } else if ((name === '--schema' || name === '--out') && value !== undefined) {
      values.set(name, value)
      i++
    } else {
      return `expected --check, --schema FILE or --out DIR, got ${name}`
    }
  }
  const schema = values.get('--schema')
  const out = values.get('--out')
  if ((schema === undefined) !== (out === undefined)) return 'expected --schema FILE and --out DIR together'
  if (check && schema !== undefined) return 'expected --check alone'
  return { check, schema, out }
}

async function run(options: Options, print: (line: string) => void, complain: (line: string) => void): Promise<number> {
  const errors = read('schema/errors.tsv')
  const schema = options.schema === undefined ? read('schema/api.tl') : readFileSync(options.schema, 'utf8')
  const generated = generateApi(schema, errors, corePath(options.out))
  const { files, compact } = generated
  if (options.out !== undefined) {
    writeFolder(options.out, files)
    print(counts(generated))
    return 0
  }
  const wanted = new Map([...files, ...compact].map(([name, text]) => [`${API}/${name}`, text]))
  const service = generateService(read('schema/mtproto.tl'))
  wanted.set(SERVICE, service.direct)
  wanted.set(SERVICE_COMPACT, service.compact)
  wanted.set(MODULE, await generateModule())
  if (!options.check) {
    writeFolder(join(ROOT, API), files)
    writeFolder(join(ROOT, COMPACT), new Map([...compact].map(([name, text]) => [basename(name), text])))
    for (const name of [SERVICE, SERVICE_COMPACT, MODULE]) writeFileSync(join(ROOT, name), wanted.get(name)!)
    print(counts(generated))
    return 0
  }
  const stale = differences(wanted)
  for (const line of stale) complain(line)
  if (stale.length > 0) complain('run `npm run generate` and look at what changed')
  else print(`up to date: ${counts(generated)}`)
  return stale.length > 0 ? 1 : 0
}

/** For people: what the schema has. */
function counts({ model, definitions, files }: Generated): string {
  const { constructors, methods, types, layer } = model
  const parts = `${constructors.length} constructors of ${types.size} types, ${methods.length} methods`
  return `layer ${layer}: ${definitions} definitions (${parts}), ${files.size} files`
}

/** How generated files reach lib/core. */
function corePath(out: string | undefined): string {
  const path = relative(resolve(out ?? join(ROOT, API)), join(ROOT, 'lib/core')).replaceAll('\\', '/')
  return path.startsWith('.') ? path : `./${path}`
}

/** A generated file that is not generated any more goes; others in the folder are not touched. */
function writeFolder(folder: string, files: ReadonlyMap<string, string>): void {
  mkdirSync(folder, { recursive: true })
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.ts') && !files.has(name) && readFileSync(join(folder, name), 'utf8').startsWith(BANNER)) {
      rmSync(join(folder, name))
    }
  }
  for (const [name, text] of files) writeFileSync(join(folder, name), text)
}

function differences(wanted: ReadonlyMap<string, string>): string[] {
  const found = [API, COMPACT].flatMap((folder) =>
    readdirSync(join(ROOT, folder)).flatMap((name) => (name.endsWith('.ts') ? [`${folder}/${name}`] : [])),
  )
  const extra = found.filter((name) => !wanted.has(name)).map((name) => `${name} is not generated`)
  const stale = [...wanted].flatMap(([name, text]) => (text === readOptional(name) ? [] : [`${name} is stale`]))
  return [...extra, ...stale]
}

function read(name: string): string {
  return readFileSync(join(ROOT, name), 'utf8')
}

function readOptional(name: string): string | undefined {
  try {
    return read(name)
  } catch {
    return undefined
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = await main(
    process.argv.slice(2),
    (line) => process.stdout.write(`${line}\n`),
    (line) => process.stderr.write(`${line}\n`),
  )
}
