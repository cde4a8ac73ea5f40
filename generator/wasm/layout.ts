/**
 * Where everything lies in the module's one memory. It never grows: what is longer than `capacity` passes in pieces.
 * Tables come first, then what is secret (one range, so that one fill wipes it), then the data.
 */

type Place =
  | 'encryptTables'
  | 'decryptTables'
  | 'sbox'
  | 'inverseSbox'
  | 'constants'
  | 'schedule'
  | 'secrets'
  | 'key'
  | 'iv'
  | 'encryptKeys'
  | 'decryptKeys'
  | 'hash'
  | 'block'
  | 'dummy'
  | 'counter'
  | 'authKey'
  | 'header'
  | 'messageKey'
  | 'data'
  | 'capacity'
  | 'mixed'
  | 'end'

const CAPACITY = 65_536
/** Room behind the data: the padding of SHA-256 (at most 72 bytes), or a block more of CTR. */
const SLACK = 128

const secrets = 0x2300
const data = 0x2740
const mixed = data + CAPACITY + SLACK + 64

export const layout: Readonly<Record<Place, number>> = {
  /** Four tables of 1 KiB each for encryption, and four for decryption. */
  encryptTables: 0,
  decryptTables: 0x1000,
  /** The S-box and its inverse. */
  sbox: 0x2000,
  inverseSbox: 0x2100,

  /** Of SHA-256: 64 words. */
  constants: 0x2200,

  secrets,
  /** AES key (32 bytes), then iv: ciphertext block and plaintext block before (16 + 16). */
  key: secrets,
  iv: secrets + 0x20,
  /** Round keys: 60 words, in the order of encryption, with room for 4 that the expansion makes too many. */
  encryptKeys: secrets + 0x40,
  decryptKeys: secrets + 0x140,
  /** State of SHA-256: 8 words. */
  hash: secrets + 0x240,
  /** One block for the key derivation. */
  block: secrets + 0x260,
  /** Where stores go that only keep the compiler from reordering loads (see aes.ts). */
  dummy: secrets + 0x2a0,
  /** CTR: 128 bits, big-endian. */
  counter: secrets + 0x2b0,
  /** Sixteen words of the message schedule of SHA-256, constants added. */
  schedule: secrets + 0x2c0,
  /** 256 bytes of an auth key. */
  authKey: secrets + 0x300,
  /** The last bytes of a packet's header lie before the data: auth_key_id (8) and msg_key (16). */
  header: data - 24,
  messageKey: data - 16,

  /** What is hashed, encrypted and decrypted in place. 32 bytes before it belong to it. */
  data,
  capacity: CAPACITY,
  /** The same once more, for what goes through a native CBC. 32 bytes before it are free. */
  mixed,
  end: mixed + CAPACITY + SLACK,
}

/** Pages of 64 KiB. */
export const pages: number = Math.ceil(layout.end / 65_536)
