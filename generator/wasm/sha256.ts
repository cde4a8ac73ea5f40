/** SHA-256 (FIPS 180-4). */
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
  loopWhile,
  names,
  op,
  rotl,
  set,
  shr,
  store,
  sub,
  swapped,
  tee,
  xor,
} from './wat.ts'

/** The first 32 bits of the fractional parts of the cube roots (or square roots) of the first primes. */
function primeRoots(count: number, root: (prime: number) => number): readonly number[] {
  const found: number[] = []
  for (let n = 2; found.length < count; n++) {
    if (Array.from({ length: n - 2 }, (_, i) => i + 2).some((divisor) => n % divisor === 0)) continue
    found.push(Math.floor((root(n) % 1) * 2 ** 32) | 0)
  }
  return found
}
const constants = primeRoots(64, Math.cbrt)
const initial = primeRoots(8, Math.sqrt)

const state = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] as const

const rotr = (value: string, bits: number): string => rotl(value, 32 - bits)
const xor3 = (a: string, b: string, c: string): string => xor(a, xor(b, c))

/**
 * All 64 rounds one after another, the sixteen words of the message schedule in locals. Unrolling lets the eight
 * state words change names in place of places, and makes the constants immediate.
 */
function rounds(): string {
  const lines: string[] = []
  // Each word is loaded where it is first needed: loading all before the rounds would only fill registers.
  let [a, b, c, d, e, f, g, h]: readonly string[] = state
  for (let t = 0; t < 64; t++) {
    const w = `w${t & 15}`
    if (t < 16) lines.push(set('x', load(get('at'), 4 * t)), set(w, swapped('x')))
    else lines.push(set(w, nextWord(t)))
    const sum1 = xor3(rotr(get(e), 6), rotr(get(e), 11), rotr(get(e), 25))
    const choose = xor(get(g), and(get(e), xor(get(f), get(g))))
    // As a tree, with what does not hang on the round before it on one side.
    const early = add(add(get(h), i32(constants[t]!)), get(w))
    lines.push(set('t', add(early, add(choose, sum1))))
    lines.push(set(d, add(get(d), get('t'))))
    const sum0 = xor3(rotr(get(a), 2), rotr(get(a), 13), rotr(get(a), 22))
    // a ^ b of this round is b ^ c of the next: one XOR less for the majority.
    const majority = xor(and(tee('ab', xor(get(a), get(b))), get('bc')), get(b))
    lines.push(set(h, add(get('t'), add(majority, sum0))), set('bc', get('ab')))
    ;[a, b, c, d, e, f, g, h] = [h, a, b, c, d, e, f, g]
  }
  return lines.join('\n')
}

function nextWord(t: number): string {
  const w = (back: number): string => get(`w${(t - back) & 15}`)
  const s0 = xor3(rotr(w(15), 7), rotr(w(15), 18), shr(w(15), 3))
  const s1 = xor3(rotr(w(2), 17), rotr(w(2), 19), shr(w(2), 10))
  return add(add(w(16), w(7)), add(s0, s1))
}

export const sha256: readonly string[] = [
  func('shaBegin', {}, ...initial.map((word, i) => store(i32(layout.hash), i32(word), 4 * i))),

  func(
    'shaBlocks',
    { params: all('i32', 'at', 'count'), locals: all('i32', ...state, ...names('w', 16), 'x', 't', 'ab', 'bc') },
    loopWhile(
      'blocks',
      get('count'),
      [
        ...state.map((word, i) => set(word, load(i32(layout.hash), 4 * i))),
        set('bc', xor(get('b'), get('c'))),
        rounds(),
        ...state.map((word, i) => store(i32(layout.hash), add(get(word), load(i32(layout.hash), 4 * i)), 4 * i)),
        set('at', add(get('at'), i32(64))),
        set('count', sub(get('count'), i32(1))),
      ].join('\n'),
    ),
  ),

  // The last bytes of a message, `length` of them at `at`; `total` is the length of all of it. The padding is
  // written behind them. The digest is left in place of the state, as bytes.
  func(
    'shaEnd',
    { params: all('i32', 'at', 'length', 'total'), locals: all('i32', 'size', 'x') },
    `(i32.store8 ${add(get('at'), get('length'))} ${i32(0x80)})`,
    set('size', and(add(get('length'), i32(72)), i32(-64))),
    `(memory.fill ${add(add(get('at'), get('length')), i32(1))} ${i32(0)} ${sub(sub(get('size'), get('length')), i32(1))})`,
    // Bits as 64 bits big-endian; a total below 2 ** 31 bytes leaves at most the lowest three in the upper word.
    set('x', shr(get('total'), 29)),
    store(sub(add(get('at'), get('size')), i32(8)), swapped('x')),
    set('x', op('i32.shl', get('total'), i32(3))),
    store(sub(add(get('at'), get('size')), i32(4)), swapped('x')),
    call('shaBlocks', get('at'), shr(get('size'), 6)),
    call('digest'),
  ),

  func(
    'digest',
    { locals: all('i32', 'x'), exported: false },
    ...state.flatMap((_, i) => [set('x', load(i32(layout.hash), 4 * i)), store(i32(layout.hash), swapped('x'), 4 * i)]),
  ),
]
