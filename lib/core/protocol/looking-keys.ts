/**
 * Keys that nobody will ever use, and that look like those of TLS to whoever tests them: a point of Curve25519
 * (RFC 7748) and an encapsulation key of ML-KEM-768 (FIPS 203, section 7.2).
 */

type Random = (length: number) => Uint8Array

/** The field and the curve of X25519: y² = x³ + 486662 x² + x mod 2²⁵⁵ - 19. */
const P = 2n ** 255n - 19n
const A = 486_662n
/** Doubled so often, a point is in the subgroup where all real keys are. */
const DOUBLINGS = 3
/** Half of all x are on the curve: a good source fails once in 2¹²⁸. */
const MAX_DRAWS = 128

/** ML-KEM-768: 3 polynomials of 256 coefficients, packed two into three bytes; 32 bytes of seed follow. */
const COEFFICIENTS = 768
const MODULUS = 3329
const SEED = 32

/** 32 bytes that pass for a public key of X25519. */
export function x25519Looking(random: Random): Uint8Array {
  let x = 0n
  for (let draw = 0; draw < MAX_DRAWS; draw++) {
    x = fromLittleEndian(random(32)) & (2n ** 255n - 1n)
    // Euler's criterion: only then there is a y.
    if (power(curve(x), (P - 1n) / 2n) === 1n) break
  }
  for (let doubling = 0; doubling < DOUBLINGS; doubling++) {
    const numerator = (x * x - 1n) ** 2n % P
    x = (numerator * power(4n * curve(x), P - 2n)) % P
  }
  const bytes = new Uint8Array(32)
  for (let at = 0; at < 32; at++) bytes[at] = Number((x >> BigInt(8 * at)) & 255n)
  return bytes
}

/** 1,184 bytes that pass for an encapsulation key of ML-KEM-768: every coefficient is below the modulus. */
export function mlKemLooking(random: Random): Uint8Array {
  const bytes = new Uint8Array((COEFFICIENTS / 2) * 3 + SEED)
  const noise = random(COEFFICIENTS * 4)
  const view = new DataView(noise.buffer, noise.byteOffset, noise.length)
  const coefficient = (index: number) => view.getUint32(4 * index, true) % MODULUS
  for (let pair = 0; pair < COEFFICIENTS / 2; pair++) {
    const a = coefficient(2 * pair)
    const b = coefficient(2 * pair + 1)
    bytes.set([a & 255, (a >> 8) | ((b & 15) << 4), b >> 4], 3 * pair)
  }
  bytes.set(random(SEED), bytes.length - SEED)
  return bytes
}

function curve(x: bigint): bigint {
  return ((x * x + A * x + 1n) * x) % P
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let square = base % P
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % P
    square = (square * square) % P
  }
  return result
}

function fromLittleEndian(bytes: Uint8Array): bigint {
  let value = 0n
  for (let at = bytes.length - 1; at >= 0; at--) value = (value << 8n) | BigInt(bytes[at]!)
  return value
}
