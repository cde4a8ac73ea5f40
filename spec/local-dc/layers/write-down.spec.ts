import { isDeepStrictEqual } from 'node:util'
import { expect } from 'chai'
import { RpcError, UsageError } from '../../../lib/core/errors.ts'
import type { SchemaModel, TypeRef } from '../../../lib/core/schema/model.ts'
import { schemaCodec, type TlObject } from '../../../lib/local-dc/layers/codec.ts'
import { isWord } from '../../../lib/local-dc/layers/fields.ts'
import { STAND_INS } from '../../../lib/local-dc/layers/stand-ins.ts'
import { writeDown } from '../../../lib/local-dc/layers/write-down.ts'
import { randomValues, seeded } from '../../support/random-values.ts'
import { boxed, older, own } from './schemas.ts'

const UPDATES = boxed('Updates')

/** Writes `value` for the layer and reads it with that layer's schema. */
function through(model: SchemaModel, type: TypeRef, value: unknown): unknown {
  const codec = schemaCodec(model)
  return codec.read(type, writeDown(own, codec).value(type, value))
}

const layer227 = older.find(({ layer }) => layer === 227)!.model
const layer224 = older.find(({ layer }) => layer === 224)!.model

/** Whether there is anything in a value that the layer has no constructor for. */
function hasForeign(value: unknown, model: SchemaModel): boolean {
  if (Array.isArray(value)) return value.some((item) => hasForeign(item, model))
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false
  const { _: name, ...fields } = value as TlObject
  return !model.byName.has(name) || hasForeign(Object.values(fields), model)
}

/** What of `read` is not what `given` says, as paths. What the layer can't say may differ, and nothing else may. */
function differences(given: unknown, read: unknown, model: SchemaModel, path: string): string[] {
  if (Array.isArray(given) && Array.isArray(read)) return itemDifferences(given, read, model, path)
  if (hasForeign(given, model)) return foreignDifferences(given, read, model, path)
  // Optional in layer 229, required in the other.
  if (given === undefined && (read === '' || read === 0 || read === 0n)) return []
  if (given instanceof Uint8Array || typeof given !== 'object' || given === null) {
    return String(given) === String(read) ? [] : [`${path}: ${String(given)} became ${String(read)}`]
  }
  if (typeof read !== 'object' || read === null) return [`${path}: became ${String(read)}`]
  const [a, b] = [given as TlObject, read as TlObject]
  if (a._ !== b._) return isButton(a) ? [] : [`${path}: ${a._} became ${b._}`]
  return sharedKeys(a._, model).flatMap((key) => differences(a[key], b[key], model, `${path}.${key}`))
}

/** Items that the layer has all of must be there, in their order; of the others, some may be. */
function itemDifferences(
  given: readonly unknown[],
  read: readonly unknown[],
  model: SchemaModel,
  path: string,
): string[] {
  let next = 0
  const found = given.flatMap((item, index) => {
    const isForeign = hasForeign(item, model)
    if (isForeign && next === read.length) return []
    const differing = differences(item, read[next], model, `${path}[${index}]`)
    if (isForeign && differing.length > 0) return []
    next++
    return differing
  })
  return next === read.length ? found : [...found, `${path}: ${given.length} items became ${read.length}`]
}

/** The same where something in `given` is foreign: it became its stand-in, or was left out of what is around it. */
function foreignDifferences(given: unknown, read: unknown, model: SchemaModel, path: string): string[] {
  if (read === undefined) return []
  const [a, b] = [given as TlObject, read as TlObject]
  if (model.byName.has(a._) && a._ === b._) {
    return sharedKeys(a._, model).flatMap((key) => differences(a[key], b[key], model, `${path}.${key}`))
  }
  const standIn = STAND_INS[a._] ?? STAND_INS[typeOf(a._)]
  const isDeclared = typeof standIn === 'function' || b._ === standIn || isButton(a) || b._ === 'updates'
  return isDeclared ? [] : [`${path}: ${a._} became ${b._}`]
}

/** Buttons have their own spec. */
function isButton({ _ }: TlObject): boolean {
  return _.startsWith('keyboard')
}

/** The fields that a constructor has in both layers. */
function sharedKeys(name: string, model: SchemaModel): string[] {
  const keys = new Set(
    model.byName
      .get(name)!
      .fields.filter(({ type }) => !isWord(type))
      .map(({ key }) => key),
  )
  return own.byName
    .get(name)!
    .fields.map(({ key }) => key)
    .filter((key) => keys.has(key))
}

describe('an object of layer 229 in an older layer', () => {
  for (const { layer, model } of older) {
    it(`is written, and read with the schema of ${layer}, whatever the constructor`, () => {
      const random = randomValues(own, seeded(layer))
      const codec = schemaCodec(model)
      const down = writeDown(own, codec)
      const impossible = new Set<string>()
      let written = 0
      for (const combinator of own.constructors) {
        const type = combinator.result
        for (let round = 0; round < 4; round++) {
          const value = random.object(combinator)
          const bytes = attempt(() => down.value(type, value))
          if (bytes === undefined) {
            expect(
              hasForeign(value, model),
              `${combinator.name} can't be written, but the layer has all of it`,
            ).to.equal(true)
            if (!model.byName.has(combinator.name)) impossible.add(combinator.name)
            continue
          }
          written++
          const read = codec.read(type, bytes)
          expect(differences(value, read, model, combinator.name)).to.deep.equal([])
        }
      }
      expect(written).to.be.greaterThan(own.constructors.length * 3.5)
      const answers = answerTypes(model)
      for (const name of impossible) {
        const isExcused = !answers.has(typeOf(name)) || IMPOSSIBLE.has(name) || escapes(name, model, new Set())
        expect(isExcused, `${name} is impossible in ${layer}`).to.equal(true)
      }
    })
  }

  for (const { layer, model } of older) {
    it(`is what every method of ${layer} answers`, () => {
      const random = randomValues(own, seeded(layer + 1))
      const codec = schemaCodec(model)
      const down = writeDown(own, codec)
      for (const { name, result } of model.methods) {
        const method = own.byName.get(name)
        if (method === undefined || result._ === 'generic') continue
        const value = random.value(method.result)
        const bytes = attempt(() => down.answer(name, name, value))
        if (bytes === undefined) expect(hasForeign(value, model), `${name} has an answer`).to.equal(true)
        else if (isDeepStrictEqual(result, method.result)) {
          expect(differences(value, codec.read(result, bytes), model, name)).to.deep.equal([])
        } else codec.read(result, bytes)
      }
    })
  }

  it('is refused for the layer, not for its maker, when nothing fits', () => {
    const write = (): unknown => through(layer224, boxed('InputRichMessage'), { _: 'inputRichMessage' })
    expect(write).to.throw(RpcError).that.includes({ code: 400, text: 'CONNECTION_LAYER_INVALID' })
  })

  it('is refused for its maker when layer 229 does not have it either', () => {
    expect(() => through(layer227, boxed('User'), { _: 'nobody' })).to.throw(UsageError, "expected User, got 'nobody'")
    expect(() => through(layer227, boxed('User'), { _: 'user' })).to.throw(UsageError, 'user.id')
    expect(() => through(layer227, boxed('User'), undefined)).to.throw(UsageError, 'expected User, got undefined')
    const endless: Record<string, unknown> = { _: 'pageBlockCover' }
    endless['cover'] = endless
    expect(() => through(layer227, boxed('PageBlock'), endless)).to.throw(UsageError, 'contains itself')
  })
})

/** The bytes, or undefined where the layer has nothing that fits. */
function attempt(write: () => Uint8Array): Uint8Array | undefined {
  try {
    return write()
  } catch (error) {
    expect(error).to.be.instanceOf(RpcError).and.include({ code: 400, text: 'CONNECTION_LAYER_INVALID' })
    return undefined
  }
}

/**
 * Constructors without a stand-in that can be all of an answer, or a required part of one, in an older layer; each
 * with the reason why nothing can stand for it.
 */
const IMPOSSIBLE: ReadonlySet<string> = new Set([
  // Only in updates.channelDifferenceTooLong, which is about a channel and never about a community.
  'dialogCommunity',
])

describe('the table of stand-ins', () => {
  it('has constructors of their types in layer 229', () => {
    for (const [name, standIn] of Object.entries(STAND_INS)) {
      const isType = own.types.has(name)
      expect(isType || own.byName.has(name), `${name} is a type or a constructor`).to.equal(true)
      if (typeof standIn === 'function') continue
      const type = isType ? name : typeOf(name)
      expect(
        own.types.get(type)!.map((combinator) => combinator.name),
        name,
      ).to.include(standIn)
    }
  })

  for (const { layer, model } of older) {
    it(`leaves no constructor that ${layer} lacks without a way out of an answer`, () => {
      const answers = answerTypes(model)
      const stuck = own.constructors
        .filter(({ name }) => !model.byName.has(name) && answers.has(typeOf(name)))
        .filter(({ name }) => !escapes(name, model, new Set()))
        .map(({ name }) => name)
      expect(stuck.filter((name) => !IMPOSSIBLE.has(name))).to.deep.equal([])
    })
  }
})

/** Whether something can stand for it, or it can be left out of every place that it has in the layer. */
function escapes(name: string, model: SchemaModel, seen: Set<string>): boolean {
  const type = typeOf(name)
  if ((STAND_INS[name] ?? STAND_INS[type] ?? name) !== name) return true
  if (seen.has(name)) return true
  seen.add(name)
  if (model.methods.some(({ result }) => result._ === 'boxed' && result.name === type)) return false
  return model.constructors.every((container) =>
    container.fields.every(
      (field) =>
        field.type._ !== 'boxed' ||
        field.type.name !== type ||
        field.flag !== undefined ||
        !own.byName.has(container.name) ||
        escapes(container.name, model, seen),
    ),
  )
}

/** The types that answers and updates consist of in the layer, as far as layer 229 makes them. */
function answerTypes(model: SchemaModel): ReadonlySet<string> {
  const found = new Set<string>()
  const collect = (type: TypeRef): void => {
    if (type._ === 'vector') collect(type.item)
    if (type._ !== 'boxed' || found.has(type.name)) return
    found.add(type.name)
    for (const combinator of model.types.get(type.name) ?? [])
      for (const field of combinator.fields) collect(field.type)
  }
  collect(UPDATES)
  for (const { result } of model.methods) collect(result)
  return found
}

function typeOf(name: string): string {
  return (own.byName.get(name)!.result as { name: string }).name
}
