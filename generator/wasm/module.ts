/** The module whole: its text, and the TypeScript file that carries it. */
import wabt from 'wabt'
import { BANNER } from '../print.ts'
import { aes } from './aes.ts'
import { factoring } from './factor.ts'
import { layout, pages } from './layout.ts'
import { message } from './message.ts'
import { sha256 } from './sha256.ts'

/** The module in WebAssembly's text format. */
export function moduleText(): string {
  return [
    '(module',
    // As large as it will ever be.
    `(memory (export "memory") ${pages} ${pages})`,
    ...sha256,
    ...aes,
    ...message,
    ...factoring,
    '(start $tables))',
  ].join('\n')
}

/** The module assembled. */
export async function moduleBytes(): Promise<Uint8Array> {
  const { parseWat } = await wabt()
  const parsed = parseWat('crypto.wat', moduleText(), { simd: true, bulk_memory: true })
  try {
    parsed.validate()
    return parsed.toBinary({}).buffer
  } finally {
    parsed.destroy()
  }
}

/** lib/core/crypto/wasm-module.ts. */
export async function generateModule(): Promise<string> {
  const bytes = await moduleBytes()
  const lines = Buffer.from(bytes).toString('base64').match(/.{1,116}/g) ?? []
  const places = Object.entries(layout).map(([name, place]) => `  ${name}: ${place},\n`)
  return [
    `${BANNER}\n`,
    '/** Where things lie in the memory of the module, in bytes. */\n',
    `export const layout = {\n${places.join('')}} as const\n\n`,
    '/** The functions of the module: see generator/wasm/. */\n',
    `export interface WasmExports {\n  readonly memory: WebAssembly.Memory\n${signatures().join('')}}\n\n`,
    `/** The module: ${bytes.length} bytes, in base64. */\n`,
    `export const base64: string = [\n${lines.map((line) => `  '${line}',\n`).join('')}].join('')\n`,
  ].join('')
}

/** What is exported, as TypeScript sees it. */
function signatures(): readonly string[] {
  const type = (name: string | undefined): string => (name === undefined ? 'void' : name === 'i64' ? 'bigint' : 'number')
  const heads = moduleText().matchAll(/\(func \$\w+ \(export "(\w+)"\)(.*)/g)
  return [...heads].map(([, name, rest]) => {
    const params = [...rest!.matchAll(/\(param \$(\w+) (\w+)\)/g)].map(([, each, of]) => `${each}: ${type(of)}`)
    return `  readonly ${name}: (${params.join(', ')}) => ${type(/\(result (\w+)\)/.exec(rest!)?.[1])}\n`
  })
}
