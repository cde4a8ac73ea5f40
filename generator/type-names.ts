/** Which TypeScript name each TL type, constructor and method gets; no two get the same. */
import { UsageError } from '../lib/core/errors.ts'
import type { Combinator, SchemaModel } from '../lib/core/schema/model.ts'
import { pascalCase } from '../lib/core/schema/names.ts'

export interface TypeNames {
  /** Of a TL type, by its TL name: an interface when it has one constructor of that name, otherwise an alias. */
  type(name: string): string
  /** Of a constructor's interface, by its TL name. */
  constructorOf(name: string): string
  /** Of a method's parameters, by its TL name. */
  params(name: string): string
}

/** What generated files need for themselves. */
const TAKEN = ['Constructors', 'Methods', 'Invoker', 'Observable', 'Request', 'RpcErrorName', 'Uint8Array']

/**
 * Names for a schema.
 *
 * @throws {UsageError} when two things would get one name.
 */
export function typeNames(model: SchemaModel): TypeNames {
  const owners = new Map<string, string>(TAKEN.map((name) => [name, 'the generated code']))
  const claim = (name: string, owner: string): string => {
    const other = owners.get(name)
    if (other !== undefined) throw new UsageError(`${owner} and ${other} would both be called ${name}`)
    owners.set(name, owner)
    return name
  }

  const types = new Map<string, string>()
  for (const name of model.types.keys()) types.set(name, claim(pascalCase(name), `the type ${name}`))
  const constructors = new Map<string, string>()
  for (const combinator of model.constructors) {
    const name = pascalCase(combinator.name)
    const type = wholeTypeOf(combinator, model)
    if (type !== undefined && types.get(type) === name) {
      constructors.set(combinator.name, name)
    } else {
      const free = owners.has(name) ? `${name}Constructor` : name
      constructors.set(combinator.name, claim(free, `the constructor ${combinator.name}`))
    }
  }
  const params = new Map<string, string>()
  for (const { name } of model.methods)
    params.set(name, claim(`${pascalCase(name)}Params`, `the parameters of ${name}`))
  return {
    type: (name) => types.get(name)!,
    constructorOf: (name) => constructors.get(name)!,
    params: (name) => params.get(name)!,
  }
}

/** The TL name of a constructor's type if the constructor is the only one that it has. */
export function wholeTypeOf(combinator: Combinator, model: SchemaModel): string | undefined {
  if (combinator.result._ !== 'boxed') return undefined
  return model.types.get(combinator.result.name)?.length === 1 ? combinator.result.name : undefined
}

/** The same names, each passed through `map`: to put a prefix before them, or to note which are used. */
export function mapNames(names: TypeNames, map: (name: string) => string): TypeNames {
  return {
    type: (name) => map(names.type(name)),
    constructorOf: (name) => map(names.constructorOf(name)),
    params: (name) => map(names.params(name)),
  }
}
