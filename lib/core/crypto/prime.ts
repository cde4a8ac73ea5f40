/** Primality by Miller and Rabin. */
import { bigintFromBytes, bytesFromBigint } from '../bytes.ts'
import { power } from './power.ts'

/** With these bases the test is exact below 3.3 * 10 ** 24 (Sorenson and Webster, 2015), so for all 64-bit numbers. */
const EXACT_BASES: readonly bigint[] = [2n, 3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n, 29n, 31n, 37n]
const EXACT_BELOW = 1n << 64n
/** The first four of them are enough below this number (Jaeschke, 1993). */
const FOUR_BELOW = 3_215_031_751n

/**
 * Rounds for a number that the other side chose. A composite passes one of them with a probability of at most 1/4,
 * so all of them with 2 ** -80.
 */
const ROUNDS = 40

/**
 * Whether `n` is prime: exact below 2 ** 64, and beyond it wrong about a composite with a probability below 2 ** -80.
 *
 * The bases are hashes of `n` and the number of the round: deterministic, and yet nobody can make a composite for
 * bases that change with the composite. (For the usual small primes as bases that can be done.)
 */
export function isProbablePrime(n: bigint, sha256: (parts: readonly Uint8Array[]) => Uint8Array): boolean {
  if (n < EXACT_BELOW) return isSmallPrime(n)
  if (hasSmallFactor(n)) return false
  const candidate = decompose(n)
  if (!passes(candidate, 2n)) return false
  const bytes = bytesFromBigint(n)
  for (let round = 1; round < ROUNDS; round++) {
    if (!passes(candidate, (bigintFromBytes(sha256([bytes, Uint8Array.of(round)])) % (n - 3n)) + 2n)) return false
  }
  return true
}

/** Whether `n` is prime, exactly, for n < 2 ** 64. */
export function isSmallPrime(n: bigint): boolean {
  if (n < 2n) return false
  if (EXACT_BASES.includes(n)) return true
  if (hasSmallFactor(n)) return false
  const candidate = decompose(n)
  const bases = n < FOUR_BELOW ? EXACT_BASES.slice(0, 4) : EXACT_BASES
  return bases.every((base) => passes(candidate, base))
}

function hasSmallFactor(n: bigint): boolean {
  return EXACT_BASES.some((prime) => n % prime === 0n)
}

/** An odd n with n - 1 = odd * 2 ** twos. */
interface Candidate {
  readonly n: bigint
  readonly odd: bigint
  readonly twos: number
}

function decompose(n: bigint): Candidate {
  let odd = n - 1n
  let twos = 0
  for (; (odd & 1n) === 0n; odd >>= 1n) twos++
  return { n, odd, twos }
}

/** One round: whether n behaves to `base` as a prime does. */
function passes({ n, odd, twos }: Candidate, base: bigint): boolean {
  let x = power(base, odd, n)
  if (x === 1n || x === n - 1n) return true
  for (let i = 1; i < twos; i++) {
    x = (x * x) % n
    if (x === n - 1n) return true
  }
  return false
}
