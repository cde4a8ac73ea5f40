import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'

/** One source file of the project, as the structural specs see it. */
export interface Source {
  /** From the project's root, with slashes: `lib/core/errors.ts`. */
  readonly path: string
  readonly text: string
  /** The text with comments and the contents of strings blanked out, so that a word in prose is no finding. */
  readonly code: string
  readonly imports: readonly Import[]
}

export interface Import {
  /** As written: `../errors.ts`, `rxjs`, `#crypto`. */
  readonly specifier: string
  /** For relative ones, and for `#names`, the file it leads to; else undefined. */
  readonly target: string | undefined
  readonly typeOnly: boolean
}

const root: string = join(import.meta.dirname, '..', '..')

/** Where package.json's `imports` lead, portable side first. */
const platformModules: Readonly<Record<string, string>> = {
  '#crypto': 'lib/core/crypto/platform.ts',
  '#service': 'lib/core/protocol/service.ts',
  '#gzip': 'lib/core/tl/gzip.ts',
  '#text': 'lib/core/tl/text.ts',
  '#unfilled': 'lib/core/unfilled.ts',
  '#websocket': 'lib/runtime/transport/websocket-platform.ts',
}

/** Every TypeScript file below `folder`, sorted by path. */
export function readSources(folder: string): readonly Source[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort()
    .map(readSource)
}

function readSource(path: string): Source {
  const text = readFileSync(join(root, path), 'utf8')
  return { path, text, code: blank(text), imports: readImports(path, text) }
}

/** Replaces comments and string contents by spaces; line breaks stay, so that line numbers do. */
function blank(text: string): string {
  const pattern = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|\$\{[^}]*\}|[^`\\])*`/g
  return text.replace(pattern, (found) => found.replace(/[^\n]/g, ' '))
}

function readImports(path: string, text: string): readonly Import[] {
  const pattern = /^(?:import|export)\s+(type\s+)?([^'";]*?from\s+)?'([^']+)'/gm
  return [...text.matchAll(pattern)].map(([, typeOnly, , specifier]) => ({
    specifier: specifier!,
    typeOnly: typeOnly !== undefined,
    target: targetOf(path, specifier!),
  }))
}

function targetOf(path: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return normalize(join(dirname(path), specifier)).replaceAll('\\', '/')
  if (specifier.startsWith('#api/')) return `lib/${specifier.slice(1)}.ts`
  return platformModules[specifier]
}

/** What a file's text says of one of its functions. */
export interface ExportedFunction {
  readonly name: string
  /** The comment right above it, or nothing. */
  readonly doc: string
  /** The return type, to the end of its line. */
  readonly result: string
}

/** The exported functions of a file, with their signatures read by bracket depth. */
export function exportedFunctions(text: string): readonly ExportedFunction[] {
  return [...text.matchAll(/(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*)?^export function (\w+)/gm)].map((found) => {
    const end = closing(text, text.indexOf('(', parameters(text, found.index + found[0].length)))
    return { name: found[2]!, doc: found[1] ?? '', result: /^:\s*([^\n]*)/.exec(text.slice(end + 1))?.[1] ?? '' }
  })
}

/** Where the parameters begin: behind the type parameters, if there are any. */
function parameters(text: string, at: number): number {
  return text[at] === '<' ? closing(text, at) : at
}

/** Where the bracket that opens at `at` closes. An arrow's `>` closes nothing. */
function closing(text: string, at: number): number {
  const open = text[at]!
  const close = { '(': ')', '<': '>' }[open]
  let depth = 0
  for (let i = at; i < text.length; i++) {
    if (text[i] === open) depth++
    else if (text[i] === close && text[i - 1] !== '=' && --depth === 0) return i
  }
  throw new Error(`expected ${open} to be closed`)
}
