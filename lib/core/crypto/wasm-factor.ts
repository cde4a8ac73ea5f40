import { arena } from './arena.ts'

/** A walk finds p < 2 ** 31.5 after 2 ** 16 steps on average, and after this many with all but certainty. */
const STEPS = 1 << 19
/** Where the walks begin. One finds both factors at once and has to be given up once in thousands of times. */
const STARTS: readonly bigint[] = [2n, 3n, 5n, 7n]

/** The products there have two bits to spare. Servers send less: both primes are below 2 ** 31. */
const LIMIT = 1n << 62n

/** A factor of an odd `n` that is no prime; undefined beyond the limit, without a module, or when no walk finds one. */
export function wasmFactor(n: bigint): bigint | undefined {
  const module = arena()
  if (module === undefined || n >= LIMIT) return undefined
  for (const start of STARTS) {
    const factor = module.factor(n, start, STEPS)
    if (factor > 1n) return factor
  }
  return undefined
}
