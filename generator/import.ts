/** The importer's command line: `npm run schema:import -- FILE`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { TelegramError } from '../lib/core/errors.ts'
import { type NormalForm, normalForm } from './normal-form.ts'

const HELP = `Brings a schema into the project, in its normal form.

  npm run schema:import -- FILE [--layer N] [--to FILE]

FILE is any TL text. Every id is recomputed: one that is missing is filled in, and one that
disagrees is refused with its line, unless it is a known exception.

  --layer N   the layer, if the text does not say '// LAYER N'
  --to FILE   where to write; otherwise schema/mtproto.tl for a text with resPQ in it, and
              schema/api.tl for one that has a layer

Then run 'npm run generate'.
`

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')

interface Options {
  readonly file: string
  readonly layer: number | undefined
  readonly to: string | undefined
}

/** Exit code: 0, or 2 for bad arguments or a bad schema. */
export function main(args: readonly string[], print: (line: string) => void, complain: (line: string) => void): number {
  if (args.includes('--help') || args.includes('-h')) {
    print(HELP)
    return 0
  }
  const options = parseArguments(args)
  if (typeof options === 'string') {
    complain(`${options}\n\n${HELP}`)
    return 2
  }
  try {
    const form = normalForm(readFileSync(options.file, 'utf8'), options.layer)
    const target = options.to ?? defaultTarget(form)
    if (target === undefined) {
      complain(`${options.file}: expected a layer: a line such as '// LAYER 229', or --layer N`)
      return 2
    }
    writeFileSync(target, form.text)
    report(form, target, print)
    return 0
  } catch (error) {
    if (!(error instanceof TelegramError) && (error as { code?: string }).code === undefined) throw error
    complain(`${options.file}: ${(error as Error).message}`)
    return 2
  }
}

function parseArguments(args: readonly string[]): Options | string {
  let file: string | undefined
  let layer: number | undefined
  let to: string | undefined
  for (let i = 0; i < args.length; i++) {
    const argument = args[i]!
    const value = args[i + 1]
    if (argument === '--layer') {
      if (value === undefined || !/^\d{1,4}$/.test(value)) return `expected a number after --layer, got ${value}`
      layer = Number(value)
      i++
    } else if (argument === '--to') {
      if (value === undefined) return 'expected a file after --to'
      to = value
      i++
    } else if (argument.startsWith('-') || file !== undefined) {
      return `expected one FILE, --layer N and --to FILE, got ${argument}`
    } else {
      file = argument
    }
  }
  return file === undefined ? 'expected a FILE' : { file, layer, to }
}

function defaultTarget(form: NormalForm): string | undefined {
  if (form.isService) return join(ROOT, 'schema/mtproto.tl')
  return form.layer === undefined ? undefined : join(ROOT, 'schema/api.tl')
}

function report(form: NormalForm, target: string, print: (line: string) => void): void {
  const layer = form.layer === undefined ? '' : `layer ${form.layer}, `
  print(`${target}: ${layer}${form.definitions} definitions`)
  if (form.computed.length > 0) print(`ids computed: ${form.computed.join(', ')}`)
  if (form.byHand.length > 0) print(`left out, since they are read by hand: ${form.byHand.join(', ')}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = main(
    process.argv.slice(2),
    (line) => process.stdout.write(`${line}\n`),
    (line) => process.stderr.write(`${line}\n`),
  )
}
