import { readFileSync } from 'node:fs'

/** One vector of a file in spec/vectors. */
export interface Vector<In, Out> {
  readonly name: string
  readonly kind: string
  readonly in: In
  readonly out: Out
}

/** The vectors of one kind, in the order of the file. */
export function vectors<In, Out>(file: string, kind: string): readonly Vector<In, Out>[] {
  const url = new URL(`../../vectors/${file}.json`, import.meta.url)
  const { vectors: all } = JSON.parse(readFileSync(url, 'utf8')) as { vectors: readonly Vector<In, Out>[] }
  const found = all.filter((vector) => vector.kind === kind)
  if (found.length === 0) throw new Error(`spec/vectors/${file}.json has no vectors of kind ${kind}`)
  return found
}

/** A random source that gives these bytes, call by call; each call must ask for exactly as many as come next. */
export function scripted(...parts: readonly Uint8Array[]): (length: number) => Uint8Array {
  const left = [...parts]
  return (length) => {
    const part = left.shift()
    if (part === undefined) throw new Error(`no random bytes are left, ${length} were asked for`)
    if (part.length !== length) throw new Error(`${part.length} random bytes come next, ${length} were asked for`)
    return part
  }
}
