/** Texts of the schema in, generated files out: no IO. */
import { UsageError } from '../lib/core/errors.ts'
import { buildModel, type SchemaModel, schemaModel } from '../lib/core/schema/model.ts'
import { parseSchema, schemaLayer } from '../lib/core/schema/parse.ts'
import { emitCodec } from './emit-codec.ts'
import { emitCompact } from './emit-compact.ts'
import { emitErrors, methodErrors } from './emit-errors.ts'
import { emitMethods } from './emit-methods.ts'
import { emitService, emitServiceCompact } from './emit-service.ts'
import { emitTypes } from './emit-types.ts'
import { parseErrors } from './errors-table.ts'
import { BANNER } from './print.ts'
import { typeNames } from './type-names.ts'

export interface Generated {
  /** Text by file name: the API's. */
  readonly files: ReadonlyMap<string, string>
  /** The same API for browsers: `compact/messages.ts`. */
  readonly compact: ReadonlyMap<string, string>
  readonly model: SchemaModel
  /** How many definitions the text has, those of the language itself included. */
  readonly definitions: number
}

/**
 * The files of the API. `core` is the path from their folder to lib/core.
 *
 * @throws {UsageError} naming the line of the schema that is wrong.
 */
export function generateApi(schema: string, errorsTable: string, core = '../core'): Generated {
  const declarations = parseSchema(schema)
  const model = buildModel(declarations, schemaLayer(schema))
  if (model.layer === undefined) throw new UsageError("expected a line such as '// LAYER 229' in the schema")
  const names = typeNames(model)
  const errors = parseErrors(errorsTable)
  const ofMethod = methodErrors(errors)
  const files = new Map<string, string>([
    ['types.ts', emitTypes(model, names, core)],
    ['codec.ts', emitCodec(model, names, core)],
    ['error-names.ts', emitErrors(errors, model)],
    ['layer.ts', emitLayer(model.layer)],
    ['schema.ts', emitSchema(schema)],
    ['index.ts', emitIndex()],
  ])
  for (const [name, text] of emitMethods(model, names, core, (method) => ofMethod.get(method) ?? [])) {
    if (files.has(name)) throw new UsageError(`the namespace of ${name} has the name of a file that is there already`)
    files.set(name, text)
  }
  return { files, compact: emitCompact(model, core), model, definitions: declarations.length }
}

/** The service file, and the one for browsers. */
export function generateService(schema: string): { readonly direct: string; readonly compact: string } {
  const model = schemaModel(schema)
  return { direct: emitService(model), compact: emitServiceCompact(model) }
}

function emitLayer(layer: number): string {
  return `${BANNER}\n\n/** The layer that the API is of: what invokeWithLayer tells the server. */\nexport const LAYER = ${layer}\n`
}

function emitSchema(schema: string): string {
  if (/[`\\$]/.test(schema)) throw new UsageError('expected a schema in normal form')
  return `${BANNER}\n\n/** The schema itself in normal form, for code that interprets it. */\nexport const schema: string = \`${schema}\`\n`
}

function emitIndex(): string {
  return [
    `${BANNER}\n`,
    '/** The types of the schema. Functions are in one module for each namespace: `rxgram/api/messages`. */\n',
    "export { type MethodErrors, RPC_ERROR_CODES, type RpcErrorName } from './error-names.ts'\n",
    "export { LAYER } from './layer.ts'\n",
    "export type * from './types.ts'\n",
  ].join('')
}
