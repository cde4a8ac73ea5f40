/**
 * The WebAssembly module and its one memory: 192 KiB that never grow. What is longer passes through in pieces, so the
 * memory is bounded whatever comes, and stays in the processor's cache.
 *
 * Whoever uses it does so in one go: puts in, calls, takes out, wipes. Nothing lies there between two uses.
 */

import { gunzip } from '#gzip'
import { fromBase64 } from '../base64.ts'
import { base64, size, type WasmExports } from './wasm-module.ts'

export interface Arena extends WasmExports {
  /** All of the memory. It never moves, so these views stay good. */
  readonly bytes: Uint8Array
  readonly view: DataView
}

/** null: there is none here. */
let made: Arena | null | undefined

/**
 * The arena, made at first use (3 ms); or undefined where WebAssembly is missing, is forbidden (a page's policy without
 * 'wasm-unsafe-eval') or lacks what the module needs (SIMD; modules of this size without a promise).
 */
export function arena(): Arena | undefined {
  made ??= make()
  return made ?? undefined
}

function make(): Arena | null {
  try {
    const code = gunzip(fromBase64(base64)!, size) as Uint8Array<ArrayBuffer>
    const exports = new WebAssembly.Instance(new WebAssembly.Module(code)).exports as unknown as WasmExports
    const { buffer } = exports.memory
    return { ...exports, bytes: new Uint8Array(buffer), view: new DataView(buffer) }
  } catch {
    return null
  }
}
