/**
 * Diffie-Hellman as in the key exchange and in two-step verification, with every check that a client owes itself.
 * https://core.telegram.org/mtproto/auth_key and https://core.telegram.org/mtproto/security_guidelines
 */
import { platform } from '#crypto'
import { bigintFromBytes, bytesFromBigint, equalBytes, fromHex, hex, leftPad, trimZeros } from '../bytes.ts'
import { ProtocolError } from '../errors.ts'
import { power } from './power.ts'

/** The 2048-bit safe prime that Telegram's servers have used since 2013. Compared by its bytes, so that it need not be tested. */
export const DH_PRIME: Uint8Array = /* @__PURE__ */ fromHex(
  'c71caeb9c6b1c9048e6c522f70f13f73980d40238e3e21c14934d037563d930f48198a0aa7c14058229493d22530f4db' +
    'fa336f6e0ac925139543aed44cce7c3720fd51f69458705ac68cd4fe6b6b13abdc9746512969328454f18faf8c595f64' +
    '2477fe96bb2a941d5bcd1d4ac8cc49880708fa9b378e3c4f3a9060bee67cf9a4a4a695811051907e162753b56b0f6b41' +
    '0dba74d8a84b2a14b3144e0ef1284754fd17ed950d5965b4b9dd46582db1178d169c6bc465b0d6ff9ca3928fef5b9ae4' +
    'e418fc15e83ebea0f87fa9ff5eed70050ded2849f47bf959d956850ce929851f0d8115f635b105ee2e4e15d04b2454bf' +
    '6f4fadf034b10403119cd8e3b92fcc5b',
)

const PRIME_BYTES = 256
const TWO_1984 = 1n << 1984n

/** So many other primes are remembered once tested, the latest: a test takes OpenSSL 0.2 s, and BigInt 0.8 s. */
const VERIFIED_PRIMES = 8
const verified: string[] = []

/**
 * Checks the group of an exchange: `prime` is a safe prime of 2048 bits, and `g` makes its big subgroup.
 * Otherwise it throws a ProtocolError.
 */
export function checkGroup(g: number, prime: Uint8Array): void {
  const bytes = trimZeros(prime)
  if (bytes.length !== PRIME_BYTES || bytes[0]! < 0x80)
    throw new ProtocolError(`dh_prime: expected a number of 2048 bits, got ${bitLength(bytes)}`)
  checkGenerator(g, bytes)
  if (equalBytes(bytes, DH_PRIME)) return
  const name = hex(bytes)
  if (verified.includes(name)) return
  if (!isSafePrime(bytes))
    throw new ProtocolError('dh_prime: expected p and (p - 1) / 2 to be prime, they are not both')
  verified.push(name)
  if (verified.length > VERIFIED_PRIMES) verified.shift()
}

/** Whether both p and (p - 1) / 2 are prime. */
export function isSafePrime(prime: Uint8Array): boolean {
  const p = bigintFromBytes(prime)
  // Most numbers that aren't safe primes fail here: at the cost of one test.
  return (p & 1n) === 1n && platform.isPrime(bytesFromBigint(p >> 1n)) && platform.isPrime(bytesFromBigint(p))
}

/** For each generator the remainders of p that make it a quadratic residue: a generator of the subgroup of order (p - 1) / 2. */
const RESIDUES: Readonly<Record<number, { readonly divisor: bigint; readonly remainders: readonly bigint[] }>> = {
  2: { divisor: 8n, remainders: [7n] },
  3: { divisor: 3n, remainders: [2n] },
  4: { divisor: 1n, remainders: [0n] },
  5: { divisor: 5n, remainders: [1n, 4n] },
  6: { divisor: 24n, remainders: [19n, 23n] },
  7: { divisor: 7n, remainders: [3n, 5n, 6n] },
}

/** Checks that `g` is 2 to 7 and a quadratic residue modulo `prime`. Otherwise it throws a ProtocolError. */
export function checkGenerator(g: number, prime: Uint8Array): void {
  const condition = RESIDUES[g]
  if (condition === undefined) throw new ProtocolError(`g: expected a number from 2 to 7, got ${g}`)
  const remainder = bigintFromBytes(prime) % condition.divisor
  if (!condition.remainders.includes(remainder))
    throw new ProtocolError(
      `g = ${g}: expected dh_prime mod ${condition.divisor} to be ${condition.remainders.join(' or ')}, got ${remainder}`,
    )
}

/**
 * Checks g_a or g_b: 1 < value < p - 1, and 2 ** 1984 <= value <= p - 2 ** 1984. Otherwise it throws a ProtocolError.
 */
export function checkPublicValue(value: Uint8Array, prime: Uint8Array): void {
  const bytes = trimZeros(value)
  const x = bytes.length > PRIME_BYTES ? 0n : bigintFromBytes(bytes)
  const p = bigintFromBytes(prime)
  if (x <= 1n || x >= p - 1n) throw new ProtocolError('DH value: expected 1 < value < p - 1, got one outside')
  if (x < TWO_1984 || x > p - TWO_1984)
    throw new ProtocolError('DH value: expected 2 ** 1984 <= value <= p - 2 ** 1984, got one outside')
}

/** `g ** secret mod prime`: 256 bytes, zeros in front. */
export function dhPublic(g: number, secret: Uint8Array, prime: Uint8Array): Uint8Array {
  return leftPad(platform.dhPublic(g, secret, prime), PRIME_BYTES)
}

/**
 * `publicValue ** secret mod prime`: 256 bytes, zeros in front. Takes half the time when `secret` is the very array
 * that `dhPublic` was given for this prime.
 */
export function dhShared(publicValue: Uint8Array, secret: Uint8Array, prime: Uint8Array): Uint8Array {
  return leftPad(platform.dhShared(publicValue, secret, prime), PRIME_BYTES)
}

/** `base ** exponent mod modulus`: 256 bytes, zeros in front. For numbers that are no secret. */
export function modPow(base: Uint8Array, exponent: Uint8Array, modulus: Uint8Array): Uint8Array {
  return bytesFromBigint(power(bigintFromBytes(base), bigintFromBytes(exponent), bigintFromBytes(modulus)), PRIME_BYTES)
}

function bitLength(bytes: Uint8Array): number {
  return bytes.length === 0 ? 0 : bytes.length * 8 - Math.clz32(bytes[0]!) + 24
}
