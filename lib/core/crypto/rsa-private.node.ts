/** New RSA keys, which Node makes. */
import { generateKeyPairSync } from 'node:crypto'
import { parsePrivateKey, type RsaPrivateKey } from './rsa-private.ts'

/**
 * A new key of 2048 bits for a server.
 *
 * Some clients write a fingerprint as hex without leading zeros and then can't find the key it names, so keys whose
 * fingerprint begins with a zero digit are drawn again: one of sixteen.
 */
export function generatePrivateKey(): RsaPrivateKey {
  for (;;) {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 0x10001 })
    const key = parsePrivateKey(privateKey.export({ type: 'pkcs1', format: 'pem' }).toString())
    if (BigInt.asUintN(64, key.public.fingerprint) >> 60n !== 0n) return key
  }
}
