/** spec/core/crypto/faces.ts in a page: what runs here is the portable face itself. */
import * as crypto from '../core/crypto/crypto.ts'

export { expectError } from '../core/crypto/expect-error.ts'

interface Face {
  readonly name: string
  readonly crypto: typeof crypto
}

export const faces: readonly Face[] = [{ name: 'browser', crypto }]

export const cipherFaces: readonly Face[] = [...faces, { name: 'without WebAssembly', crypto: withoutWebAssembly() }]

/** core/crypto bundled with that name hidden from it: main.ts has put it there. */
function withoutWebAssembly(): typeof crypto {
  return (globalThis as unknown as { readonly withoutWebAssembly: typeof crypto }).withoutWebAssembly
}
