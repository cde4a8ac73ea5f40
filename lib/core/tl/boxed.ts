/** A type of several constructors, for codecs that follow a schema: https://core.telegram.org/mtproto/serialize */
import { readId, unknownConstructor } from './reader.ts'
import type { ValueCodec } from './shape.ts'
import { noConstructor, writeId } from './writer.ts'

/** What follows an id, and the id. */
export interface Constructor extends ValueCodec {
  readonly name: string
  /** Signed. */
  readonly id: number
}

export interface BoxedCodec extends ValueCodec {
  /** Whether one of the constructors has that id, signed. */
  has(id: number): boolean
  /** The constructor of that name, without its id. */
  bare(name: string): ValueCodec
}

/**
 * The codec of a type by its constructors, which are asked for when they are first needed: types hold each other.
 * `foreign` is told of an id that none of them has.
 */
export function boxedCodec(
  type: string,
  constructors: () => readonly Constructor[],
  foreign?: (id: number) => void,
): BoxedCodec {
  let byId: ReadonlyMap<number, Constructor> | undefined
  let byName: ReadonlyMap<unknown, Constructor> = new Map()
  const known = (): ReadonlyMap<number, Constructor> => {
    if (byId === undefined) {
      const all = constructors()
      byId = new Map(all.map((each) => [each.id, each]))
      byName = new Map(all.map((each) => [each.name, each]))
    }
    return byId
  }
  return {
    read() {
      const id = readId()
      const found = known().get(id)
      if (found !== undefined) return found.read()
      foreign?.(id)
      unknownConstructor(id, type)
    },
    write(value, position) {
      known()
      const { id, write } = byName.get(nameOf(value)) ?? noConstructor(value, type)
      return write(value, writeId(id, position))
    },
    has: (id) => known().has(id),
    bare(name) {
      // Asked for while the constructors are being made, if the type holds its own.
      const found = (): Constructor => {
        known()
        return byName.get(name)!
      }
      return {
        read: () => found().read(),
        write(value, position) {
          if (nameOf(value) !== name) noConstructor(value, name)
          return found().write(value, position)
        },
      }
    },
  }
}

function nameOf(value: unknown): unknown {
  return (value as { readonly _?: unknown } | null | undefined)?._
}
