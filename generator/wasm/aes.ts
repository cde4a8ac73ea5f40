/** AES-256 by tables: the rounds, and the two modes that run over them (IGE and CTR). */
import { aesKeys, ROTATED } from './aes-keys.ts'
import { layout } from './layout.ts'
import {
  add,
  all,
  and,
  func,
  get,
  i32,
  load,
  load8,
  loopWhile,
  names,
  op,
  or,
  rotl,
  set,
  shl,
  shr,
  store,
  sub,
  swapped,
  tee,
  xor,
} from './wat.ts'

type Direction = 'encrypt' | 'decrypt'

const INDEX = 0x3fc

const columns = [0, 1, 2, 3] as const

/** Four times byte `row` of a word that is kept rotated. */
function tableIndex(word: string, row: number): string {
  if (row === 0) return and(get(word), i32(INDEX))
  return and(row === 3 ? rotl(get(word), 8) : shr(get(word), 8 * row), i32(INDEX))
}

/** Byte `row` of a word that is kept rotated. */
function byteOf(word: string, row: number): string {
  return and(row === 3 ? rotl(get(word), 6) : shr(get(word), 8 * row + ROTATED), i32(255))
}

/** Which word's byte `row` goes into word `column`: ShiftRows, or its inverse. */
function from(stem: string, column: number, row: number, direction: Direction): string {
  return `${stem}${(direction === 'encrypt' ? column + row : column - row + 4) % 4}`
}

function roundKey(direction: Direction, round: number, column: number): string {
  return load(i32(0), keyPlace(direction, round) + 4 * column)
}

function keyPlace(direction: Direction, round: number): number {
  // The decryption uses the keys backwards.
  return direction === 'encrypt' ? layout.encryptKeys + 16 * round : layout.decryptKeys + 16 * (14 - round)
}

/**
 * One of the rounds 1 to 13, from the words `s0`... to `t0`... or so. XOR as a tree, not a chain: two pairs of loads
 * don't wait for one another (4 % at IGE).
 *
 * A `fence` is a store that nobody reads. No load may pass it, so it stops V8 from hoisting the loads of rounds to come
 * (twenty values a round for sixteen registers) and spilling them again. IGE waits for its own chain anyway: one store
 * a round is as good as three or none (within 3 %). CTR is bound by what the processor can do at once: a store behind
 * each word makes 411 MB/s of 299 without any.
 */
function tableRound(
  direction: Direction,
  key: (column: number) => string,
  source: string,
  target: string,
  fences: readonly number[] = [0],
): string {
  const tables = direction === 'encrypt' ? layout.encryptTables : layout.decryptTables
  const fence = (column: number): string => store(i32(0), get(`${target}${column}`), layout.dummy + 4 * column)
  const words = columns.map((column) => {
    const [a, b, c, d] = columns.map((row) =>
      load(tableIndex(from(source, column, row, direction), row), tables + 1024 * row),
    ) as [string, string, string, string]
    return set(`${target}${column}`, xor(xor(xor(a, key(column)), b), xor(c, d)))
  })
  return words.flatMap((word, column) => (fences.includes(column) ? [word, fence(column)] : [word])).join('\n')
}

/** Word `column` after the last round, not rotated: no columns are mixed, so single bytes of the S-box do. */
function lastWord(direction: Direction, source: string, column: number): string {
  const box = direction === 'encrypt' ? layout.sbox : layout.inverseSbox
  const [a, b, c, d] = [0, 1, 2, 3].map((row) => {
    const byte = load8(byteOf(from(source, column, row, direction), row), box)
    return row === 0 ? byte : shl(byte, 8 * row)
  }) as [string, string, string, string]
  return xor(or(or(a, b), or(c, d)), roundKey(direction, 14, column))
}

/**
 * All the rounds but the last one, between the names `s` and `t` in turns. Thirteen: they end in `t`. Two at a turn of a
 * loop, since each waits for the one before it anyway: written out they are no faster, and six times the text.
 */
function tableRounds(direction: Direction): string {
  const [start, last, step] = direction === 'encrypt' ? [0, 160, 32] : [160, 0, -32]
  const keyOf = (round: number) => (column: number) =>
    load(get('turn'), keyPlace(direction, round) - start + 4 * column)
  return [
    set('turn', i32(start)),
    '(loop $rounds',
    tableRound(direction, keyOf(1), 's', 't'),
    tableRound(direction, keyOf(2), 't', 's'),
    `(br_if $rounds ${op('i32.ne', tee('turn', add(get('turn'), i32(step))), i32(last + step))}))`,
    tableRound(direction, (column) => roundKey(direction, 13, column), 's', 't'),
  ].join('\n')
}

/**
 * Rounds 2 to 13 of two blocks at once, the second one between `u` and `v`; they begin and end in `t` and `v`. Written
 * out: in a loop they are a sixth slower in Chromium.
 */
function pairedRounds(): string {
  return Array.from({ length: 12 }, (_, i) => {
    const pairs = i % 2 === 0 ? ['ts', 'vu'] : ['st', 'uv']
    const key = (column: number): string => roundKey('encrypt', i + 2, column)
    return pairs.map(([source, target]) => tableRound('encrypt', key, source!, target!, columns)).join('\n')
  }).join('\n')
}

/**
 * Of a counter only the last word changes, but once in 2 ** 32 blocks. So twelve of the sixteen loads of the first
 * round give the same for block after block: they are kept in `k0` to `k3`, with the round key (5 % at CTR).
 */
function keptWords(): string {
  const kept = columns.map((column) => {
    const loads = columns.flatMap((row) =>
      (column + row) % 4 === 3
        ? []
        : [load(tableIndex(`s${(column + row) % 4}`, row), layout.encryptTables + 1024 * row)],
    )
    return set(`k${column}`, loads.reduce(xor, roundKey('encrypt', 1, column)))
  })
  return [...[0, 1, 2].map((i) => set(`s${i}`, firstWord('encrypt', get(`n${i}`), i))), ...kept].join('\n')
}

/** The first round of the block that `low` counts. */
function keptRound(target: string): string {
  return [
    set('x', '(i32.wrap_i64 (local.get $low))'),
    set('n3', swapped('x')),
    set('s3', firstWord('encrypt', get('n3'), 3)),
    ...columns.map((column) => {
      const row = 3 - column
      return set(
        `${target}${column}`,
        xor(get(`k${column}`), load(tableIndex('s3', row), layout.encryptTables + 1024 * row)),
      )
    }),
  ].join('\n')
}

/** Counts one block on. */
const nextBlock = [
  set('low', '(i64.add (local.get $low) (i64.const 1))'),
  '(if (i32.eqz (i32.wrap_i64 (local.get $low))) (then',
  set('high', '(i64.add (local.get $high) (i64.extend_i32_u (i64.eqz (local.get $low))))'),
  counterWords('high', 0),
  counterWords('low', 2),
  keptWords(),
  '))',
].join('\n')

/** The first key goes on before the rounds. */
function firstWord(direction: Direction, value: string, column: number): string {
  return xor(rotl(value, ROTATED), roundKey(direction, 0, column))
}

/**
 * IGE in place: c(i) = E(p(i) ^ c(i-1)) ^ p(i-1). The iv is read first and left as what the next piece begins with.
 * `y` is what the mode chains before the cipher (the last output), `x` behind it (the last input).
 */
function ige(direction: Direction): string {
  // The iv is ciphertext block, plaintext block; for decryption their parts are exchanged.
  const output = direction === 'encrypt' ? layout.iv : layout.iv + 16
  const input = direction === 'encrypt' ? layout.iv + 16 : layout.iv
  return func(
    direction === 'encrypt' ? 'igeEncrypt' : 'igeDecrypt',
    {
      params: all('i32', 'at', 'blocks'),
      locals: all('i32', ...['s', 't', 'x', 'y'].flatMap((stem) => names(stem, 4)), 'turn'),
    },
    ...columns.flatMap((i) => [set(`y${i}`, load(i32(0), output + 4 * i)), set(`x${i}`, load(i32(0), input + 4 * i))]),
    loopWhile(
      'chain',
      get('blocks'),
      [
        ...columns.map((i) => set(`s${i}`, firstWord(direction, xor(load(get('at'), 4 * i), get(`y${i}`)), i))),
        tableRounds(direction),
        // The input is loaded again: kept during the rounds it would only be spilled.
        ...columns.flatMap((i) => [
          set(`y${i}`, xor(lastWord(direction, 't', i), get(`x${i}`))),
          set(`x${i}`, load(get('at'), 4 * i)),
          store(get('at'), get(`y${i}`), 4 * i),
        ]),
        set('at', add(get('at'), i32(16))),
        set('blocks', sub(get('blocks'), i32(1))),
      ].join('\n'),
    ),
    ...columns.flatMap((i) => [
      store(i32(0), get(`y${i}`), output + 4 * i),
      store(i32(0), get(`x${i}`), input + 4 * i),
    ]),
  )
}

/**
 * CTR in place over whole blocks, two at a time: the loads of one hide behind those of the other (411 MB/s, and
 * 331 one at a time). The first block has the counter that lies in `counter`; `done` blocks are wholly used, so the
 * counter moves on by so many.
 */
const ctr = func(
  'ctr',
  {
    params: all('i32', 'at', 'blocks', 'done'),
    locals: {
      ...all('i32', ...['s', 't', 'u', 'v', 'n', 'k'].flatMap((stem) => names(stem, 4)), 'x'),
      ...all('i64', 'high', 'low', 'first'),
    },
  },
  ...['high', 'low'].map((half, i) =>
    set(half, bigEndian(load(i32(0), layout.counter + 8 * i), load(i32(0), layout.counter + 8 * i + 4))),
  ),
  set('first', get('low')),
  counterWords('high', 0),
  counterWords('low', 2),
  keptWords(),
  loopWhile(
    'pairs',
    op('i32.gt_s', get('blocks'), i32(0)),
    [
      keptRound('t'),
      nextBlock,
      keptRound('v'),
      nextBlock,
      pairedRounds(),
      ...columns.map((i) => store(get('at'), xor(load(get('at'), 4 * i), lastWord('encrypt', 't', i)), 4 * i)),
      `(if (i32.gt_s ${get('blocks')} (i32.const 1)) (then`,
      ...columns.map((i) =>
        store(get('at'), xor(load(get('at'), 16 + 4 * i), lastWord('encrypt', 'v', i)), 16 + 4 * i),
      ),
      '))',
      set('at', add(get('at'), i32(32))),
      set('blocks', sub(get('blocks'), i32(2))),
    ].join('\n'),
  ),
  // The high half again, from memory: the loop may have counted one block too many.
  set('high', bigEndian(load(i32(0), layout.counter), load(i32(0), layout.counter + 4))),
  set('low', `(i64.add (local.get $first) (i64.extend_i32_u ${get('done')}))`),
  `(if (i64.lt_u (local.get $low) (local.get $first)) (then ${set('high', '(i64.add (local.get $high) (i64.const 1))')}))`,
  counterWords('high', 0),
  counterWords('low', 2),
  ...columns.map((i) => store(i32(0), get(`n${i}`), layout.counter + 4 * i)),
)

/** Two words as they lie in memory, as one big-endian number. */
function bigEndian(first: string, second: string): string {
  return `(i64.or (i64.shl (i64.extend_i32_u ${swap(first)}) (i64.const 32)) (i64.extend_i32_u ${swap(second)}))`
}

function swap(value: string): string {
  return `(call $swap ${value})`
}

const swapFunction = func('swap', { params: all('i32', 'x'), result: 'i32', exported: false }, swapped('x'))

/** Half a counter as two words, as they lie in memory. */
function counterWords(half: string, index: number): string {
  return [
    set('x', `(i32.wrap_i64 (i64.shr_u (local.get $${half}) (i64.const 32)))`),
    set(`n${index}`, swapped('x')),
    set('x', `(i32.wrap_i64 (local.get $${half}))`),
    set(`n${index + 1}`, swapped('x')),
  ].join('\n')
}

export const aes: readonly string[] = [swapFunction, ...aesKeys, ige('encrypt'), ige('decrypt'), ctr]
