/**
 * What specs, and they alone, have of Node when they run in a page. The library gets none of it: only files of spec/ are
 * led here. An import of anything else leaves its spec out of the run.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { deflateSync as deflate, gzipSync as gzip, zlibSync } from 'fflate'
import { crc32 as crc } from '../../lib/core/crc32.ts'

/** node:fs: a file of the repository, asked of the page's server. */
export function readFileSync(place: URL | string): string {
  const path = typeof place === 'string' ? place : place.pathname
  const request = new XMLHttpRequest()
  request.open('GET', path, false)
  request.send()
  if (request.status !== 200) throw new Error(`expected ${path} to be served, got ${request.status}`)
  return request.responseText
}

/** node:crypto */
export function createHash(name: string): { update(data: Uint8Array): { digest(form: 'hex'): string } } {
  if (name !== 'sha256') throw new Error(`expected sha256, got ${name}`)
  return { update: (data) => ({ digest: () => hex(sha256(data)) }) }
}

/** node:zlib */
export const crc32: (data: Uint8Array) => number = (data) => crc(data)
export const deflateSync: (data: Uint8Array) => Uint8Array = (data) => zlibSync(data)
export const deflateRawSync: (data: Uint8Array) => Uint8Array = (data) => deflate(data)
export const gzipSync: (data: Uint8Array) => Uint8Array = (data) => gzip(data)

/** Bytes that do what specs ask of Node's. */
class NodeBytes extends Uint8Array {
  writeInt32LE(value: number): void {
    this.#view.setInt32(0, value, true)
  }

  writeBigInt64LE(value: bigint): void {
    this.#view.setBigInt64(0, value, true)
  }

  writeDoubleLE(value: number): void {
    this.#view.setFloat64(0, value, true)
  }

  get #view(): DataView {
    return new DataView(this.buffer, this.byteOffset, this.byteLength)
  }

  override toString(form = 'utf8'): string {
    if (form === 'hex') return hex(this)
    if (form === 'utf8') return new TextDecoder().decode(this)
    const text = btoa(String.fromCharCode(...this))
    return form === 'base64' ? text : text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
  }
}

/** The global, as far as specs use it. */
export const Buffer = {
  from(source: ArrayLike<number> | string, form = 'utf8'): Uint8Array {
    if (typeof source !== 'string') return new NodeBytes(source)
    if (form === 'hex') return new NodeBytes((source.match(/../g) ?? []).map((each) => Number.parseInt(each, 16)))
    return new NodeBytes(new TextEncoder().encode(source))
  },
  alloc: (length: number): Uint8Array => new NodeBytes(length),
  concat: (parts: readonly Uint8Array[]): Uint8Array => new NodeBytes(parts.flatMap((part) => [...part])),
  compare(a: Uint8Array, b: Uint8Array): number {
    const at = a.findIndex((byte, index) => byte !== b[index])
    return at === -1 ? Math.sign(a.length - b.length) : Math.sign(a[at]! - (b[at] ?? -1))
  },
}

/** The global, as far as specs use it. */
export const process = {
  memoryUsage: (): { readonly rss: number; readonly heapUsed: number } => {
    const { memory } = performance as unknown as { readonly memory: { readonly usedJSHeapSize: number } }
    return { rss: memory.usedJSHeapSize, heapUsed: memory.usedJSHeapSize }
  },
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
