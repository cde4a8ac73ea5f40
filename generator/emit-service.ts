/**
 * lib/core/protocol/service.ts: the messages of the protocol itself. Both sides read and write all of them, and calls
 * among them are objects like any other, so they all form one type more.
 */
import { recursiveTypes } from '../lib/core/schema/cycles.ts'
import type { Combinator, SchemaModel } from '../lib/core/schema/model.ts'
import { typeText } from './compact-text.ts'
import { bareConstructors, codecImports, codecScope, emitType } from './emit-codec.ts'
import { emitCompactType } from './emit-compact.ts'
import { emitConstructor, emitUnions } from './emit-types.ts'
import { BANNER, idLiteral } from './print.ts'
import { typeNames } from './type-names.ts'

/** The type that every object of the file belongs to. */
const SERVICE = 'ServiceObject'

/** The whole file. */
export function emitService(mtproto: SchemaModel): string {
  const model = withServiceType(mtproto)
  const names = typeNames(model)
  const used = { reader: new Set<string>(), writer: new Set<string>() }
  const scope = codecScope(model, names, used)
  const all = model.constructors
  const bare = bareConstructors(model)
  const codec = emitType(SERVICE, all, bare, scope)
  return [
    `${BANNER}\n`,
    '/**\n * Service messages and the key exchange: https://core.telegram.org/mtproto/service_messages\n *\n',
    ' * Containers, `gzip_packed` and `rpc_result` are not here: they hold anything, and pack.ts reads them by hand.\n */\n',
    codecImports(used, '../tl'),
    '\n',
    ...all.map((combinator) => emitConstructor(combinator, names, false)),
    ...emitUnions(model, names, false),
    codec,
    '\n',
    emitIsServiceId(all),
  ].join('')
}

/** lib/core/protocol/service-compact.ts: the same for browsers, as text (core/tl/compact). */
export function emitServiceCompact(mtproto: SchemaModel): string {
  const model = withServiceType(mtproto)
  const recursive = recursiveTypes(model)
  const lines = new Map<string, string>()
  const add = (name: string): void => {
    if (lines.has(name)) return
    lines.set(name, '')
    const { text, parts } = typeText(name, model.types.get(name)!, model)
    lines.set(name, emitCompactType(name, text, parts, recursive.has(name)))
    parts.forEach(add)
  }
  add(SERVICE)
  return [
    `${BANNER}\n`,
    "import { type CompactType, compact, reads, writes } from '../tl/compact.ts'\n",
    "import type * as direct from './service.ts'\n\n",
    "export type * from './service.ts'\n\n",
    ...lines.values(),
    `\nexport const read${SERVICE}: typeof direct.read${SERVICE} = /* @__PURE__ */ reads(${SERVICE})\n`,
    `export const write${SERVICE}: typeof direct.write${SERVICE} = /* @__PURE__ */ writes(${SERVICE})\n`,
    `export const isServiceId: typeof direct.isServiceId = (id) => ${SERVICE}.has(id)\n`,
  ].join('')
}

/** The model with every method a constructor, and a type more that all of them have. */
function withServiceType(model: SchemaModel): SchemaModel {
  const asConstructor = (combinator: Combinator): Combinator => ({ ...combinator, kind: 'constructor' })
  const all = [...model.constructors, ...model.methods.map(asConstructor)]
  return {
    constructors: all,
    methods: [],
    byId: new Map(all.map((combinator) => [combinator.id, combinator])),
    byName: new Map(all.map((combinator) => [combinator.name, combinator])),
    types: new Map([...model.types, [SERVICE, all]]),
  }
}

function emitIsServiceId(all: readonly Combinator[]): string {
  const ids = all.map(({ id, name }) => `  ${idLiteral(id)}, // ${name}\n`).join('')
  return [
    `const serviceIds: ReadonlySet<number> = /* @__PURE__ */ new Set([\n${ids}])\n\n`,
    '/** Whether that constructor id, signed, is one of a service message. */\n',
    'export function isServiceId(id: number): boolean {\n  return serviceIds.has(id)\n}\n',
  ].join('')
}
