/** lib/api/<namespace>.ts: one function for each method, and one that makes its request as data. */

import { recursiveTypes } from '../lib/core/schema/cycles.ts'
import type { Combinator, SchemaModel, TypeRef } from '../lib/core/schema/model.ts'
import { localName, namespaceOf, pascalCase, safeName } from '../lib/core/schema/names.ts'
import { minimumSizes } from '../lib/core/schema/sizes.ts'
import { type CodecScope, readCall, readerOf, writeBody } from './codec-text.ts'
import { methodDoc, requestDoc } from './docs.ts'
import { valueFields } from './fields.ts'
import { BANNER, docComment, idLiteral, importNames, quote } from './print.ts'
import { mapNames, type TypeNames } from './type-names.ts'
import { typeText } from './type-text.ts'

/** Where methods without a namespace are. */
const ROOT = 'root'

/** The files by name, without folder: `messages.ts`. */
export function emitMethods(
  model: SchemaModel,
  names: TypeNames,
  core: string,
  errorsOf: (method: string) => readonly string[],
): Map<string, string> {
  const shared = { sizeOf: minimumSizes(model), recursive: recursiveTypes(model) }
  const files = new Map<string, string>()
  for (const [namespace, methods] of methodNamespaces(model)) {
    files.set(`${namespace}.ts`, emitNamespace(methods, model, names, core, errorsOf, shared))
  }
  return files
}

/** The methods by the name of the module that they are in. */
export function methodNamespaces(model: SchemaModel): ReadonlyMap<string, readonly Combinator[]> {
  const namespaces = new Map<string, Combinator[]>()
  for (const method of model.methods) {
    const namespace = namespaceOf(method.name) || ROOT
    const methods = namespaces.get(namespace)
    if (methods === undefined) namespaces.set(namespace, [method])
    else methods.push(method)
  }
  return namespaces
}

function emitNamespace(
  methods: readonly Combinator[],
  model: SchemaModel,
  names: TypeNames,
  core: string,
  errorsOf: (method: string) => readonly string[],
  shared: Pick<CodecScope, 'sizeOf' | 'recursive'>,
): string {
  const types = new Set<string>()
  const modules = new Set<string>()
  const from = (module: string, name: string): string => {
    modules.add(module)
    return `${module}.${name}`
  }
  const scope: CodecScope = {
    ...shared,
    model,
    names: mapNames(names, (name) => {
      types.add(name)
      return name
    }),
    reader: (name) => from('reader', name),
    writer: (name) => from('writer', name),
    own: (name) => from('codec', name),
  }
  const body = methods.map((method) => emitMethod(method, scope, errorsOf(method.name))).join('\n')
  const namespaceImport = (module: string, path: string): string =>
    modules.has(module) ? `import * as ${module} from '${path}'\n` : ''
  return [
    `${BANNER}\n`,
    importNames(['Observable'], 'rxjs', 'type'),
    importNames(['Invoker', 'Request'], `${core}/invoker.ts`, 'type'),
    namespaceImport('reader', `${core}/tl/reader.ts`),
    namespaceImport('writer', `${core}/tl/writer.ts`),
    namespaceImport('codec', './codec.ts'),
    importNames(types, './types.ts', 'type'),
    '\n',
    body,
  ].join('')
}

function emitMethod(method: Combinator, scope: CodecScope, errors: readonly string[]): string {
  const local = localName(method.name)
  const name = safeName(local)
  const hasParams = valueFields(method).length > 0
  const generic = method.generic === undefined ? '' : `<${method.generic}>`
  const params = hasParams ? `params: ${scope.names.params(method.name)}${generic}` : ''
  const result = method.result._ === 'generic' ? method.result.name : typeText(method.result, false, scope.names)
  const argument = hasParams ? 'params' : ''
  return [
    docComment(methodDoc(method, errors)),
    header('function', name + generic, ['tg: Invoker', params], `Observable<${result}>`),
    `  return tg.invoke(${local}Request(${argument}))\n}\n\n`,
    docComment(requestDoc(method)),
    header('function', `${local}Request${generic}`, [params], `Request<${result}>`),
    emitRequest(method, local, scope),
    '}\n',
    emitWrite(method, local, scope),
  ].join('')
}

function header(keyword: string, name: string, params: readonly string[], result: string): string {
  const given = params.filter((param) => param !== '')
  const line = `export ${keyword} ${name}(${given.join(', ')}): ${result} {\n`
  if (line.length <= 121) return line
  return `export ${keyword} ${name}(\n${given.map((param) => `  ${param},\n`).join('')}): ${result} {\n`
}

function emitRequest(method: Combinator, local: string, scope: CodecScope): string {
  const read = resultReader(method.result, scope)
  if (valueFields(method).length > 0) return returned(method, 'params', `write${pascalCase(local)}`, read)
  const writeId = scope.writer('writeId')
  // What is left are words of flags without a flag.
  const write = method.fields.reduce((before) => `${writeId}(0, ${before})`, `${writeId}(${idLiteral(method.id)}, pos)`)
  return returned(method, 'params: {}', `(_params, pos) => ${write}`, read)
}

function returned(method: Combinator, params: string, write: string, read: string): string {
  const entries = [`method: ${quote(method.name)}`, params, `write: ${write}`, `read: ${read}`]
  const line = `  return { ${entries.join(', ')} }\n`
  return line.length <= 121 ? line : `  return {\n${entries.map((entry) => `    ${entry},\n`).join('')}  }\n`
}

function resultReader(result: TypeRef, scope: CodecScope): string {
  if (result._ === 'generic') return '() => params.query.read()'
  if (result._ === 'vector') return `() => ${readCall(result, false, scope)}`
  return readerOf(result, false, scope)
}

function emitWrite(method: Combinator, local: string, scope: CodecScope): string {
  if (valueFields(method).length === 0) return ''
  return [
    `\nfunction write${pascalCase(local)}(params: ${scope.names.params(method.name)}, pos: number): number {\n`,
    `  ${scope.writer('checkParams')}(params, ${quote(method.name)})\n`,
    writeBody(method, `write${pascalCase(local)}`, 'params', true, scope),
    '}\n',
  ].join('')
}
