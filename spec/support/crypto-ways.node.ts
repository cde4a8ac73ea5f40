import { hash } from 'node:crypto'
import { arena } from '../../lib/core/crypto/arena.ts'
import { cbcPieces } from '../../lib/core/crypto/cbc-pieces.node.ts'
import { cbcMessages, hashedMessages } from '../../lib/core/crypto/messages.node.ts'
import { nativeMessages, platform as node } from '../../lib/core/crypto/platform.node.ts'
import { type CryptoWays, portableWays } from './crypto-ways.ts'

/** Those, and the ways of Node. `node` is what is chosen there. */
export function nodeWays(): CryptoWays {
  const module = arena()!
  const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer')
  const { primitives, messages } = portableWays()
  const igeEncrypt = (data: Uint8Array, key: Uint8Array, iv: Uint8Array): Uint8Array => {
    const result = new Uint8Array(data.length)
    cbcPieces(module, key, iv, data, result)
    return result
  }
  return {
    primitives: { ...primitives, node, cbc: { ...node, igeEncrypt } },
    messages: {
      ...messages,
      hashed: hashedMessages(module, sha256),
      cbc: cbcMessages(module, sha256),
      native: nativeMessages(),
      node: node.messages,
    },
  }
}
