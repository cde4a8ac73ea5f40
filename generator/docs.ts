/** Docstrings, from the schema alone: the declaration, the official page, and for methods the known error names. */
import type { Combinator, TypeRef } from '../lib/core/schema/model.ts'
import { localName } from '../lib/core/schema/names.ts'

const SITE = 'https://core.telegram.org'

/** The declaration as the schema has it. */
export function signature(combinator: Combinator): string {
  const id = combinator.id.toString(16).padStart(8, '0')
  const generic = combinator.generic === undefined ? [] : [`{${combinator.generic}:Type}`]
  const fields = combinator.fields.map(({ name, type, flag }) => {
    const condition = flag === undefined ? '' : `${flag.field}.${flag.bit}?`
    return `${name}:${condition}${type._ === 'generic' ? '!' : ''}${typeText(type)}`
  })
  return `\`${[`${combinator.name}#${id}`, ...generic, ...fields, '=', typeText(combinator.result)].join(' ')}\``
}

function typeText(type: TypeRef): string {
  if (type._ === 'vector') return `${type.bare ? 'vector' : 'Vector'}<${typeText(type.item)}>`
  return type.name
}

/** Of a constructor's interface. */
export function constructorDoc(combinator: Combinator, linked: boolean): string[] {
  if (!linked) return [signature(combinator)]
  return [signature(combinator), '', `@see ${SITE}/constructor/${combinator.name}`]
}

/** Of a type with several constructors. */
export function typeDoc(name: string, count: number, linked: boolean): string[] {
  const sentence = `\`${name}\`: any of ${count} constructors.`
  return linked ? [sentence, '', `@see ${SITE}/type/${name}`] : [sentence]
}

/** Of a method's parameters. */
export function paramsDoc(combinator: Combinator): string[] {
  return [`Parameters of \`${combinator.name}\`.`, '', `@see ${SITE}/method/${combinator.name}`]
}

/** Of the function that makes the call. */
export function methodDoc(combinator: Combinator, errors: readonly string[]): string[] {
  const named = errors.length === 0 ? '' : `: ${errors.join(', ')}`
  return [
    signature(combinator),
    '',
    'Starts: on subscribe; each subscription is one request.',
    'Emits: the answer, once, then completes.',
    `Errors: RpcError${named}; and what the invoker adds.`,
    isQuery(combinator)
      ? 'Unsubscribe: forgets the call.'
      : 'Unsubscribe: forgets the answer; what the server has begun to do is not undone.',
    '',
    `@see ${SITE}/method/${combinator.name}`,
  ]
}

/** Of the function that only makes the request. */
export function requestDoc(combinator: Combinator): string[] {
  return [`The call \`${combinator.name}\` as data: for an invoker, or inside another call.`]
}

/** Words that a method which only asks begins with. The schema does not say it otherwise. */
const ASKING = /^(get|check|search|resolve|fetch|find|is|can|suggest|load|translate)(?=[A-Z]|$)/

/** Whether the method only asks, as far as its name tells; checking a password or a code also signs in. */
export function isQuery(combinator: Combinator): boolean {
  return ASKING.test(localName(combinator.name)) && !combinator.name.startsWith('auth.check')
}
