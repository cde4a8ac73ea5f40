import type { Request } from '../../../lib/core/invoker.ts'
import { localName, namespaceOf } from '../../../lib/core/schema/names.ts'
import { namespaces } from '../../support/namespaces.ts'

/** The generated function that makes a Request of that method. */
export function requestBuilder(method: string): (params: unknown) => Request<unknown> {
  const namespace = namespaces[namespaceOf(method) || 'root'] as Readonly<Record<string, unknown>>
  return namespace[`${localName(method)}Request`] as (params: unknown) => Request<unknown>
}
