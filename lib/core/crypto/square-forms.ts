/**
 * Shanks' square forms factorisation (Gower and Wagstaff, "Square form factorization", 2008), in doubles: all its
 * values stay below 2 * sqrt(k * n) < 2 ** 38, where doubles are exact. Eight times as fast as a walk in BigInt.
 */

/** Square-free products of small odd primes; what they multiply has shorter cycles. */
const MULTIPLIERS: readonly number[] = [1155, 385, 165, 105, 231, 15, 33, 35, 55, 77, 21, 3, 5, 7, 11, 1]

/** As many forms of a cycle can lead back to nothing, and be remembered for it. */
const MAX_REMEMBERED = 64

/** A factor of `n` (odd, composite, not a square, without prime factors up to 11), or undefined: not found. */
export function squareForms(n: bigint): bigint | undefined {
  for (const multiplier of MULTIPLIERS) {
    const factor = BigInt(oneCycle(n, multiplier))
    if (factor > 1n && factor < n && n % factor === 0n) return factor
  }
  return undefined
}

/** The square form that ends the way forward: its root, and the middle coefficient. */
interface SquareForm {
  readonly root: number
  readonly p: number
}

function oneCycle(n: bigint, multiplier: number): number {
  const kn = n * BigInt(multiplier)
  const root = integerRoot(kn)
  const found = forward(kn, root, multiplier)
  return found === undefined ? 1 : backward(kn, root, multiplier, found)
}

/**
 * Steps through the principal cycle until every second form's end is a square that no small form before it explains.
 * Names as in the paper: q1 and q0 are this form's ends, p1 its middle.
 */
function forward(kn: bigint, bigRoot: bigint, multiplier: number): SquareForm | undefined {
  const root = Number(bigRoot)
  const small = Math.sqrt(2 * root)
  const smallWithMultiplier = small * 2 * multiplier
  const remembered: number[] = []
  // A cycle's expected length to a square is 1.8 * (kn) ** 0.25, which is `small` * 1.3.
  const limit = small * 4
  let p1 = root
  let q0 = 1
  let q1 = Number(kn - bigRoot * bigRoot)
  if (q1 === 0) return undefined
  for (let i = 0; i < limit; i++) {
    // An odd form: only remembered.
    let b = Math.floor((root + p1) / q1)
    const p0 = b * q1 - p1
    if (q1 < smallWithMultiplier) {
      const reduced = q1 / gcd(q1, 2 * multiplier)
      if (reduced < small) remembered.push(reduced)
    }
    q0 += b * (p1 - p0)
    const r = squareRootOf(q0)
    if (r !== 0 && r !== 1 && !remembered.includes(r)) return { root: r, p: p0 }
    if (q0 < smallWithMultiplier) {
      const reduced = q0 / gcd(q0, 2 * multiplier)
      if (reduced < small) remembered.push(reduced)
    }
    if (r === 1 || remembered.length > MAX_REMEMBERED) return undefined
    b = Math.floor((root + p0) / q0)
    p1 = b * q0 - p0
    q1 += b * (p0 - p1)
  }
  return undefined
}

/** From the square root of that form to the form whose middle repeats: its end has the factor. */
function backward(kn: bigint, bigRoot: bigint, multiplier: number, from: SquareForm): number {
  const root = Number(bigRoot)
  let q0 = from.root
  let p1 = from.p + q0 * Math.floor((root - from.p) / q0)
  let q1 = Number((kn - BigInt(p1) * BigInt(p1)) / BigInt(q0))
  const limit = Math.sqrt(2 * root) * 4
  for (let i = 0; i < limit; i++) {
    let b = Math.floor((root + p1) / q1)
    const p0 = b * q1 - p1
    q0 += b * (p1 - p0)
    if (p0 === p1) return q1 / gcd(q1, 2 * multiplier)
    b = Math.floor((root + p0) / q0)
    p1 = b * q0 - p0
    q1 += b * (p0 - p1)
    if (p0 === p1) return q0 / gcd(q0, 2 * multiplier)
  }
  return 1
}

/** The root of a square below 2 ** 53, or 0. */
function squareRootOf(x: number): number {
  // Squares are 0, 1, 4 or 9 modulo 16: three of four numbers end here.
  const low = x & 15
  if (low !== 0 && low !== 1 && low !== 4 && low !== 9) return 0
  const root = Math.sqrt(x)
  return Number.isInteger(root) ? root : 0
}

function gcd(a: number, b: number): number {
  let [x, y] = [a, b]
  while (y !== 0) [x, y] = [y, x % y]
  return x
}

function integerRoot(n: bigint): bigint {
  let root = BigInt(Math.floor(Math.sqrt(Number(n))))
  while (root * root > n) root--
  while ((root + 1n) * (root + 1n) <= n) root++
  return root
}
