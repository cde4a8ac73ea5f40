/** Modular powers in plain BigInt: the floor for every platform. Not constant-time: BigInt can't be. */

/** Five bits of the exponent at a time. Measured on 2048-bit numbers: 1.2 times as fast as bit by bit. */
const WINDOW_BITS = 5
/** Below this a base or an exponent is so short that a table of its powers doesn't pay. */
const SHORT = 1n << 64n

/** `base ** exponent mod modulus`, all of them >= 0. */
export function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  if (modulus === 1n) return 0n
  return base < SHORT || exponent < SHORT ? bitwise(base, exponent, modulus) : windowed(base, exponent, modulus)
}

function bitwise(base: bigint, exponent: bigint, modulus: bigint): bigint {
  const first = base % modulus
  let result = 1n
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus
    if (bit === '1') result = (result * first) % modulus
  }
  return result
}

function windowed(base: bigint, exponent: bigint, modulus: bigint): bigint {
  const first = base % modulus
  const powers = [1n]
  for (let i = 1; i < 1 << WINDOW_BITS; i++) powers.push((powers[i - 1]! * first) % modulus)
  let result = 1n
  // Each digit to the base 32 is one window.
  for (const digit of exponent.toString(1 << WINDOW_BITS)) {
    for (let i = 0; i < WINDOW_BITS; i++) result = (result * result) % modulus
    const window = Number.parseInt(digit, 1 << WINDOW_BITS)
    if (window !== 0) result = (result * powers[window]!) % modulus
  }
  return result
}
