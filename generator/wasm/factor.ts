/** A factor of pq, by Pollard's rho with Brent's cycle finding. */
import { add, all, func, get, i32, i64, loopWhile, op, set, sub } from './wat.ts'

const low = (value: string): string => op('i64.and', value, i64(0xffff_ffff))
const high = (value: string): string => op('i64.shr_u', value, i64(32))
const mul = (a: string, b: string): string => op('i64.mul', a, b)
const add64 = (a: string, b: string): string => op('i64.add', a, b)
const sub64 = (a: string, b: string): string => op('i64.sub', a, b)

/**
 * Montgomery's product a * b / 2 ** 64 mod n, below 2 n, for a and b up to 2 n and n < 2 ** 62: two products of 64 bits in
 * place of a division of 128. BigInt takes twenty times as long. It is written out at each place: V8 calls functions
 * of a module and does not inline them, which costs a quarter of the whole walk.
 *
 * The upper 64 bits of a product take four products of halves (three of a square): WebAssembly has nothing better.
 */
function product(target: string, a: string, b: string): string {
  const isSquare = a === b
  return [
    set('al', low(get(a))),
    set('ah', high(get(a))),
    ...(isSquare ? [] : [set('bl', low(get(b))), set('bh', high(get(b)))]),
    // No overflow: the upper halves are below 2 ** 31.
    isSquare
      ? set('cross', op('i64.shl', mul(get('al'), get('ah')), i64(1)))
      : set('cross', add64(mul(get('ah'), get('bl')), mul(get('al'), get('bh')))),
    set('q', mul(mul(get(a), get(b)), get('inverse'))),
    set('cross', high(add64(get('cross'), high(mul(get('al'), get(isSquare ? 'al' : 'bl')))))),
    set('upper', add64(mul(get('ah'), get(isSquare ? 'ah' : 'bh')), get('cross'))),
    // q takes all 64 bits, so its cross products are added with care.
    set('al', low(get('q'))),
    set('ah', high(get('q'))),
    set('middle', add64(mul(get('ah'), get('nl')), high(mul(get('al'), get('nl'))))),
    set('cross', add64(mul(get('al'), get('nh')), low(get('middle')))),
    set('q', add64(add64(mul(get('ah'), get('nh')), high(get('middle'))), high(get('cross')))),
    // Between -n and n, so n more is never below zero. That it may be up to 2 n does no harm below 2 ** 62, and to
    // find out would lie in the way of the next step (a tenth of the time).
    set(target, sub64(add64(get('upper'), get('n')), get('q'))),
  ].join('\n')
}

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

/**
 * x -> x * x + 1, all of it in Montgomery's form: adding a plain 1 there is as good a walk as any, and takes x to 2 n
 * at most, which needs no correction.
 */
const next = `${product('hare', 'hare', 'hare')} ${set('hare', add64(get('hare'), i64(1)))}`

const difference = `(select ${sub64(get('hare'), get('tortoise'))} ${sub64(get('tortoise'), get('hare'))} (i64.gt_u ${get('hare')} ${get('tortoise')}))`

/** Differences multiplied before each gcd, which is as dear as 60 of them. */
const BATCH = 256

/**
 * A factor of an odd n < 2 ** 62 other than 1 and n, or 0 after `limit` steps, or when the walk that begins at
 * `hare` finds all factors at once.
 */
const factor = func(
  'factor',
  {
    params: { ...all('i64', 'n', 'hare'), ...all('i32', 'limit') },
    result: 'i64',
    locals: {
      ...all('i64', 'inverse', 'tortoise', 'start', 'joint', 'found', 'difference', 'nl', 'nh'),
      ...all('i64', 'al', 'ah', 'bl', 'bh', 'middle', 'cross', 'upper', 'q'),
      ...all('i32', 'distance', 'walked', 'i'),
    },
  },
  // Newton: each turn doubles the right bits, and n itself is right in three.
  set('inverse', get('n')),
  ...Array.from({ length: 5 }, () => set('inverse', mul(get('inverse'), sub64(i64(2), mul(get('n'), get('inverse')))))),
  set('nl', low(get('n'))),
  set('nh', high(get('n'))),
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
          set('difference', difference),
          product('joint', 'joint', 'difference'),
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
      set('found', `(call $gcd ${get('n')} ${difference})`),
      `(br_if $single (i64.eq ${get('found')} ${i64(1)})))`,
      `(return (select ${i64(0)} ${get('found')} (i64.eq ${get('found')} ${get('n')})))))`,
      set('walked', add(get('walked'), i32(BATCH))),
    ].join('\n'),
  ),
  set('distance', '(i32.shl (local.get $distance) (i32.const 1))'),
  `(br_if $distances (i32.lt_u ${get('distance')} ${get('limit')})))`,
  i64(0),
)

export const factoring: readonly string[] = [gcd, factor]
