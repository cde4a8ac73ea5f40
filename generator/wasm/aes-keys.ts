/** The tables of AES-256 and its key schedule, both ways: FIPS 197. */
import { layout } from './layout.ts'
import {
  add,
  all,
  and,
  call,
  func,
  get,
  i32,
  load,
  load8,
  load128,
  loopWhile,
  names,
  op,
  or,
  rotl,
  set,
  shl,
  shr,
  store,
  store128,
  tee,
  xor,
} from './wat.ts'

/**
 * Tables, state and round keys are kept rotated left by two bits: byte 0 of a word is then an index into a table of
 * words by one AND, and the others by a shift and an AND, where `((x >>> 8) & 255) << 2` would take three.
 */
export const ROTATED = 2

/** SubWord of a word that is not rotated. */
function substituted(word: string): string {
  const [a, b, c, d] = [0, 1, 2, 3].map((row) => {
    const byte = load8(and(shr(get(word), 8 * row), i32(255)), layout.sbox)
    return row === 0 ? byte : shl(byte, 8 * row)
  }) as [string, string, string, string]
  return or(or(a, b), or(c, d))
}

const key = names('k', 8)

/** The key schedule of FIPS 197, section 5.2: eight words a turn, the last turn four too many. */
const expand = func(
  'expand',
  { locals: all('i32', ...key, 'at', 'constant', 'last'), exported: false },
  ...key.map((word, i) => set(word, load(i32(0), layout.key + 4 * i))),
  ...key.map((word, i) => store(i32(0), get(word), layout.encryptKeys + 4 * i)),
  set('constant', i32(1)),
  set('at', i32(layout.encryptKeys + 32)),
  loopWhile(
    'expansion',
    op('i32.lt_u', get('constant'), i32(128)),
    [
      set('last', rotl(get('k7'), 24)),
      set('k0', xor(get('k0'), xor(substituted('last'), get('constant')))),
      ...[1, 2, 3].map((i) => set(`k${i}`, xor(get(`k${i}`), get(`k${i - 1}`)))),
      set('k4', xor(get('k4'), substituted('k3'))),
      ...[5, 6, 7].map((i) => set(`k${i}`, xor(get(`k${i}`), get(`k${i - 1}`)))),
      ...key.map((word, i) => store(get('at'), get(word), 4 * i)),
      set('at', add(get('at'), i32(32))),
      set('constant', shl(get('constant'), 1)),
    ].join('\n'),
  ),
)

const rotated = (vector: string): string =>
  `(v128.or (i32x4.shl ${tee('v', vector)} ${i32(ROTATED)}) (i32x4.shr_u ${get('v')} ${i32(32 - ROTATED)}))`

const expandEncrypt = func(
  'expandEncrypt',
  { locals: all('v128', 'v') },
  call('expand'),
  // All round keys but the last, four words at a time.
  ...Array.from({ length: 14 }, (_, round) => {
    const place = layout.encryptKeys + 16 * round
    return store128(i32(0), rotated(load128(i32(0), place)), place)
  }),
)

const twice = (vector: string): string =>
  `(v128.xor (i8x16.add ${vector} ${vector}) (v128.and (i8x16.shr_s ${vector} (i32.const 7)) (v128.const i32x4 0x1b1b1b1b 0x1b1b1b1b 0x1b1b1b1b 0x1b1b1b1b)))`
const xor128 = (a: string, b: string): string => op('v128.xor', a, b)

/** Each column's bytes moved up by `rows`. */
function turned(vector: string, rows: number): string {
  const lanes = Array.from({ length: 16 }, (_, i) => (i & 12) | ((i + rows) & 3))
  return `(i8x16.shuffle ${lanes.join(' ')} ${vector} ${vector})`
}

/**
 * InvMixColumns of thirteen round keys, sixteen bytes at a time by SIMD: by tables it would be half of the time that
 * a message of 64 bytes takes to open.
 */
const expandDecrypt = func(
  'expandDecrypt',
  { locals: { ...all('v128', 'v', 'a', 'b', 'c'), ...all('i32', 'at') } },
  call('expand'),
  store128(i32(0), load128(i32(0), layout.encryptKeys), layout.decryptKeys),
  store128(i32(0), rotated(load128(i32(0), layout.encryptKeys + 224)), layout.decryptKeys + 224),
  set('at', i32(16)),
  loopWhile(
    'keys',
    op('i32.lt_u', get('at'), i32(224)),
    [
      set('v', load128(get('at'), layout.encryptKeys)),
      set('a', twice(get('v'))),
      set('b', twice(get('a'))),
      set('c', twice(get('b'))),
      // 14, 11, 13 and 9 are 8+4+2, 8+2+1, 8+4+1 and 8+1.
      set('v', xor128(get('v'), get('c'))),
      store128(
        get('at'),
        rotated(
          xor128(
            xor128(xor128(get('c'), xor128(get('a'), get('b'))), turned(xor128(get('v'), get('a')), 1)),
            xor128(turned(xor128(get('v'), get('b')), 2), turned(get('v'), 3)),
          ),
        ),
        layout.decryptKeys,
      ),
      set('at', add(get('at'), i32(16))),
    ].join('\n'),
  ),
)

/** Twice a field element that is one byte. */
const doubled = (name: string): string =>
  and(xor(shl(get(name), 1), op('i32.mul', shr(get(name), 7), i32(0x11b))), i32(255))

/**
 * The tables are computed at instantiation (0.02 ms): as data they would be 8.5 KiB of what no compression makes
 * smaller. Powers of 3 and of its inverse run through the whole field.
 */
const tables = func(
  'tables',
  { locals: all('i32', 'p', 'q', 's', 'word', 'd2', 'd4', 'd8', 'i'), exported: false },
  set('p', i32(1)),
  set('q', i32(1)),
  '(loop $field',
  set('p', xor(get('p'), doubled('p'))),
  ...[1, 2, 4].map((bits) => set('q', xor(get('q'), shl(get('q'), bits)))),
  set('q', and(get('q'), i32(255))),
  set('q', xor(get('q'), op('i32.mul', shr(get('q'), 7), i32(9)))),
  // The affine map of FIPS 197, section 5.1.1: all rotations in one number of 16 bits, whose halves are joined.
  set('s', xor(get('q'), xor(xor(shl(get('q'), 1), shl(get('q'), 2)), xor(shl(get('q'), 3), shl(get('q'), 4))))),
  set('s', and(xor(xor(get('s'), shr(get('s'), 8)), i32(0x63)), i32(255))),
  `(i32.store8 offset=${layout.sbox} ${get('p')} ${get('s')})`,
  `(br_if $field (i32.ne ${get('p')} (i32.const 1))))`,
  `(i32.store8 offset=${layout.sbox} (i32.const 0) (i32.const 0x63))`,
  '(loop $entries',
  set('s', load8(get('i'), layout.sbox)),
  `(i32.store8 offset=${layout.inverseSbox} ${get('s')} ${get('i')})`,
  // MixColumns: 2, 1, 1, 3.
  set('d2', doubled('s')),
  set('word', xor(or(get('d2'), op('i32.mul', get('s'), i32(0x01010100))), shl(get('d2'), 24))),
  ...fourTables(layout.encryptTables, shl(get('i'), 2)),
  // InvMixColumns, by the value before the S-box: 14, 9, 13, 11.
  set('d2', doubled('i')),
  set('d4', doubled('d2')),
  set('d8', doubled('d4')),
  set(
    'word',
    xor(
      op('i32.mul', xor(get('d8'), get('i')), i32(0x01010100)),
      xor(xor(xor(get('d8'), get('d4')), get('d2')), xor(shl(get('d4'), 16), shl(get('d2'), 24))),
    ),
  ),
  ...fourTables(layout.decryptTables, shl(get('s'), 2)),
  `(br_if $entries (i32.lt_u ${tee('i', add(get('i'), i32(1)))} (i32.const 256))))`,
)

/** The word in the first table, and turned by one row more in each further one. */
function fourTables(base: number, at: string): readonly string[] {
  return [0, 1, 2, 3].map((row) => store(at, rotl(get('word'), 8 * row + ROTATED), base + 1024 * row))
}

/** What has to be there before a round: tables once, keys for each key. */
export const aesKeys: readonly string[] = [tables, expand, expandEncrypt, expandDecrypt]
