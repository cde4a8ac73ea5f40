/** schema/errors.tsv: the errors that the server is known to give. */
import { UsageError } from '../lib/core/errors.ts'

export interface KnownError {
  /** As the server writes it, with `%d` for a number: `FLOOD_WAIT_%d`. */
  readonly name: string
  readonly code: number
  /** The TL names of the methods that are known to give it. */
  readonly methods: readonly string[]
}

/**
 * Reads the table: a heading, then a line for each error with its name, code and methods.
 *
 * @throws {UsageError} naming the line that is wrong.
 */
export function parseErrors(text: string): KnownError[] {
  const [heading, ...lines] = text.trimEnd().split('\n')
  if (heading !== 'name\tcode\tmethods') throw new UsageError(`line 1: expected the heading 'name, code, methods'`)
  return lines.map((line, index) => {
    const [name, code, methods = ''] = line.split('\t')
    if (!name || !/^-?\d{3}$/.test(code ?? '')) throw new UsageError(`line ${index + 2}: expected a name and a code`)
    return { name, code: Number(code), methods: methods.split(' ').filter((method) => method !== '') }
  })
}

/** The error's type, as RpcError has it: the number cut out. What then still has one is a template. */
export function errorType(name: string): string {
  return name.replace(/_%d(?=_|$)/, '')
}
