import { join } from 'node:path'
import { compileFunction } from 'node:vm'
import { buildSync } from 'esbuild'
import * as node from './crypto.ts'

export { expectError } from './expect-error.ts'

/** core/crypto as one platform runs it. */
export interface Face {
  readonly name: string
  readonly crypto: typeof node
}

/**
 * core/crypto twice: as this Node runs it, and as a browser's bundler would put it together. Every vector passes both.
 */
export const faces: readonly Face[] = [
  { name: 'node', crypto: node },
  { name: 'portable', crypto: bundled()(WebAssembly) },
]

/** And once more, as in a page that forbids WebAssembly: for the vectors of what is done there by @noble. */
export const cipherFaces: readonly Face[] = [...faces, { name: 'without WebAssembly', crypto: bundled()(undefined) }]

function bundled(): (module: typeof WebAssembly | undefined) => typeof node {
  const { outputFiles } = buildSync({
    entryPoints: [join(import.meta.dirname, 'crypto.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'portable',
    platform: 'browser',
    conditions: ['rxgram-source', 'browser'],
    logLevel: 'silent',
  })
  return compileFunction(`${outputFiles[0]!.text}; return portable`, ['WebAssembly']) as ReturnType<typeof bundled>
}
