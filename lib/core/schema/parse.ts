/**
 * TL text to declarations: https://core.telegram.org/mtproto/TL-formal, as far as the published schemas use it.
 * What they do not use (`New`, `Final`, arithmetic, anonymous fields) is refused, and the line is named.
 */
import { UsageError } from '../errors.ts'

/** What has no id of its own on the wire, or one that the language itself knows. */
export type PrimitiveName = 'int' | 'long' | 'double' | 'string' | 'bytes' | 'int128' | 'int256' | 'Bool' | 'true' | '#'

/** A type as it stands in a field or as a result. */
export type TypeRef =
  | { readonly _: 'primitive'; readonly name: PrimitiveName }
  /** Any constructor of the type, its id first. */
  | { readonly _: 'boxed'; readonly name: string }
  /** One constructor, without its id. `name` is the constructor's, or after `%` the type's until the model resolves it. */
  | { readonly _: 'bare'; readonly name: string }
  | { readonly _: 'vector'; readonly bare: boolean; readonly item: TypeRef }
  /** `!X`, a call whose result type is `X`; or `X` as a result. */
  | { readonly _: 'generic'; readonly name: string }

export interface RawField {
  readonly name: string
  /** The field is there if that bit of that field of type `#` is set. */
  readonly flag: { readonly field: string; readonly bit: number } | undefined
  readonly type: TypeRef
}

export interface Declaration {
  readonly kind: 'constructor' | 'method'
  readonly name: string
  /** The id that the text gives, uint32. */
  readonly id: number | undefined
  /** Names declared in braces: `X` of `{X:Type}`. */
  readonly generics: readonly string[]
  readonly fields: readonly RawField[]
  readonly result: TypeRef
  /** Part of the language and not of the schema: `vector`, `int`, `boolTrue`. Their fields are not looked at. */
  readonly builtin: boolean
  /** The declaration in one line without id and semicolon. */
  readonly text: string
  /** Counted from 1. */
  readonly line: number
}

const PRIMITIVES: ReadonlySet<string> = new Set([
  'int', 'long', 'double', 'string', 'bytes', 'int128', 'int256', 'Bool', 'true', '#',
]) // biome-ignore format: one line
const BUILTINS: ReadonlySet<string> = new Set([
  'int', 'long', 'double', 'string', 'bytes', 'int128', 'int256', 'vector', 'boolTrue', 'boolFalse',
]) // biome-ignore format: one line

const SECTION = /---\s*(types|functions)\s*---/y
const HEAD = /^((?:[a-z]\w*\.)*[a-z]\w*)(?:#([0-9a-f]{1,8}))?$/
const FIELD = /^([A-Za-z]\w*):(?:([A-Za-z]\w*)\.(\d+)\?)?(\S+)$/
const GENERIC = /^\{([A-Za-z]\w*):Type\}$/
const TYPE_NAME = /^(?:[a-z]\w*\.)*([A-Za-z]\w*)$/

/**
 * Every declaration of a schema, in its order.
 *
 * @throws {UsageError} for text that is not TL, naming the line.
 */
export function parseSchema(text: string): Declaration[] {
  const source = blankComments(text)
  const declarations: Declaration[] = []
  let kind: Declaration['kind'] = 'constructor'
  let at = 0
  let line = 1
  for (;;) {
    const start = skipSpace(source, at)
    line += newlines(source, at, start)
    if (start === source.length) return declarations
    SECTION.lastIndex = start
    const section = SECTION.exec(source)
    if (section !== null) {
      kind = section[1] === 'types' ? 'constructor' : 'method'
      at = start + section[0].length
      continue
    }
    const end = source.indexOf(';', start)
    const statement = source.slice(start, end === -1 ? undefined : end)
    if (end === -1 || statement.includes('---')) refuse(line, `expected ';' after ${quote(statement)}`)
    declarations.push(parseDeclaration(statement.trim().split(/\s+/), kind, line))
    line += newlines(source, start, end)
    at = end + 1
  }
}

/** The layer that a schema's text names in a comment: `// LAYER 229`. */
export function schemaLayer(text: string): number | undefined {
  const found = /^\s*\/\/\s*LAYER\s+(\d+)\s*$/m.exec(text)
  return found === null ? undefined : Number(found[1])
}

function parseDeclaration(tokens: readonly string[], kind: Declaration['kind'], line: number): Declaration {
  const head = HEAD.exec(tokens[0] ?? '')
  if (head === null) refuse(line, `expected a name such as user#1a2b3c4d, got ${quote(tokens[0] ?? '')}`)
  const name = head[1]!
  const equals = tokens.indexOf('=')
  if (equals === -1) refuse(line, `expected '=' and a type in the declaration of ${name}`)
  const builtin = BUILTINS.has(name)
  const generics: string[] = []
  const fields: RawField[] = []
  for (const token of builtin ? [] : tokens.slice(1, equals)) {
    const generic = GENERIC.exec(token)
    if (generic === null) fields.push(parseField(token, generics, name, line))
    else generics.push(generic[1]!)
  }
  const results = tokens.slice(equals + 1)
  if (results.length !== 1 && !builtin)
    refuse(line, `expected one result type of ${name}, got ${quote(results.join(' '))}`)
  return {
    kind,
    name,
    id: head[2] === undefined ? undefined : Number.parseInt(head[2], 16),
    generics,
    fields,
    result: builtin ? { _: 'boxed', name: results.join(' ') } : parseType(results[0]!, generics, name, line),
    builtin,
    text: [name, ...tokens.slice(1)].join(' '),
    line,
  }
}

function parseField(token: string, generics: readonly string[], owner: string, line: number): RawField {
  const found = FIELD.exec(token)
  if (found === null) refuse(line, `expected a field such as id:long, got ${quote(token)} in ${owner}`)
  const [, name, flagField, bit, type] = found
  return {
    name: name!,
    flag: flagField === undefined ? undefined : { field: flagField, bit: Number(bit) },
    type: parseType(type!, generics, `${owner}.${name}`, line),
  }
}

function parseType(text: string, generics: readonly string[], where: string, line: number): TypeRef {
  if (PRIMITIVES.has(text)) return { _: 'primitive', name: text as PrimitiveName }
  const vector = /^([Vv])ector<(.+)>$/.exec(text)
  if (vector !== null) {
    return { _: 'vector', bare: vector[1] === 'v', item: parseType(vector[2]!, generics, where, line) }
  }
  const plain = text.replace(/^[!%]/, '')
  if (generics.includes(plain) && !text.startsWith('%')) return { _: 'generic', name: plain }
  const name = TYPE_NAME.exec(plain)
  if (name === null || text.startsWith('!')) refuse(line, `expected a type, got ${quote(text)} in ${where}`)
  const isUpper = /[A-Z]/.test(name[1]![0]!)
  return isUpper && !text.startsWith('%') ? { _: 'boxed', name: plain } : { _: 'bare', name: plain }
}

/** Comments become spaces, so that lines keep their numbers. */
function blankComments(text: string): string {
  return text.replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (at < text.length && /\s/.test(text[at]!)) at++
  return at
}

function newlines(text: string, from: number, to: number): number {
  let count = 0
  for (let at = from; at < to; at++) if (text[at] === '\n') count++
  return count
}

function quote(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ')
  return `'${line.length > 60 ? `${line.slice(0, 60)}...` : line}'`
}

function refuse(line: number, reason: string): never {
  throw new UsageError(`line ${line}: ${reason}`)
}
