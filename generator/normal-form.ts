/**
 * The form in which schemas are kept: definitions alone, each on a line with its id in eight digits, constructors
 * sorted by type and methods by namespace, one group after the other. Every id is recomputed on the way.
 */
import { UsageError } from '../lib/core/errors.ts'
import { constructorId } from '../lib/core/schema/crc.ts'
import { buildModel } from '../lib/core/schema/model.ts'
import { namespaceOf } from '../lib/core/schema/names.ts'
import { type Declaration, parseSchema, schemaLayer } from '../lib/core/schema/parse.ts'
import { KNOWN_EXCEPTIONS } from './known-exceptions.ts'
import { byCode } from './print.ts'

/** What the language itself has without an id, and schemas only mention. */
const PRIMITIVES: ReadonlySet<string> = new Set(['int', 'long', 'double', 'string', 'bytes', 'int128', 'int256'])

/** Service definitions that hold anything: core/protocol reads them by hand, and a generated reader could not. */
const BY_HAND: ReadonlySet<string> = new Set(['message', 'msg_container', 'msg_copy', 'gzip_packed', 'rpc_result'])

export interface NormalForm {
  readonly text: string
  readonly layer: number | undefined
  readonly definitions: number
  /** The names of definitions that were left out because they are read by hand. */
  readonly byHand: readonly string[]
  /** The names of definitions whose id was computed, since the text had none. */
  readonly computed: readonly string[]
  /** Whether the text is a service schema, and not one of the API. */
  readonly isService: boolean
}

/**
 * The normal form of any TL text.
 *
 * @throws {UsageError} naming the line whose id disagrees with its text, or that does not make sense.
 */
export function normalForm(text: string, layer: number | undefined = schemaLayer(text)): NormalForm {
  const all = parseSchema(text).filter(({ name }) => !PRIMITIVES.has(name))
  const isService = all.some(({ name }) => name === 'resPQ')
  const kept = isService ? all.filter(({ name }) => !BY_HAND.has(name)) : all
  for (const declaration of kept) checkId(declaration)
  buildModel(kept, layer)
  const types = groups(kept, 'constructor', typeKey)
  const functions = groups(kept, 'method', ({ name }) => namespaceOf(name))
  return {
    text: [
      layer === undefined ? '' : `// LAYER ${layer}\n\n`,
      `---types---\n\n${types}`,
      `\n---functions---\n\n${functions}`,
    ].join(''),
    layer,
    definitions: kept.length,
    byHand: all.filter((declaration) => !kept.includes(declaration)).map(({ name }) => name),
    computed: kept.filter(({ id }) => id === undefined).map(({ name }) => name),
    isService,
  }
}

function checkId(declaration: Declaration): void {
  const { id, name, line } = declaration
  const computed = constructorId(declaration)
  if (id === undefined || id === computed || KNOWN_EXCEPTIONS.has(`${name}#${hex(id)}`)) return
  throw new UsageError(`line ${line}: ${name} has the id #${hex(id)}, but its text gives #${hex(computed)}`)
}

/** Types without a namespace come first, since the space sorts before every letter. */
function typeKey({ result }: Declaration): string {
  const name = result._ === 'boxed' ? result.name : ''
  return `${namespaceOf(name)} ${name}`
}

function groups(
  all: readonly Declaration[],
  kind: Declaration['kind'],
  key: (declaration: Declaration) => string,
): string {
  const byKey = new Map<string, Declaration[]>()
  for (const declaration of all.filter((one) => one.kind === kind)) {
    const group = byKey.get(key(declaration))
    if (group === undefined) byKey.set(key(declaration), [declaration])
    else group.push(declaration)
  }
  const sorted = [...byKey].sort(([a], [b]) => byCode(a, b))
  return sorted
    .map(([, group]) =>
      group
        .sort((a, b) => byCode(a.name, b.name))
        .map(line)
        .join(''),
    )
    .join('\n')
}

function line(declaration: Declaration): string {
  const { name, text, id } = declaration
  return `${name}#${hex(id ?? constructorId(declaration))}${text.slice(name.length)};\n`
}

function hex(id: number): string {
  return id.toString(16).padStart(8, '0')
}
