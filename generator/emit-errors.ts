/** lib/api/error-names.ts: the names of RPC errors, and which methods are known to give which. */
import type { SchemaModel } from '../lib/core/schema/model.ts'
import { errorType, type KnownError } from './errors-table.ts'
import { BANNER, byCode, quote, wrap } from './print.ts'

/** The whole file. */
export function emitErrors(errors: readonly KnownError[], model: SchemaModel): string {
  const codes = new Map<string, number>()
  for (const { name, code } of errors) if (!codes.has(errorType(name))) codes.set(errorType(name), code)
  const names = [...codes.keys()].sort(byCode)
  const methods = methodErrors(errors)
  const known = [...methods.keys()].filter((method) => model.byName.get(method)?.kind === 'method').sort(byCode)
  return [
    `${BANNER}\n\n`,
    '/** The type of every RPC error that is known: `FLOOD_WAIT` of `FLOOD_WAIT_31`. Servers do send others. */\n',
    `export type RpcErrorName =\n${names.map((name) => `  | ${literal(name)}\n`).join('')}\n`,
    '/** The errors that a method is known for, by its TL name. Any method may fail in other ways too. */\n',
    `export interface MethodErrors {\n${known.map((method) => entry(method, methods.get(method)!)).join('')}}\n\n`,
    '/** The usual code of each error. Match by name first: codes of one name do differ. */\n',
    `export const RPC_ERROR_CODES: { readonly [name in RpcErrorName]: number } = {\n`,
    names
      .filter((name) => !name.includes('%'))
      .map((name) => `  ${key(name)}: ${codes.get(name)},\n`)
      .join(''),
    '}\n',
  ].join('')
}

/** The types of the errors that each method is known for, sorted. */
export function methodErrors(errors: readonly KnownError[]): Map<string, readonly string[]> {
  const methods = new Map<string, string[]>()
  for (const error of errors) {
    for (const method of error.methods) {
      const names = methods.get(method)
      if (names === undefined) methods.set(method, [errorType(error.name)])
      else names.push(errorType(error.name))
    }
  }
  return new Map([...methods].map(([method, names]) => [method, [...new Set(names)].sort(byCode)]))
}

function entry(method: string, names: readonly string[]): string {
  const lines = wrap(names.map(literal).join(' | '), 114)
  const union = lines.length === 1 ? ` ${lines[0]}` : `\n${lines.map((line) => `    ${line}`).join('\n')}`
  return `  readonly ${quote(method)}:${union}\n`
}

/** What stands for a number or a text in the table, and its TypeScript. */
const HOLES: readonly (readonly [string, string])[] = [
  ['%d', 'number'],
  ['%s', 'string'],
]

/** A name with something in it that varies stands for many: a template type. */
function literal(name: string): string {
  const hole = HOLES.find(([mark]) => name.includes(mark))
  return hole === undefined ? quote(name) : `\`${name.split(hole[0]).join(`$\{${hole[1]}}`)}\``
}

function key(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : quote(name)
}
