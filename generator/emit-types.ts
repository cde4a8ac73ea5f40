/** lib/api/types.ts: an interface for each constructor, a union for each type, an interface for each method's parameters. */
import type { Combinator, Field, SchemaModel } from '../lib/core/schema/model.ts'
import { constructorDoc, paramsDoc, typeDoc } from './docs.ts'
import { isTrue, tiedFields, valueFields } from './fields.ts'
import { BANNER, byCode, docComment, quote } from './print.ts'
import type { TypeNames } from './type-names.ts'
import { typeText } from './type-text.ts'

/** The whole file. */
export function emitTypes(model: SchemaModel, names: TypeNames, core: string): string {
  const usesRequest = model.methods.some(({ generic }) => generic !== undefined)
  return [
    `${BANNER}\n`,
    '/** The schema as TypeScript: types only, nothing of it is left at run time. */\n',
    usesRequest ? `import type { Request } from '${core}/invoker.ts'\n` : '',
    '\n',
    ...model.constructors.map((combinator) => emitConstructor(combinator, names, true)),
    ...emitUnions(model, names, true),
    ...model.methods.map((method) => emitParams(method, names)),
    emitConstructorMap(model, names),
    emitMethodMap(model, names),
  ].join('')
}

/** One constructor's interface; a type alias if fields have to be tied together. */
export function emitConstructor(combinator: Combinator, names: TypeNames, linked: boolean): string {
  const head = `  readonly _: ${quote(combinator.name)}\n`
  const body = emitBody(names.constructorOf(combinator.name), combinator, names, head)
  return `${docComment(constructorDoc(combinator, linked))}${body}\n`
}

/** The alias of every type that is not one constructor of the same name. */
export function emitUnions(model: SchemaModel, names: TypeNames, linked: boolean): string[] {
  return [...model.types].flatMap(([name, constructors]) => {
    const members = constructors.map((combinator) => names.constructorOf(combinator.name))
    if (members.length === 1 && members[0] === names.type(name)) return []
    const union = members.length === 1 ? ` ${members[0]}` : `\n${members.map((member) => `  | ${member}`).join('\n')}`
    return [`${docComment(typeDoc(name, members.length, linked))}export type ${names.type(name)} =${union}\n\n`]
  })
}

function emitParams(method: Combinator, names: TypeNames): string {
  if (valueFields(method).length === 0) return ''
  const generic = method.generic === undefined ? '' : `<${method.generic} = unknown>`
  return `${docComment(paramsDoc(method))}${emitBody(names.params(method.name) + generic, method, names, '')}\n`
}

/** Fields that share one bit are there all together or not at all, which an interface can't say. */
function emitBody(name: string, combinator: Combinator, names: TypeNames, head: string): string {
  const groups = tiedFields(combinator)
  const tied = new Set(groups.flat())
  const free = valueFields(combinator).filter((field) => !tied.has(field))
  const lines = head + free.map((field) => `  ${emitField(field, names)}\n`).join('')
  if (groups.length === 0) return `export interface ${name} {\n${lines}}\n`
  const unions = groups.map((group) => {
    const given = group.map((field) => `readonly ${field.key}: ${isTrue(field) ? 'true' : fieldText(field, names)}`)
    const absent = group.map((field) => `readonly ${field.key}?: ${isTrue(field) ? 'false | undefined' : 'undefined'}`)
    return `(\n  | { ${given.join('; ')} }\n  | { ${absent.join('; ')} }\n)`
  })
  const own = lines === '' ? [] : [`{\n${lines}}`]
  return `export type ${name} = ${[...own, ...unions].join(' & ')}\n`
}

function emitField(field: Field, names: TypeNames): string {
  if (isTrue(field)) return `readonly ${field.key}?: boolean | undefined`
  if (field.flag === undefined) return `readonly ${field.key}: ${fieldText(field, names)}`
  return `readonly ${field.key}?: ${fieldText(field, names)} | undefined`
}

function fieldText(field: Field, names: TypeNames): string {
  return typeText(field.type, field.numeric, names)
}

function emitConstructorMap(model: SchemaModel, names: TypeNames): string {
  const entries = sortedByName(model.constructors).map(
    ({ name }) => `  readonly ${quote(name)}: ${names.constructorOf(name)}\n`,
  )
  return `/** Every constructor by its TL name. */\nexport interface Constructors {\n${entries.join('')}}\n\n`
}

function emitMethodMap(model: SchemaModel, names: TypeNames): string {
  const entries = sortedByName(model.methods).map((method) => {
    const params = valueFields(method).length === 0 ? 'Readonly<Record<never, never>>' : names.params(method.name)
    const result = method.generic === undefined ? typeText(method.result, false, names) : 'unknown'
    return `  readonly ${quote(method.name)}: { readonly params: ${params}; readonly result: ${result} }\n`
  })
  return `/** Every method by its TL name. */\nexport interface Methods {\n${entries.join('')}}\n`
}

function sortedByName(combinators: readonly Combinator[]): Combinator[] {
  return [...combinators].sort((a, b) => byCode(a.name, b.name))
}
