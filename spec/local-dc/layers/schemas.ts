import { readFileSync } from 'node:fs'
import { schema } from '../../../lib/api/schema.ts'
import { type Combinator, type SchemaModel, schemaModel, type TypeRef } from '../../../lib/core/schema/model.ts'
import type { RandomValues } from '../../support/random-values.ts'

/** The project's own schema. */
export const own: SchemaModel = schemaModel(schema)

/** The text of an older layer's schema. */
export function schemaText(layer: 224 | 227): string {
  return readFileSync(new URL(`../../vectors/schema-${layer}.tl`, import.meta.url), 'utf8')
}

/** Older layers, whole. */
export const older: readonly { readonly layer: 224 | 227; readonly model: SchemaModel }[] = [
  { layer: 224, model: schemaModel(schemaText(224)) },
  { layer: 227, model: schemaModel(schemaText(227)) },
]

/** That schema's text without some constructors and methods: an older layer than there is. */
export function without(text: string, names: readonly string[]): string {
  return text
    .split('\n')
    .filter((line) => !names.some((name) => line.startsWith(`${name}#`)))
    .join('\n')
}

/** Random params of a method, without the call inside a wrapper. */
export function randomParams(random: RandomValues, method: Combinator): Record<string, unknown> {
  const { _: _name, ...params } = random.object(method)
  const { [method.fields.find(({ type }) => type._ === 'generic')?.key ?? '']: _query, ...others } = params
  return others
}

export function boxed(name: string): TypeRef {
  return { _: 'boxed', name }
}
