/** Everything of core/crypto that depends on the platform, as one module. */

export { pbkdf2Sha512, platform } from '#crypto'
export * from '../../../lib/core/crypto/aes-ctr.ts'
export * from '../../../lib/core/crypto/aes-ige.ts'
export * from '../../../lib/core/crypto/dh.ts'
export * from '../../../lib/core/crypto/message-key.ts'
export * from '../../../lib/core/crypto/rsa.ts'
export * from '../../../lib/core/crypto/rsa-private.ts'
export * from '../../../lib/core/crypto/server-keys.ts'
export * from '../../../lib/core/crypto/sha.ts'
export * from '../../../lib/core/crypto/srp.ts'
export * from '../../../lib/core/protocol/bind-temp-key.ts'
