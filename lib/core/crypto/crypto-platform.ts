import type { MessageCipher } from './message-cipher.ts'

/**
 * What a platform gives to cryptography: the primitives that one platform may do faster than another. `#crypto`
 * is the module of the platform at hand; both modules compute the same, byte for byte.
 *
 * Everything is synchronous, takes and gives plain Uint8Arrays, keeps no reference to its arguments, and never
 * writes to them. Lengths are checked by the callers in this folder, not here.
 */
export interface CryptoPlatform {
  /** SHA-1 of the parts joined. */
  readonly sha1: (parts: readonly Uint8Array[]) => Uint8Array
  /** SHA-256 of the parts joined. */
  readonly sha256: (parts: readonly Uint8Array[]) => Uint8Array
  /** AES-256-IGE; `data` is whole blocks, `iv` is the ciphertext block before and then the plaintext block before. */
  readonly igeEncrypt: (data: Uint8Array, key: Uint8Array, iv: Uint8Array) => Uint8Array
  /** The other way. */
  readonly igeDecrypt: (data: Uint8Array, key: Uint8Array, iv: Uint8Array) => Uint8Array
  /** AES-256-CTR, one stream over all calls, with a big-endian counter of 128 bits. */
  readonly ctrStream: (key: Uint8Array, iv: Uint8Array) => (bytes: Uint8Array) => Uint8Array
  /** Whole messages of MTProto 2.0, sealed and opened in place. */
  readonly messages: MessageCipher
  /** A factor of an odd `n` that is no prime, or undefined where that is left to plain JavaScript. */
  readonly factor: (n: bigint) => bigint | undefined
  /** `g ** secret mod prime`, as long as `prime`. */
  readonly dhPublic: (g: number, secret: Uint8Array, prime: Uint8Array) => Uint8Array
  /** `publicValue ** secret mod prime`, as long as `prime`. Cheaper with the very array that `dhPublic` was given. */
  readonly dhShared: (publicValue: Uint8Array, secret: Uint8Array, prime: Uint8Array) => Uint8Array
  /** Whether a number is prime, wrong about a composite with a probability below 2 ** -64. */
  readonly isPrime: (value: Uint8Array) => boolean
  /** Raw RSA: `data ** exponent mod modulus`, as long as `modulus`; `data` is as long too, and below it. */
  readonly rsaPublic: (data: Uint8Array, key: RsaPublicNumbers) => Uint8Array
  /** Raw RSA with the private key; `data` as for `rsaPublic`. */
  readonly rsaPrivate: (data: Uint8Array, key: RsaPrivateNumbers) => Uint8Array
}

/**
 * What both modules export beside the platform, function by function: few applications reach them, and a bundle is to
 * carry only what it reaches.
 */
export interface KeyedHashes {
  /** HMAC-SHA-256 of the parts joined. */
  readonly hmacSha256: (key: Uint8Array, parts: readonly Uint8Array[]) => Uint8Array
  /** PBKDF2 with HMAC-SHA-512. */
  readonly pbkdf2Sha512: (password: Uint8Array, salt: Uint8Array, iterations: number, length: number) => Uint8Array
}

/** An RSA public key: big-endian, without leading zeros. */
export interface RsaPublicNumbers {
  readonly modulus: Uint8Array
  readonly exponent: Uint8Array
}

/** An RSA private key as in RFC 8017 section 3.2, second form: big-endian, without leading zeros. */
export interface RsaPrivateNumbers extends RsaPublicNumbers {
  readonly privateExponent: Uint8Array
  readonly prime1: Uint8Array
  readonly prime2: Uint8Array
  readonly exponent1: Uint8Array
  readonly exponent2: Uint8Array
  readonly coefficient: Uint8Array
}
