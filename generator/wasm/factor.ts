/** A factor of pq, by Pollard's rho with Brent's cycle finding. */
import { add, all, func, get, i32, i64, loopWhile, op, set, sub } from './wat.ts'

const low = (value: string): string => op('i64.and', value, i64(0xffff_ffff))
const high = (value: string): string => op('i64.shr_u', value, i64(32))
const mul = (a: string, b: string): string => op('i64.mul', a, b)
const add64 = (a: string, b: string): string => op('i64.add', a, b)
const sub64 = (a: string, b: string): string => op('i64.sub', a, b)

/** The upper 64 bits of a product: four products of halves, which is all that WebAssembly has. */
function highProduct(a: string, b: string): readonly string[] {
  return [
    set('al', low(get(a))),
    set('ah', high(get(a))),
    set('bl', low(get(b))),
    set('bh', high(get(b))),
    set('middle', add64(mul(get('ah'), get('bl')), high(mul(get('al'), get('bl'))))),
    set('cross', add64(mul(get('al'), get('bh')), low(get('middle')))),
    set('upper', add64(add64(mul(get('ah'), get('bh')), high(get('middle'))), high(get('cross')))),
  ]
}

/**
 * Montgomery's product a * b / 2 ** 64 mod n, below n for n < 2 ** 63: two products of 64 bits in place of a division
 * of 128 (BigInt takes twenty times as long). `inverse` is 1 / n modulo 2 ** 64.
 */
const product = func(
  'product',
  {
    params: all('i64', 'a', 'b', 'n', 'inverse'),
    result: 'i64',
    locals: all('i64', 'al', 'ah', 'bl', 'bh', 'middle', 'cross', 'upper', 'q', 'first'),
    exported: false,
  },
  ...highProduct('a', 'b'),
  set('first', get('upper')),
  set('q', mul(mul(get('a'), get('b')), get('inverse'))),
  ...highProduct('q', 'n'),
  // Below zero by less than n: its sign, as a mask, says whether to add n. No branch that could be guessed wrong.
  set('first', sub64(get('first'), get('upper'))),
  add64(get('first'), op('i64.and', op('i64.shr_s', get('first'), i64(63)), get('n'))),
)

const gcd = func(
  'gcd',
  { params: all('i64', 'a', 'b'), result: 'i64', locals: all('i64', 'rest'), exported: false },
  loopWhile(
    'steps',
    '(i64.ne (local.get $b) (i64.const 0))',
    [set('rest', '(i64.rem_u (local.get $a) (local.get $b))'), set('a', get('b')), set('b', get('rest'))].join(' '),
  ),
  get('a'),
)

const square = (name: string): string => `(call $product ${get(name)} ${get(name)} ${get('n')} ${get('inverse')})`

/**
 * x -> x * x + 1, all of it in Montgomery's form; adding a plain 1 there is as good a walk as any, and can't pass n by
 * more than nothing: no correction.
 */
const next = set('hare', add64(square('hare'), i64(1)))

const difference = (): string =>
  `(select ${sub64(get('hare'), get('tortoise'))} ${sub64(get('tortoise'), get('hare'))} (i64.gt_u ${get('hare')} ${get('tortoise')}))`

/** Differences multiplied before each gcd, which is as dear as 60 of them. */
const BATCH = 256

/**
 * A factor of an odd n < 2 ** 63 other than 1 and n, or 0 after `limit` steps, or when the walk that begins at
 * `hare` finds all factors at once.
 */
const factor = func(
  'factor',
  {
    params: { ...all('i64', 'n', 'hare'), ...all('i32', 'limit') },
    result: 'i64',
    locals: { ...all('i64', 'inverse', 'tortoise', 'start', 'joint', 'found'), ...all('i32', 'distance', 'walked', 'i') },
  },
  // Newton: each turn doubles the right bits, and n itself is right in three.
  set('inverse', get('n')),
  ...Array.from({ length: 5 }, () =>
    set('inverse', mul(get('inverse'), sub64(i64(2), mul(get('n'), get('inverse'))))),
  ),
  set('distance', i32(1)),
  '(loop $distances',
  set('tortoise', get('hare')),
  set('i', get('distance')),
  loopWhile('ahead', get('i'), `${next} ${set('i', sub(get('i'), i32(1)))}`),
  set('walked', i32(0)),
  loopWhile(
    'batches',
    '(i32.lt_u (local.get $walked) (local.get $distance))',
    [
      set('start', get('hare')),
      set('joint', i64(1)),
      set('i', i32(0)),
      loopWhile(
        'batch',
        `(i32.and (i32.lt_u ${get('i')} ${i32(BATCH)}) (i32.lt_u ${add(get('i'), get('walked'))} ${get('distance')}))`,
        [
          next,
          set('joint', `(call $product ${get('joint')} ${difference()} ${get('n')} ${get('inverse')})`),
          set('i', add(get('i'), i32(1))),
        ].join(' '),
      ),
      set('found', `(call $gcd ${get('n')} ${get('joint')})`),
      `(if (i64.ne ${get('found')} ${i64(1)}) (then`,
      `(if (i64.ne ${get('found')} ${get('n')}) (then (return ${get('found')})))`,
      // All factors in one batch: that batch again, step by step.
      set('hare', get('start')),
      '(loop $single',
      next,
      set('found', `(call $gcd ${get('n')} ${difference()})`),
      `(br_if $single (i64.eq ${get('found')} ${i64(1)})))`,
      `(return (select ${i64(0)} ${get('found')} (i64.eq ${get('found')} ${get('n')})))))`,
      set('walked', add(get('walked'), i32(BATCH))),
    ].join('\n'),
  ),
  set('distance', '(i32.shl (local.get $distance) (i32.const 1))'),
  `(br_if $distances (i32.lt_u ${get('distance')} ${get('limit')})))`,
  i64(0),
)

export const factoring: readonly string[] = [product, gcd, factor]
