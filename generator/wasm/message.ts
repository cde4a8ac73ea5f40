/**
 * Whole messages of MTProto 2.0, sealed and opened in place in one call: hash, key derivation, key schedule, IGE.
 * https://core.telegram.org/mtproto/description
 *
 * One call, because between steps JavaScript would have to carry keys and hashes out and in again: at 64 bytes that
 * costs as much as the cryptography itself (3.7 us in steps with native hashes, 1.5 us so).
 */
import { layout } from './layout.ts'
import { add, all, call, func, get, i32, load, names, or, set, shr, store } from './wat.ts'

const { authKey, block, hash, iv, key, messageKey, data } = layout

const copy = (to: string, source: string, length: number): string => `(memory.copy ${to} ${source} ${i32(length)})`

/** Eight bytes from one known place to another. */
const move8 = (to: number, source: number): string =>
  `(i64.store offset=${to} (i32.const 0) (i64.load offset=${source} (i32.const 0)))`

/** SHA-256 of the 52 bytes that lie in `block`: one block with its padding (0x80, zeros, 416 bits big-endian). */
const hashBlock: readonly string[] = [
  store(i32(0), i32(0x80), block + 52),
  store(i32(0), i32(0), block + 56),
  store(i32(0), i32(0xa0010000), block + 60),
  call('shaBegin'),
  call('shaBlocks', i32(block), i32(1)),
  call('digest'),
]

/** "x" of the description: 0 from client to server, 8 the other way. */
const x = get('x')

/** AES key and iv of the message whose msg_key lies in its packet's header. */
const deriveKey = func(
  'deriveKey',
  { params: all('i32', 'x') },
  // sha256_a = SHA256(msg_key + substr(auth_key, x, 36))
  move8(block, messageKey),
  move8(block + 8, messageKey + 8),
  copy(i32(block + 16), add(i32(authKey), x), 36),
  ...hashBlock,
  move8(key, hash),
  move8(iv + 8, hash + 8),
  move8(iv + 16, hash + 16),
  move8(key + 24, hash + 24),
  // sha256_b = SHA256(substr(auth_key, 40 + x, 36) + msg_key)
  copy(i32(block), add(i32(authKey + 40), x), 36),
  copy(i32(block + 36), i32(messageKey), 16),
  ...hashBlock,
  move8(iv, hash),
  move8(key + 8, hash + 8),
  move8(key + 16, hash + 16),
  move8(iv + 24, hash + 24),
)

/** msg_key_large = SHA256(substr(auth_key, 88 + x, 32) + plaintext): that part of the key is put before the data. */
const hashMessage = func(
  'hashMessage',
  { params: all('i32', 'x', 'length'), exported: false },
  copy(i32(data - 32), add(i32(authKey + 88), x), 32),
  call('shaBegin'),
  // Only the end needs padding, but all of it is one call.
  call('shaEnd', i32(data - 32), add(get('length'), i32(32)), add(get('length'), i32(32))),
)

/** Keys and all that comes of them, up to the data. */
const wipe = func('wipe', {}, `(memory.fill ${i32(layout.secrets)} ${i32(0)} ${i32(data - layout.secrets)})`)

/** msg_key is the middle of msg_key_large, and its place in the packet is right before the data. */
const placeMessageKey: readonly string[] = [move8(messageKey, hash + 8), move8(messageKey + 8, hash + 16)]

const saved = names('m', 2)
const saveMessageKey = saved.map((name, i) => set(name, `(i64.load offset=${messageKey + 8 * i} (i32.const 0))`))

const blocks = shr(get('length'), 4)

const seal = func(
  'seal',
  { params: all('i32', 'x', 'length') },
  call('hashMessage', x, get('length')),
  ...placeMessageKey,
  call('sealHashed', x, get('length')),
)

/** The same where the hash was made natively, and msg_key is in its place. */
const sealHashed = func(
  'sealHashed',
  { params: all('i32', 'x', 'length'), locals: all('i64', ...saved) },
  call('deriveKey', x),
  call('expandEncrypt'),
  call('igeEncrypt', i32(data), blocks),
  // msg_key is all that the packet's header needs.
  ...saveMessageKey,
  call('wipe'),
  ...saved.map((name, i) => `(i64.store offset=${messageKey + 8 * i} (i32.const 0) ${get(name)})`),
)

/** What a quick ack of the packet says, which is never 0; or 0, if msg_key isn't that of the plaintext. */
const open = func(
  'open',
  { params: all('i32', 'x', 'length'), result: 'i32', locals: { ...all('i64', ...saved), ...all('i32', 'token') } },
  call('decrypt', x, get('length')),
  ...saveMessageKey,
  call('hashMessage', x, get('length')),
  // All of it is compared, whatever differs.
  set(
    'token',
    `(select ${or(load(i32(0), hash), i32(0x80000000))} (i32.const 0) (i64.eqz (i64.or ${saved
      .map((name, i) => `(i64.xor ${get(name)} (i64.load offset=${hash + 8 + 8 * i} (i32.const 0)))`)
      .join(' ')})))`,
  ),
  call('wipe'),
  get('token'),
)

/** Decryption alone; the hash is made natively, over the data and the part of the key that is put before it. */
const openUnhashed = func(
  'openUnhashed',
  { params: all('i32', 'x', 'length') },
  call('decrypt', x, get('length')),
  copy(i32(data - 32), add(i32(authKey + 88), x), 32),
)

const decrypt = func(
  'decrypt',
  { params: all('i32', 'x', 'length'), exported: false },
  call('deriveKey', x),
  call('expandDecrypt'),
  call('igeDecrypt', i32(data), blocks),
)

/**
 * The two passes of XOR that make IGE of CBC: for q(i) = p(i) ^ p(i-2), CBC of q from c(0) gives c(i) ^ p(i-1). With
 * sixteen zeros and the plaintext block of the iv in front of p, each is one XOR of two ranges that lie apart. Four
 * times as fast as IGE itself, and with SIMD a quarter of the time of passes in JavaScript.
 */
const xorPass = (name: string, target: number, a: number, b: number): string =>
  func(
    name,
    { params: all('i32', 'length'), locals: all('i32', 'at') },
    `(loop $words ${[0, 16, 32, 48]
      .map(
        (offset) =>
          `(v128.store offset=${target + offset} ${get('at')} (v128.xor (v128.load offset=${a + offset} ${get('at')}) (v128.load offset=${b + offset} ${get('at')})))`,
      )
      .join('\n')} (br_if $words (i32.lt_u ${`(local.tee $at ${add(get('at'), i32(64))})`} ${get('length')})))`,
  )

export const message: readonly string[] = [
  wipe,
  deriveKey,
  hashMessage,
  seal,
  sealHashed,
  open,
  openUnhashed,
  decrypt,
  xorPass('mix', layout.mixed, data, data - 32),
  xorPass('unmix', layout.mixed, layout.mixed, data - 16),
]
