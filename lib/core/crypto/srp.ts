/**
 * Two-step verification: SRP 6a as Telegram varies it, both sides. Nobody sees the password, not even the server.
 * https://core.telegram.org/api/srp
 *
 * The algorithm is `passwordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow`. Whatever enters a hash as a
 * number is 256 bytes, zeros in front.
 */
import { pbkdf2Sha512 } from '#crypto'
import { bigintFromBytes, bytesFromBigint, concat, equalBytes, leftPad, trimZeros, wipe, xor } from '../bytes.ts'
import { ProtocolError } from '../errors.ts'
import { checkGroup, checkPublicValue, dhPublic, dhShared, modPow } from './dh.ts'
import { sha256 } from './sha.ts'

/** What the server says about how a password is turned into numbers. */
export interface SrpAlgorithm {
  readonly salt1: Uint8Array
  readonly salt2: Uint8Array
  readonly g: number
  readonly p: Uint8Array
}

/** What a client sends: `A` and `M1` of `inputCheckPasswordSRP`. */
export interface SrpProof {
  readonly a: Uint8Array
  readonly m1: Uint8Array
}

/** All the numbers of the computation, for those who check it. Secret but for those of SrpProof. */
export interface SrpNumbers extends SrpProof {
  readonly u: Uint8Array
  readonly k: Uint8Array
  readonly s: Uint8Array
  readonly sessionKey: Uint8Array
}

const NUMBER_BYTES = 256
const ITERATIONS = 100_000
/** Other clients refuse a shorter `srp_B` too: one is as likely as a guessed key. */
const MIN_SRP_B = 248
/** A secret that leads out of the group's range is drawn again, which never happens by chance. */
const ATTEMPTS = 16
/** Bytes that a client adds to `salt1` of a new password. */
const OWN_SALT = 32

/**
 * The client's proof that it knows `password` (UTF-8). Checks what the server says first, and throws a ProtocolError:
 * the group as in a key exchange, `srp_B`, and the numbers that come of it.
 */
export function srpProof(options: {
  readonly algorithm: SrpAlgorithm
  readonly srpB: Uint8Array
  readonly password: Uint8Array
  readonly random: (length: number) => Uint8Array
}): SrpProof {
  const { algorithm, srpB, password, random } = options
  checkGroup(algorithm.g, algorithm.p)
  if (srpB.length < MIN_SRP_B || srpB.length > NUMBER_BYTES)
    throw new ProtocolError(`srp_B: expected ${MIN_SRP_B} to ${NUMBER_BYTES} bytes, got ${srpB.length}`)
  checkSrpB(srpB, algorithm.p)
  const secret = drawSecret(algorithm, random)
  const x = passwordHash(password, algorithm)
  const { a, m1 } = srpClient({ algorithm, srpB, x, secret })
  wipe(secret, x)
  return { a, m1 }
}

function drawSecret({ g, p }: SrpAlgorithm, random: (length: number) => Uint8Array): Uint8Array {
  for (let attempt = 1; ; attempt++) {
    const secret = random(NUMBER_BYTES)
    try {
      checkPublicValue(dhPublic(g, secret, p), p)
      return secret
    } catch (error) {
      if (attempt === ATTEMPTS) throw error
    }
  }
}

/** The client's side as a pure function of its secret and of `x`, the password's hash. */
export function srpClient(options: {
  readonly algorithm: SrpAlgorithm
  readonly srpB: Uint8Array
  readonly x: Uint8Array
  readonly secret: Uint8Array
}): SrpNumbers {
  const { algorithm, srpB, x, secret } = options
  const p = bigintFromBytes(algorithm.p)
  const b = checkSrpB(srpB, algorithm.p)
  const a = dhPublic(algorithm.g, secret, algorithm.p)
  checkA(a, p)
  const k = multiplier(algorithm)
  const u = scrambler(a, srpB)
  const v = bigintFromBytes(dhPublic(algorithm.g, x, algorithm.p))
  const base = (((b - bigintFromBytes(k) * v) % p) + p) % p
  const exponent = bigintFromBytes(secret) + bigintFromBytes(u) * bigintFromBytes(x)
  const s = dhShared(bytesFromBigint(base), bytesFromBigint(exponent), algorithm.p)
  return conclude(algorithm, a, srpB, { u, k, s })
}

function checkSrpB(srpB: Uint8Array, p: Uint8Array): bigint {
  const b = bigintFromBytes(srpB)
  if (b <= 0n || b >= bigintFromBytes(p)) throw new ProtocolError('srp_B: expected 0 < srp_B < p, got one outside')
  return b
}

/** Zero, one and p - 1 would make the shared number known to anybody. */
function checkA(a: Uint8Array, p: bigint): bigint {
  const number = a.length > NUMBER_BYTES ? 0n : bigintFromBytes(a)
  if (number <= 1n || number >= p - 1n) throw new ProtocolError('A: expected 1 < A < p - 1, got one outside')
  return number
}

/** What a server keeps of a password, and what a client sends to set one: `v`, 256 bytes. */
export function passwordVerifier(password: Uint8Array, algorithm: SrpAlgorithm): Uint8Array {
  const x = passwordHash(password, algorithm)
  const v = dhPublic(algorithm.g, x, algorithm.p)
  wipe(x)
  return v
}

/**
 * What a client sends to set a new password: the server's algorithm with 32 bytes of the client's own in `salt1`, and
 * the verifier. A group that fails the checks is a ProtocolError.
 */
export function newPassword(options: {
  readonly algorithm: SrpAlgorithm
  readonly password: Uint8Array
  readonly random: (length: number) => Uint8Array
}): { readonly algorithm: SrpAlgorithm; readonly hash: Uint8Array } {
  const { algorithm, password, random } = options
  checkGroup(algorithm.g, algorithm.p)
  const own = { ...algorithm, salt1: concat(algorithm.salt1, random(OWN_SALT)) }
  return { algorithm: own, hash: passwordVerifier(password, own) }
}

/** The hash that passwords are known by, 32 bytes: PH2, and "x" of SRP. Takes 40 ms, or 300 in plain JavaScript. */
export function passwordHash(password: Uint8Array, { salt1, salt2 }: SrpAlgorithm): Uint8Array {
  const first = primaryHash(password, salt1, salt2)
  const stretched = pbkdf2Sha512(first, salt1, ITERATIONS, 64)
  const hash = saltedHash(stretched, salt2)
  wipe(first, stretched)
  return hash
}

/** PH1. */
export function primaryHash(password: Uint8Array, salt1: Uint8Array, salt2: Uint8Array): Uint8Array {
  return saltedHash(saltedHash(password, salt1), salt2)
}

/** SH. */
export function saltedHash(data: Uint8Array, salt: Uint8Array): Uint8Array {
  return sha256(salt, data, salt)
}

/** `srp_B`, the server's side of the exchange, from its secret and the verifier. */
export function srpServerPublic(options: {
  readonly algorithm: SrpAlgorithm
  readonly verifier: Uint8Array
  readonly secret: Uint8Array
}): Uint8Array {
  const { algorithm, verifier, secret } = options
  const own = bigintFromBytes(dhPublic(algorithm.g, secret, algorithm.p))
  const masked = bigintFromBytes(multiplier(algorithm)) * bigintFromBytes(verifier)
  return bytesFromBigint((masked + own) % bigintFromBytes(algorithm.p), NUMBER_BYTES)
}

/** What the server computes for itself, to compare with the client's `M1`. `a` is the client's. */
export function srpServer(options: {
  readonly algorithm: SrpAlgorithm
  readonly verifier: Uint8Array
  readonly secret: Uint8Array
  readonly srpB: Uint8Array
  readonly a: Uint8Array
}): SrpNumbers {
  const { algorithm, verifier, secret, srpB, a } = options
  const p = bigintFromBytes(algorithm.p)
  const publicA = checkA(a, p)
  const u = scrambler(a, srpB)
  const base = (publicA * bigintFromBytes(modPow(verifier, u, algorithm.p))) % p
  const s = dhShared(bytesFromBigint(base), secret, algorithm.p)
  return conclude(algorithm, a, srpB, { u, k: multiplier(algorithm), s })
}

/** Whether a client's proof is right. */
export function srpAccepts(proof: SrpProof, options: Omit<Parameters<typeof srpServer>[0], 'a'>): boolean {
  try {
    return equalBytes(srpServer({ ...options, a: proof.a }).m1, proof.m1)
  } catch (error) {
    if (error instanceof ProtocolError) return false
    throw error
  }
}

/** k = H(p | g). */
function multiplier({ p, g }: SrpAlgorithm): Uint8Array {
  return sha256(padded(p), padded(bytesFromBigint(BigInt(g))))
}

/** u = H(A | B). Zero would take the password out of the computation. */
function scrambler(a: Uint8Array, srpB: Uint8Array): Uint8Array {
  const u = sha256(padded(a), padded(srpB))
  if (trimZeros(u).length === 0) throw new ProtocolError('u: expected a number that is not 0, got 0')
  return u
}

/** M1 = H((H(p) xor H(g)) | H(salt1) | H(salt2) | A | B | H(s)). */
function conclude(
  { p, g, salt1, salt2 }: SrpAlgorithm,
  a: Uint8Array,
  srpB: Uint8Array,
  { u, k, s }: { readonly u: Uint8Array; readonly k: Uint8Array; readonly s: Uint8Array },
): SrpNumbers {
  const sessionKey = sha256(padded(s))
  const group = xor(sha256(padded(p)), sha256(padded(bytesFromBigint(BigInt(g)))))
  const m1 = sha256(group, sha256(salt1), sha256(salt2), padded(a), padded(srpB), sessionKey)
  return { a, m1, u, k, s, sessionKey }
}

function padded(number: Uint8Array): Uint8Array {
  return leftPad(number, NUMBER_BYTES)
}
