/** The pieces of readers and writers: calls for a type, and the bodies for a combinator's fields. */
import type { Combinator, Field, PrimitiveName, SchemaModel, TypeRef } from '../lib/core/schema/model.ts'
import { camelCase, pascalCase, safeName } from '../lib/core/schema/names.ts'
import { isFlags, isTrue, tiedFields } from './fields.ts'
import { idLiteral, quote } from './print.ts'
import type { TypeNames } from './type-names.ts'

/** How the code around calls what it needs; each may note what is used. */
export interface CodecScope {
  readonly names: TypeNames
  readonly model: SchemaModel
  /** A function of core/tl/reader. */
  reader(name: string): string
  /** A function of core/tl/writer. */
  writer(name: string): string
  /** A function of the codec itself. */
  own(name: string): string
  /** The least number of bytes of a type. */
  sizeOf(type: TypeRef): number
  /** The TL types that can contain themselves. */
  readonly recursive: ReadonlySet<string>
}

const PRIMITIVES: { readonly [name in PrimitiveName]: string } = {
  int: 'Int',
  long: 'Long',
  double: 'Double',
  string: 'String',
  bytes: 'Bytes',
  int128: 'Int128',
  int256: 'Int256',
  Bool: 'Bool',
  true: 'Bool',
  '#': 'Uint',
}

/** A call that reads a value of the type. */
export function readCall(type: TypeRef, numeric: boolean, scope: CodecScope): string {
  if (type._ !== 'vector') return `${readerOf(type, numeric, scope)}()`
  const size = scope.sizeOf(type.item)
  const item = readerOf(type.item, numeric, scope)
  return `${scope.reader(type.bare ? 'readBareVector' : 'readVector')}(${item}${size === 4 ? '' : `, ${size}`})`
}

/** A function that reads a value of the type. */
export function readerOf(type: TypeRef, numeric: boolean, scope: CodecScope): string {
  switch (type._) {
    case 'primitive':
      return scope.reader(type.name === 'long' && numeric ? 'readLongNumber' : `read${PRIMITIVES[type.name]}`)
    case 'boxed':
      return scope.own(`read${pascalCase(type.name)}`)
    case 'bare':
      return scope.own(`take${pascalCase(type.name)}`)
    case 'vector':
      return `() => ${readCall(type, numeric, scope)}`
    case 'generic':
      throw new Error('a call is never read as a value')
  }
}

/** A call that writes the value of that expression at `pos` and returns where it ends. */
export function writeCall(type: TypeRef, numeric: boolean, value: string, scope: CodecScope): string {
  if (type._ !== 'vector') return `${writerOf(type, numeric, scope)}(${value}, pos)`
  const item = writerOf(type.item, numeric, scope)
  return `${scope.writer(type.bare ? 'writeBareVector' : 'writeVector')}(${value}, ${item}, pos)`
}

function writerOf(type: TypeRef, numeric: boolean, scope: CodecScope): string {
  switch (type._) {
    case 'primitive':
      return scope.writer(type.name === 'long' && numeric ? 'writeLongNumber' : `write${PRIMITIVES[type.name]}`)
    case 'boxed':
      return scope.own(`write${pascalCase(type.name)}`)
    case 'bare':
      return scope.own(`putBare${pascalCase(type.name)}`)
    case 'vector':
      return `(items, pos) => ${writeCall(type, numeric, 'items', scope)}`
    case 'generic':
      return scope.writer('writeRequest')
  }
}

/**
 * The statements that read a combinator's fields and return the object. They are read inside the literal, in the order
 * of the schema: locals would cost a bundle as much again. A counter of fields, constant at each place and so nearly
 * free, tells the handler which of them failed. `own` is the name of the function itself.
 */
export function readBody(combinator: Combinator, own: string, scope: CodecScope): string {
  const type = scope.names.constructorOf(combinator.name)
  const cast = tiedFields(combinator).length > 0 ? ` as ${type}` : ''
  const head = `_: ${quote(combinator.name)}`
  if (combinator.fields.length === 0) return `  return { ${head} }\n`
  const recursive = isRecursive(combinator, scope)
  const { words, entries, rest } = literalEntries(combinator, scope)
  const line = `{ ${[head, ...entries].join(', ')} }`
  const literal =
    line.length <= 100 ? line : `{\n${[head, ...entries].map((entry) => `      ${entry},\n`).join('')}    }`
  const isLast = !recursive && rest.length === 0
  return [
    '  let at = 0\n',
    ...words.map((word) => `  let ${word} = 0\n`),
    '  try {\n',
    recursive ? `    ${scope.reader('enter')}()\n` : '',
    `    ${isLast ? 'return' : `const value: ${type} =`} ${literal}${cast}\n`,
    ...rest.map((each) => `    ${each}\n`),
    recursive ? `    ${scope.reader('leave')}()\n` : '',
    isLast ? '' : '    return value\n',
    `  } catch (error) {\n    throw ${scope.reader('locatedIn')}(error, ${own}, at)\n  }\n`,
  ].join('')
}

interface LiteralEntries {
  /** The words of flags that are looked at. */
  readonly words: readonly string[]
  readonly entries: readonly string[]
  /** What is to be read behind the last entry. */
  readonly rest: readonly string[]
}

/** A word of flags is read with the entry that comes after it. */
function literalEntries(combinator: Combinator, scope: CodecScope): LiteralEntries {
  const located = locatedFields(combinator)
  const words: string[] = []
  const entries: string[] = []
  let before: string[] = []
  for (const field of combinator.fields) {
    if (isFlags(field)) {
      const isUsed = isFlagsUsed(field, combinator)
      if (isUsed) words.push(field.key)
      before.push(`${isUsed ? `${field.key} = ` : ''}${scope.reader('readInt')}()`)
      continue
    }
    if (!isTrue(field)) before.push(`at = ${located.indexOf(field) + 1}`)
    const value = entryValue(field, scope)
    entries.push(`${field.key}: ${before.length === 0 ? value : `(${[...before, value].join(', ')})`}`)
    before = []
  }
  return { words, entries, rest: before }
}

function entryValue(field: Field, scope: CodecScope): string {
  if (isTrue(field)) return bitTest(field)
  const call = readCall(field.type, field.numeric, scope)
  return field.flag === undefined ? call : `${bitTest(field)} ? ${call} : undefined`
}

/**
 * The statements that write `value` at `pos` and return where it ends; `id` if the constructor id is to stand before it.
 * What is optional is looked at twice, so it is taken out of the object once: callers' objects have many shapes, which
 * makes that slow.
 */
export function writeBody(combinator: Combinator, own: string, value: string, id: boolean, scope: CodecScope): string {
  const head = id ? `${scope.writer('writeId')}(${idLiteral(combinator.id)}, pos)` : 'pos'
  if (combinator.fields.length === 0) return `  return ${head}\n`
  const located = locatedFields(combinator)
  const lines = combinator.fields.map((field) => {
    if (isFlags(field)) return `    pos = ${scope.writer('writeId')}(${flagsExpression(field, combinator, scope)}pos)\n`
    if (isTrue(field)) return ''
    const own = field.flag === undefined ? `${value}.${field.key}` : localName(field.key)
    const call = writeCall(field.type, field.numeric, own, scope)
    const at = `at = ${located.indexOf(field) + 1}\n`
    if (field.flag === undefined) return `    ${at}    pos = ${call}\n`
    return `    if (${own} !== undefined) {\n      ${at}      pos = ${call}\n    }\n`
  })
  const recursive = isRecursive(combinator, scope)
  return [
    '  let at = 0\n  try {\n',
    recursive ? `    ${scope.writer('enter')}()\n` : '',
    takeOptional(combinator, value),
    id ? `    pos = ${head}\n` : '',
    ...tiedFields(combinator).map((group) => tiedCheck(group, scope)),
    ...lines,
    recursive ? `    ${scope.writer('leave')}()\n` : '',
    '    return pos\n',
    `  } catch (error) {\n    throw ${scope.writer('locatedIn')}(error, ${quote(combinator.name)}, ${own}, at)\n  }\n`,
  ].join('')
}

function takeOptional(combinator: Combinator, value: string): string {
  const names = combinator.fields.flatMap(({ key, flag }) => {
    if (flag === undefined) return []
    return [localName(key) === key ? key : `${key}: ${localName(key)}`]
  })
  if (names.length === 0) return ''
  const line = `    const { ${names.join(', ')} } = ${value}\n`
  return line.length <= 121
    ? line
    : `    const {\n${names.map((name) => `      ${name},\n`).join('')}    } = ${value}\n`
}

/** Half of the fields of one bit can't be written: the other side would take what follows for the rest of them. */
function tiedCheck(group: readonly Field[], scope: CodecScope): string {
  const [first, ...rest] = group.map(isGiven)
  const differ = rest.map((given) => `(${first}) !== (${given})`).join(' || ')
  const keys = group.map(({ key }) => key).join(', ')
  return `    if (${differ}) ${scope.writer('tornFlag')}(${quote(keys)})\n`
}

function isGiven(field: Field): string {
  return `${localName(field.key)} ${isTrue(field) ? '=== true' : '!== undefined'}`
}

/** The word of flags that the values make. Of tied fields the first speaks for all. */
function flagsExpression(flags: Field, combinator: Combinator, scope: CodecScope): string {
  const seen = new Set<number>()
  const bits = combinator.fields.flatMap((field) => {
    if (field.flag?.field !== flags.name || seen.has(field.flag.bit)) return []
    seen.add(field.flag.bit)
    const mask = 2 ** field.flag.bit
    const name = localName(field.key)
    if (!isTrue(field)) return [`(${name} !== undefined ? ${mask} : 0)`]
    return [`(${name} === true ? ${mask} : ${name} ? ${scope.writer('notBoolean')}(${name}, ${quote(field.key)}) : 0)`]
  })
  const line = bits.length === 0 ? '0' : bits.join(' | ')
  return line.length <= 90 ? `${line}, ` : `\n      ${bits.join(' |\n      ')},\n      `
}

function isFlagsUsed(flags: Field, combinator: Combinator): boolean {
  return combinator.fields.some((field) => field.flag?.field === flags.name)
}

function bitTest(field: Field): string {
  const flag = field.flag!
  return `(${camelCase(flag.field)} & ${2 ** flag.bit}) !== 0`
}

function isRecursive(combinator: Combinator, scope: CodecScope): boolean {
  return combinator.result._ === 'boxed' && scope.recursive.has(combinator.result.name)
}

function locatedFields(combinator: Combinator): Field[] {
  return combinator.fields.filter((field) => !isFlags(field) && !isTrue(field))
}

/** Locals that readers and writers have beside their fields. */
const LOCALS: ReadonlySet<string> = new Set(['at', 'error', 'params', 'pos', 'value'])

function localName(key: string): string {
  return LOCALS.has(key) ? `${key}_` : safeName(key)
}
