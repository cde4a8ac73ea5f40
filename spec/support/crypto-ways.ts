import { arena } from '../../lib/core/crypto/arena.ts'
import type { CryptoPlatform } from '../../lib/core/crypto/crypto-platform.ts'
import { fusedMessages } from '../../lib/core/crypto/fused-messages.ts'
import type { MessageCipher } from '../../lib/core/crypto/message-cipher.ts'
import { nobleMessages } from '../../lib/core/crypto/noble-messages.ts'
import { noblePrimitives, platform as portable } from '../../lib/core/crypto/platform.ts'
import { wasmPrimitives } from '../../lib/core/crypto/wasm-primitives.ts'

export type Primitives = Pick<CryptoPlatform, 'sha256' | 'igeEncrypt' | 'igeDecrypt' | 'ctrStream'>

/** Every way to do a thing, by name. The first ones are what the others are checked by. */
export interface CryptoWays {
  readonly primitives: Readonly<Record<string, Primitives>> & { readonly noble: Primitives }
  readonly messages: Readonly<Record<string, MessageCipher>> & { readonly noble: MessageCipher }
}

const { sha256, igeEncrypt, igeDecrypt } = noblePrimitives
const nobleCipher = nobleMessages(sha256, { encrypt: igeEncrypt, decrypt: igeDecrypt })

/** The ways that there are in a browser, and anywhere. `portable` is what is chosen there. */
export function portableWays(): CryptoWays {
  const module = arena()
  if (module === undefined) throw new Error('expected WebAssembly, there is none')
  return {
    primitives: { noble: noblePrimitives, wasm: wasmPrimitives(module), portable },
    messages: { noble: nobleCipher, fused: fusedMessages(module), portable: portable.messages },
  }
}
