/**
 * A schema with every name resolved: what the generator prints from, and what the local DC interprets.
 *
 * The primitives of the language (`int`, `Bool`, `vector`, ...) are in no list here; `TypeRef` names them.
 */
import { UsageError } from '../errors.ts'
import { constructorId } from './crc.ts'
import { camelCase } from './names.ts'
import { isNumericLong } from './numeric-longs.ts'
import { type Declaration, parseSchema, type RawField, schemaLayer, type TypeRef } from './parse.ts'

export type { PrimitiveName, TypeRef } from './parse.ts'

export interface Field {
  /** The TL name: `random_id`. */
  readonly name: string
  /** The name in objects: `randomId`. A word of flags (type `#`) is in no object. */
  readonly key: string
  readonly type: TypeRef
  /** Present only if that bit is set in the field of that TL name. */
  readonly flag?: { readonly field: string; readonly bit: number } | undefined
  /** The field's longs are numbers and not bigints. */
  readonly numeric: boolean
}

export interface Combinator {
  readonly kind: 'constructor' | 'method'
  /** The TL name: `messages.getHistory`. */
  readonly name: string
  /** The constructor id, uint32. */
  readonly id: number
  /** The line of the schema's text, from 1. */
  readonly line: number
  /** In the order of the wire, words of flags included. */
  readonly fields: readonly Field[]
  readonly result: TypeRef
  /** `X` of a method that takes a call and gives its result. */
  readonly generic?: string | undefined
}

export interface SchemaModel {
  readonly layer?: number | undefined
  readonly constructors: readonly Combinator[]
  readonly methods: readonly Combinator[]
  /** Constructors and methods, by uint32 id. */
  readonly byId: ReadonlyMap<number, Combinator>
  /** Constructors and methods, by TL name. */
  readonly byName: ReadonlyMap<string, Combinator>
  /** The constructors of each type, by the type's TL name. */
  readonly types: ReadonlyMap<string, readonly Combinator[]>
}

/**
 * The model of a schema's text.
 *
 * @throws {UsageError} naming the line that is wrong.
 */
export function schemaModel(text: string): SchemaModel {
  return buildModel(parseSchema(text), schemaLayer(text))
}

/**
 * Resolves declarations. One that has no id gets the one that its text gives.
 *
 * @throws {UsageError} naming the line that is wrong.
 */
export function buildModel(declarations: readonly Declaration[], layer?: number): SchemaModel {
  const own = declarations.filter((declaration) => !declaration.builtin)
  const typeNames = new Map<string, Declaration[]>()
  for (const declaration of own) {
    if (declaration.kind === 'method' || declaration.result._ !== 'boxed') continue
    const list = typeNames.get(declaration.result.name)
    if (list === undefined) typeNames.set(declaration.result.name, [declaration])
    else list.push(declaration)
  }
  const constructorNames = new Set(own.filter(({ kind }) => kind === 'constructor').map(({ name }) => name))
  const resolve = resolver(typeNames, constructorNames)

  const byId = new Map<number, Combinator>()
  const byName = new Map<string, Combinator>()
  for (const declaration of own) {
    const combinator = buildCombinator(declaration, resolve)
    const sameId = byId.get(combinator.id)
    if (sameId !== undefined) refuse(declaration, `has the id of ${sameId.name} in line ${sameId.line}`)
    const sameName = byName.get(combinator.name)
    if (sameName !== undefined) refuse(declaration, `was already declared in line ${sameName.line}`)
    byId.set(combinator.id, combinator)
    byName.set(combinator.name, combinator)
  }
  const all = [...byName.values()]
  const types = new Map<string, Combinator[]>()
  for (const [name, list] of typeNames)
    types.set(
      name,
      list.map((declaration) => byName.get(declaration.name)!),
    )
  return {
    layer,
    constructors: all.filter(({ kind }) => kind === 'constructor'),
    methods: all.filter(({ kind }) => kind === 'method'),
    byId,
    byName,
    types,
  }
}

type Resolve = (type: TypeRef, declaration: Declaration) => TypeRef

function buildCombinator(declaration: Declaration, resolve: Resolve): Combinator {
  const { kind, name, line, generics } = declaration
  if (generics.length > 1) refuse(declaration, 'has more than one type parameter, which is not supported')
  if (kind === 'constructor' && declaration.result._ !== 'boxed') refuse(declaration, 'is of no type that has a name')
  return {
    kind,
    name,
    id: declaration.id ?? constructorId(declaration),
    line,
    fields: buildFields(declaration, resolve),
    result: resolve(declaration.result, declaration),
    generic: generics[0],
  }
}

function buildFields(declaration: Declaration, resolve: Resolve): Field[] {
  const words = new Set<string>()
  const keys = new Set<string>(['_'])
  return declaration.fields.map((raw) => {
    checkFlag(raw, words, declaration)
    const key = camelCase(raw.name)
    if (keys.has(key)) refuse(declaration, `has two fields called ${key}`)
    keys.add(key)
    if (isWord(raw.type)) words.add(raw.name)
    const type = resolve(raw.type, declaration)
    return {
      name: raw.name,
      key,
      type,
      flag: raw.flag,
      numeric: isLong(type) && isNumericLong(declaration.name, raw.name),
    }
  })
}

function checkFlag(raw: RawField, words: ReadonlySet<string>, declaration: Declaration): void {
  const isTrue = raw.type._ === 'primitive' && raw.type.name === 'true'
  if (raw.flag === undefined) {
    if (isTrue) refuse(declaration, `has ${raw.name}:true without a flag, which says nothing`)
    return
  }
  if (!words.has(raw.flag.field)) refuse(declaration, `uses ${raw.flag.field} before ${raw.flag.field}:#`)
  if (raw.flag.bit > 31) refuse(declaration, `uses bit ${raw.flag.bit} of ${raw.flag.field}, which has 32`)
  if (isWord(raw.type)) refuse(declaration, `has the optional word of flags ${raw.name}, which is not supported`)
}

function resolver(types: ReadonlyMap<string, readonly Declaration[]>, constructors: ReadonlySet<string>): Resolve {
  const resolve: Resolve = (type, declaration) => {
    if (type._ === 'vector') return { ...type, item: resolve(type.item, declaration) }
    if (type._ === 'boxed' && !types.has(type.name))
      refuse(declaration, `uses the type ${type.name}, which has no constructor`)
    if (type._ !== 'bare' || constructors.has(type.name)) return type
    const only = types.get(type.name)
    if (only === undefined) refuse(declaration, `uses the constructor ${type.name}, which is not declared`)
    if (only.length !== 1) refuse(declaration, `uses %${type.name}, which has ${only.length} constructors and not one`)
    return { _: 'bare', name: only[0]!.name }
  }
  return resolve
}

function isWord(type: TypeRef): boolean {
  return type._ === 'primitive' && type.name === '#'
}

function isLong(type: TypeRef): boolean {
  return type._ === 'vector' ? isLong(type.item) : type._ === 'primitive' && type.name === 'long'
}

function refuse(declaration: Declaration, reason: string): never {
  throw new UsageError(`line ${declaration.line}: ${declaration.name} ${reason}`)
}
