/**
 * lib/api/codec.ts: one reader and one writer for each TL type, linked by direct calls and by nothing else, so that
 * a bundle holds only what its methods reach.
 */
import { recursiveTypes } from '../lib/core/schema/cycles.ts'
import type { Combinator, SchemaModel, TypeRef } from '../lib/core/schema/model.ts'
import { pascalCase } from '../lib/core/schema/names.ts'
import { minimumSizes } from '../lib/core/schema/sizes.ts'
import { type CodecScope, readBody, writeBody } from './codec-text.ts'
import { BANNER, idLiteral, idOperand, importNames, quote } from './print.ts'
import { mapNames, type TypeNames } from './type-names.ts'

/** Up to here ids are compared one after the other, above that by halves. */
const CHAIN = 6
/** Up to here constructors are told apart by a switch, above that by a Map: its call can't be inlined. */
const SWITCH = 24

/** The whole file. */
export function emitCodec(model: SchemaModel, names: TypeNames, core: string): string {
  const used = { reader: new Set<string>(), writer: new Set<string>() }
  const scope = codecScope(
    model,
    mapNames(names, (name) => `t.${name}`),
    used,
  )
  const bare = bareConstructors(model)
  const body = [...model.types].map(([name, constructors]) => emitType(name, constructors, bare, scope)).join('\n')
  return [
    `${BANNER}\n`,
    '/**\n',
    ' * One reader and one writer for each type. `take` reads what follows a constructor id, `put` writes id and value.\n',
    ' * Use them through `decode` and `encode` of core/tl.\n',
    ' */\n',
    codecImports(used, `${core}/tl`),
    "import type * as t from './types.ts'\n\n",
    body,
  ].join('')
}

/** The scope of a file that holds readers and writers itself. */
export function codecScope(
  model: SchemaModel,
  names: TypeNames,
  used: { readonly reader: Set<string>; readonly writer: Set<string> },
): CodecScope {
  return {
    names,
    model,
    reader: (name) => {
      used.reader.add(name)
      return IN_BOTH.has(name) ? `${name}Read` : name
    },
    writer: (name) => {
      used.writer.add(name)
      return IN_BOTH.has(name) ? `${name}Write` : name
    },
    own: (name) => name,
    sizeOf: minimumSizes(model),
    recursive: recursiveTypes(model),
  }
}

/** Names that reader and writer both export. */
const IN_BOTH: ReadonlySet<string> = new Set(['enter', 'leave', 'locatedIn'])

/** The imports of such a file. */
export function codecImports(
  used: { readonly reader: ReadonlySet<string>; readonly writer: ReadonlySet<string> },
  folder: string,
): string {
  const renamed = (names: ReadonlySet<string>, suffix: string): string[] =>
    [...names].map((name) => (IN_BOTH.has(name) ? `${name} as ${name}${suffix}` : name))
  return (
    importNames(renamed(used.reader, 'Read'), `${folder}/reader.ts`) +
    importNames(renamed(used.writer, 'Write'), `${folder}/writer.ts`)
  )
}

/** The names of the constructors that some field holds bare. */
export function bareConstructors(model: SchemaModel): ReadonlySet<string> {
  const names = new Set<string>()
  const collect = (type: TypeRef): void => {
    if (type._ === 'bare') names.add(type.name)
    if (type._ === 'vector') collect(type.item)
  }
  for (const { fields, result } of model.byName.values())
    for (const type of [...fields.map((f) => f.type), result]) collect(type)
  return names
}

/** Reader and writer of one type, with the functions of its constructors. */
export function emitType(
  name: string,
  constructors: readonly Combinator[],
  bare: ReadonlySet<string>,
  scope: CodecScope,
): string {
  const parts = constructors.filter((combinator) => bare.has(combinator.name)).map((c) => emitBare(c, scope))
  const [only] = constructors
  if (constructors.length === 1 && !bare.has(only!.name)) return emitWhole(name, only!, scope)
  for (const combinator of constructors)
    if (combinator.fields.length > 0) parts.push(emitParts(combinator, bare, scope))
  parts.push(emitReader(name, constructors, scope), emitWriter(name, constructors, scope))
  return parts.join('\n')
}

/** A type of one constructor: no dispatch, so no function of its own for the constructor. */
function emitWhole(name: string, combinator: Combinator, scope: CodecScope): string {
  const type = scope.names.type(name)
  return [
    `export function read${pascalCase(name)}(): ${type} {\n`,
    `  ${scope.reader('expectId')}(${idLiteral(combinator.id)}, ${quote(name)})\n`,
    readBody(combinator, `read${pascalCase(name)}`, scope),
    '}\n\n',
    `export function write${pascalCase(name)}(value: ${type}, pos: number): number {\n`,
    `  if (value?._ !== ${quote(combinator.name)}) ${scope.writer('noConstructor')}(value, ${quote(name)})\n`,
    writeBody(combinator, `write${pascalCase(name)}`, 'value', true, scope),
    '}\n',
  ].join('')
}

function emitBare(combinator: Combinator, scope: CodecScope): string {
  const type = scope.names.constructorOf(combinator.name)
  const check = `  if (value?._ !== ${quote(combinator.name)}) ${scope.writer('noConstructor')}(value, ${quote(combinator.name)})\n`
  return [
    combinator.fields.length > 0
      ? ''
      : `function take${pascalCase(combinator.name)}(): ${type} {\n${readBody(combinator, `take${pascalCase(combinator.name)}`, scope)}}\n\n`,
    `function putBare${pascalCase(combinator.name)}(value: ${type}, pos: number): number {\n`,
    check,
    writeBody(combinator, `putBare${pascalCase(combinator.name)}`, 'value', false, scope),
    '}\n',
  ].join('')
}

function emitParts(combinator: Combinator, bare: ReadonlySet<string>, scope: CodecScope): string {
  const type = scope.names.constructorOf(combinator.name)
  const name = pascalCase(combinator.name)
  const put = bare.has(combinator.name)
    ? `  return putBare${name}(value, ${scope.writer('writeId')}(${idLiteral(combinator.id)}, pos))\n`
    : writeBody(combinator, `put${name}`, 'value', true, scope)
  return [
    `function take${name}(): ${type} {\n`,
    readBody(combinator, `take${name}`, scope),
    '}\n\n',
    `function put${name}(value: ${type}, pos: number): number {\n`,
    put,
    '}\n',
  ].join('')
}

/** The reader of a type with several constructors. */
export function emitReader(name: string, constructors: readonly Combinator[], scope: CodecScope): string {
  const sorted = [...constructors].sort((a, b) => (a.id | 0) - (b.id | 0))
  const cases = constructors.length <= CHAIN ? emitCases(constructors, '  ') : emitHalves(sorted, '  ')
  return [
    `export function read${pascalCase(name)}(): ${scope.names.type(name)} {\n`,
    `  const id = ${scope.reader('readId')}()\n`,
    cases,
    `  ${scope.reader('unknownConstructor')}(id, ${quote(name)})\n`,
    '}\n',
  ].join('')
}

function emitCases(constructors: readonly Combinator[], indent: string): string {
  return constructors
    .map(({ name, id, fields }) => {
      const value = fields.length === 0 ? `{ _: ${quote(name)} }` : `take${pascalCase(name)}()`
      return `${indent}if (id === ${idOperand(id)}) return ${value}\n`
    })
    .join('')
}

function emitHalves(sorted: readonly Combinator[], indent: string): string {
  if (sorted.length <= CHAIN) return emitCases(sorted, indent)
  const middle = sorted.length >> 1
  return [
    `${indent}if (id < ${idOperand(sorted[middle]!.id)}) {\n`,
    emitHalves(sorted.slice(0, middle), `${indent}  `),
    `${indent}} else {\n`,
    emitHalves(sorted.slice(middle), `${indent}  `),
    `${indent}}\n`,
  ].join('')
}

/** The writer of a type with several constructors. */
export function emitWriter(name: string, constructors: readonly Combinator[], scope: CodecScope): string {
  const type = scope.names.type(name)
  const head = `export function write${pascalCase(name)}(value: ${type}, pos: number): number {\n`
  const refusal = `${scope.writer('noConstructor')}(value, ${quote(name)})`
  if (constructors.length <= SWITCH) {
    const cases = constructors.map((combinator) => {
      return `    case ${quote(combinator.name)}:\n      return ${emitPut(combinator, scope, 'value')}\n`
    })
    return `${head}  switch (value?._) {\n${cases.join('')}    default:\n      ${refusal}\n  }\n}\n`
  }
  const map = `putting${pascalCase(name)}`
  const entries = constructors.map((combinator) => {
    const put =
      combinator.fields.length === 0
        ? `(_value, pos) => ${emitPut(combinator, scope, '')}`
        : `put${pascalCase(combinator.name)}`
    return `  [${quote(combinator.name)}, ${put}],\n`
  })
  return [
    `const ${map} = /* @__PURE__ */ new Map<string, (value: never, pos: number) => number>([\n${entries.join('')}])\n\n`,
    head,
    `  const put = ${map}.get(value?._) as ((value: ${type}, pos: number) => number) | undefined\n`,
    `  if (put === undefined) ${refusal}\n`,
    '  return put(value, pos)\n}\n',
  ].join('')
}

function emitPut(combinator: Combinator, scope: CodecScope, value: string): string {
  if (combinator.fields.length === 0) return `${scope.writer('writeId')}(${idLiteral(combinator.id)}, pos)`
  return `put${pascalCase(combinator.name)}(${value}, pos)`
}
