/**
 * lib/api/compact: what lib/api has, each name made of one line of text (core/tl/compact). The types are those of the
 * functions that they stand for.
 */
import { recursiveTypes } from '../lib/core/schema/cycles.ts'
import type { Combinator, SchemaModel } from '../lib/core/schema/model.ts'
import { localName, pascalCase, safeName } from '../lib/core/schema/names.ts'
import { methodText, typeText } from './compact-text.ts'
import { methodNamespaces } from './emit-methods.ts'
import { valueFields } from './fields.ts'
import { BANNER, idLiteral, importNames, quote } from './print.ts'

/** What of lib/api is no code, and so the same. */
const SAME: readonly string[] = ['error-names', 'layer', 'schema', 'types']

/** The files by name, from the folder of the API: `compact/messages.ts`. `core` is the path from that folder to lib/core. */
export function emitCompact(model: SchemaModel, core: string): Map<string, string> {
  const files = new Map<string, string>()
  const add = (name: string, text: string): Map<string, string> => files.set(`compact/${name}.ts`, text)
  add('codec', emitTypes(model, core))
  for (const [namespace, methods] of methodNamespaces(model))
    add(namespace, emitNamespace(namespace, methods, model, core))
  for (const name of SAME) add(name, `${BANNER}\nexport ${name === 'types' ? 'type ' : ''}* from '../${name}.ts'\n`)
  return files
}

function emitTypes(model: SchemaModel, core: string): string {
  const recursive = recursiveTypes(model)
  const types = [...model.types].map(([name, constructors]) => {
    const { text, parts } = typeText(name, constructors, model)
    const pascal = pascalCase(name)
    return [
      `export ${emitCompactType(name, text, parts, recursive.has(name))}`,
      `export const read${pascal}: typeof direct.read${pascal} = /* @__PURE__ */ reads(${pascal})\n`,
      `export const write${pascal}: typeof direct.write${pascal} = /* @__PURE__ */ writes(${pascal})\n`,
    ].join('')
  })
  return [
    `${BANNER}\n`,
    "import type * as direct from '../codec.ts'\n",
    `import { type CompactType, compact, reads, writes } from '../${core}/tl/compact.ts'\n\n`,
    types.join('\n'),
  ].join('')
}

/** The constant of a type. */
export function emitCompactType(name: string, text: string, parts: readonly string[], isNested: boolean): string {
  const named = parts.length > 0 || isNested ? `, () => [${parts.map(pascalCase).join(', ')}]` : ''
  const rest = `${named}${isNested ? ', true' : ''}`
  return `const ${pascalCase(name)}: CompactType = /* @__PURE__ */ compact(${quote(name)}, ${quote(text)}${rest})\n`
}

function emitNamespace(name: string, methods: readonly Combinator[], model: SchemaModel, core: string): string {
  return [
    `${BANNER}\n`,
    importNames(['method'], `../${core}/tl/compact.ts`),
    `import type * as direct from '../${name}.ts'\n`,
    "import * as codec from './codec.ts'\n\n",
    methods.map((method) => emitMethod(method, model)).join('\n'),
  ].join('')
}

function emitMethod(method: Combinator, model: SchemaModel): string {
  const { text, parts, isOddId } = methodText(method, model)
  const local = localName(method.name)
  const name = safeName(local)
  const types = `() => [${parts.map((part) => `codec.${pascalCase(part)}`).join(', ')}]`
  const rest = isOddId ? `, ${types}, ${idLiteral(method.id)}` : parts.length > 0 ? `, ${types}` : ''
  const argument = valueFields(method).length > 0 ? 'params' : ''
  return [
    `export const ${local}Request: typeof direct.${local}Request = /* @__PURE__ */ method(${quote(method.name)}, ${quote(text)}${rest})\n`,
    `export const ${name}: typeof direct.${name} = (tg${argument === '' ? '' : ', params'}) => tg.invoke(${local}Request(${argument}))\n`,
  ].join('')
}
