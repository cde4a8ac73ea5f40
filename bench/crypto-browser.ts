/** The suite as a browser runs it: bundled and loaded by spec/support/chromium.ts. */
import { BaseCryptoProvider, type IAesCtr, type ICryptoProvider, type IEncryptionScheme } from '@mtcute/core/utils.js'
import { createCtr256, ctr256, ige256Decrypt, ige256Encrypt, initSync, sha256 } from '@mtcute/wasm'
import { platform } from '../lib/core/crypto/platform.ts'
import { cryptoCases } from './crypto-cases.ts'
import { measure, type Row } from './harness.ts'

/** What mtcute's web client does: all in its module. */
class WasmProvider extends BaseCryptoProvider {
  sha256(data: Uint8Array): Uint8Array {
    return sha256(data)
  }
  randomFill(bytes: Uint8Array): void {
    crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>)
  }
  createAesIge(key: Uint8Array, iv: Uint8Array): IEncryptionScheme {
    return { encrypt: (data) => ige256Encrypt(data, key, iv), decrypt: (data) => ige256Decrypt(data, key, iv) }
  }
  createAesCtr(key: Uint8Array, iv: Uint8Array): IAesCtr {
    const stream = createCtr256(key, iv)
    return { process: (data) => ctr256(stream, data) }
  }
}

export async function run(): Promise<readonly Row[]> {
  initSync(new WebAssembly.Module(await (await fetch('/mtcute-simd.wasm')).arrayBuffer()))
  const provider = new WasmProvider() as unknown as ICryptoProvider
  return cryptoCases(provider, platform).flatMap((each) => measure('crypto', each))
}
