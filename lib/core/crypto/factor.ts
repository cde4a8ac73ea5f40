/**
 * Splits the pq of a key exchange, the proof of work that a server asks for: the product of two primes, below 2 ** 63.
 * https://core.telegram.org/mtproto/auth_key#dh-exchange-initiation
 */
import { platform } from '#crypto'
import { ProtocolError } from '../errors.ts'
import { isSmallPrime } from './prime.ts'
import { squareForms } from './square-forms.ts'

const LIMIT = 1n << 63n

/** Tried by division first; the multipliers of the square forms need numbers that none of theirs divides. */
const SMALL_PRIMES: readonly bigint[] = [2n, 3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n, 29n, 31n, 37n]

/**
 * The two primes whose product is `pq`, the smaller one first. A prime, a product of more than two primes, and a
 * number out of range are a ProtocolError; so no work is wasted on what a broken server sends.
 */
export function factorize(pq: bigint): readonly [p: bigint, q: bigint] {
  if (pq <= 1n || pq >= LIMIT) throw new ProtocolError(`pq: expected 1 < pq < 2 ** 63, got ${pq}`)
  if (isSmallPrime(pq)) throw new ProtocolError(`pq: expected a product of two primes, got the prime ${pq}`)
  const factor = smallFactor(pq) ?? squareRoot(pq) ?? platform.factor(pq) ?? squareForms(pq) ?? cycleFactor(pq)
  if (factor === undefined) throw new ProtocolError(`pq: expected a product of two primes, found no factor of ${pq}`)
  const other = pq / factor
  if (!isSmallPrime(factor) || !isSmallPrime(other))
    throw new ProtocolError(`pq: expected a product of two primes, got ${pq} with more`)
  return factor < other ? [factor, other] : [other, factor]
}

function smallFactor(n: bigint): bigint | undefined {
  return SMALL_PRIMES.find((prime) => n % prime === 0n)
}

/** The root of a square: the square forms can't see it, since they never leave the first form. */
function squareRoot(n: bigint): bigint | undefined {
  // A double is at most 1 off here: squares of a root below 2 ** 32 differ by more than the rounding of n.
  const root = BigInt(Math.round(Math.sqrt(Number(n))))
  return root * root === n ? root : undefined
}

/** Steps between two divisors: one gcd is as dear as 30 multiplications. */
const BATCH = 128
/** For p < 2 ** 31.5 a walk finds p after 2 ** 16 steps on average, and after 2 ** 19 with all but certainty. */
const STEPS = 1 << 19
const WALKS = 4

/**
 * Pollard's rho with Brent's cycle finding, in BigInt: for what the square forms miss. Takes milliseconds; bounded,
 * for whatever isn't a product of two primes.
 */
export function cycleFactor(n: bigint): bigint | undefined {
  for (let walk = 1; walk <= WALKS; walk++) {
    const factor = oneWalk(n, BigInt(walk))
    if (factor !== undefined) return factor
  }
  return undefined
}

function oneWalk(n: bigint, addend: bigint): bigint | undefined {
  const next = (x: bigint): bigint => (x * x + addend) % n
  let hare = 2n
  for (let distance = 1, steps = 0; steps < STEPS; distance *= 2) {
    const tortoise = hare
    for (let i = 0; i < distance; i++) hare = next(hare)
    for (let walked = 0; walked < distance; walked += BATCH) {
      const start = hare
      let product = 1n
      for (let i = 0; i < Math.min(BATCH, distance - walked); i++) {
        hare = next(hare)
        product = (product * (tortoise - hare)) % n
      }
      const divisor = gcd(product < 0n ? -product : product, n)
      // All factors at once: walk that batch again, step by step.
      if (divisor !== 1n) return divisor !== n ? divisor : oneByOne(n, start, tortoise, next)
    }
    steps += 2 * distance
  }
  return undefined
}

function oneByOne(n: bigint, start: bigint, tortoise: bigint, next: (x: bigint) => bigint): bigint | undefined {
  let hare = start
  for (let i = 0; i < BATCH; i++) {
    hare = next(hare)
    const divisor = gcd(hare > tortoise ? hare - tortoise : tortoise - hare, n)
    if (divisor !== 1n) return divisor === n ? undefined : divisor
  }
  return undefined
}

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b]
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}
