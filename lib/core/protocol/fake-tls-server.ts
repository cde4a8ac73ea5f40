/**
 * The proxy's side of a disguise: which hellos are from clients that know the secret, and what they are answered.
 * Everyone else must not learn from the refusal that this is a proxy.
 * https://core.telegram.org/mtproto/mtproto-transports; the checks are those of the official proxy.
 */
import { concat, equalBytes, fromHex, hex } from '../bytes.ts'
import { hmacSha256 } from '../crypto/sha.ts'
import { ProtocolError } from '../errors.ts'
import { DIGEST_LENGTH, HELLO_RANDOM_AT, RANDOM_LENGTH } from './client-hello.ts'
import type { ProxySecret } from './proxy-secret.ts'
import { APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, RECORD_HEADER, tlsRecord } from './tls-records.ts'

export type TlsSecret = Extract<ProxySecret, { readonly kind: 'tls' }>

/** The longest hello that is listened to. */
export const MAX_HELLO = 4096
/** In seconds: how far a client's clock may be ahead, and how old a hello may be. */
const AHEAD = 3
const BEHIND = 10 * 60
/** How long a random is remembered, in seconds, and how many at most: then the oldest is forgotten. */
const REMEMBERED = 2 * 24 * 3600
const MAX_REMEMBERED = 100_000
/** The part of a random that is remembered. */
const REMEMBERED_BYTES = 16
const SESSION_ID_AT = HELLO_RANDOM_AT + RANDOM_LENGTH

/** The randoms of the hellos that were accepted: who sends one again has only overheard it. */
export class SeenHellos {
  readonly #times = new Map<string, number>()

  /** Notes a random. False if it was there. */
  add(random: Uint8Array, time: number): boolean {
    const key = hex(random.subarray(0, REMEMBERED_BYTES))
    for (const [old, since] of this.#times) {
      if (since > time - REMEMBERED) break
      this.#times.delete(old)
    }
    if (this.#times.has(key)) return false
    for (const oldest of this.#times.keys()) {
      if (this.#times.size < MAX_REMEMBERED) break
      this.#times.delete(oldest)
    }
    this.#times.set(key, time)
    return true
  }
}

/** The length of the record that a connection begins with; undefined while that is not known. */
export function helloLength(head: Uint8Array): number | undefined {
  if (head.length < RECORD_HEADER) return undefined
  const length = RECORD_HEADER + ((head[3]! << 8) | head[4]!)
  if (length > MAX_HELLO) throw new ProtocolError(`expected a TLS hello of at most ${MAX_HELLO} bytes, got ${length}`)
  return length
}

export interface AcceptOptions {
  readonly secrets: readonly TlsSecret[]
  readonly seen: SeenHellos
  /** Unix time in seconds. */
  readonly time: number
  readonly random: (length: number) => Uint8Array
}

/**
 * Checks a whole hello. Returns the secret that it knows, and the answer that says that we know it too.
 *
 * @throws {ProtocolError} for a hello that no client with one of the secrets has just made
 */
export function acceptHello(
  hello: Uint8Array,
  { secrets, seen, time, random }: AcceptOptions,
): { readonly secret: TlsSecret; readonly answer: Uint8Array } {
  const { domain, sessionId } = readHello(hello)
  const known = secrets.filter((secret) => secret.domain === domain)
  if (known.length === 0) throw new ProtocolError('expected a TLS hello to the domain of a secret, got another domain')
  const clientRandom = hello.slice(HELLO_RANDOM_AT, SESSION_ID_AT)
  const blank = hello.slice()
  blank.fill(0, HELLO_RANDOM_AT, SESSION_ID_AT)
  for (const secret of known) {
    const digest = hmacSha256(secret.key, blank)
    if (!equalBytes(digest.subarray(0, DIGEST_LENGTH), clientRandom.subarray(0, DIGEST_LENGTH))) continue
    // In 32 bits, as it travels: so the difference is right in any century.
    checkAge((time - (lastWord(digest) ^ lastWord(clientRandom))) | 0)
    if (!seen.add(clientRandom, time)) throw new ProtocolError('expected a new TLS hello, got one of before')
    return { secret, answer: serverAnswer({ key: secret.key, clientRandom, sessionId, random }) }
  }
  throw new ProtocolError('expected a TLS hello with the digest of a secret, got another')
}

function checkAge(age: number): void {
  if (age >= -AHEAD && age < BEHIND) return
  const off = age < 0 ? `${-age} s in the future` : `${age} s ago`
  throw new ProtocolError(`expected a TLS hello of now, got one of ${off}`)
}

function lastWord(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getInt32(DIGEST_LENGTH, true)
}

interface AnswerParts {
  readonly key: Uint8Array
  readonly clientRandom: Uint8Array
  readonly sessionId: Uint8Array
  readonly random: (length: number) => Uint8Array
}

/** A ServerHello, a change of the cipher, and noise in place of a certificate; the digest is in the hello's random. */
function serverAnswer({ key, clientRandom, sessionId, random }: AnswerParts): Uint8Array {
  const hello = concat(
    fromHex('020000760303'),
    new Uint8Array(RANDOM_LENGTH),
    Uint8Array.of(sessionId.length),
    sessionId,
    fromHex('130100002e00330024001d0020'),
    random(32),
    fromHex('002b00020304'),
  )
  const [low, high] = random(2)
  const certificate = random(1000 + ((low! | (high! << 8)) % 4000))
  const answer = concat(
    tlsRecord(HANDSHAKE, hello),
    tlsRecord(CHANGE_CIPHER_SPEC, Uint8Array.of(1)),
    tlsRecord(APPLICATION_DATA, certificate),
  )
  answer.set(hmacSha256(key, clientRandom, answer), HELLO_RANDOM_AT)
  return answer
}

/** What a hello says in clear. */
function readHello(hello: Uint8Array): { readonly domain: string | undefined; readonly sessionId: Uint8Array } {
  const cursor = new Cursor(hello)
  if (cursor.uint(1) !== HANDSHAKE || cursor.uint(2) !== 0x0301) throw badHello()
  if (cursor.uint(2) !== hello.length - RECORD_HEADER) throw badHello()
  if (cursor.uint(1) !== 1 || cursor.uint(3) !== hello.length - RECORD_HEADER - 4) throw badHello()
  cursor.take(2 + RANDOM_LENGTH)
  const sessionId = cursor.take(cursor.uint(1)).slice()
  if (sessionId.length !== 32) throw badHello()
  cursor.take(cursor.uint(2))
  cursor.take(cursor.uint(1))
  const extensions = new Cursor(cursor.take(cursor.uint(2)))
  let domain: string | undefined
  while (extensions.left > 0) {
    const type = extensions.uint(2)
    const content = extensions.take(extensions.uint(2))
    if (type === 0) domain = serverName(content)
  }
  return { domain, sessionId }
}

/** The one name that the extension must hold (RFC 6066, section 3). */
function serverName(content: Uint8Array): string {
  const cursor = new Cursor(content)
  const isRight = cursor.uint(2) === cursor.left && cursor.uint(1) === 0
  const name = isRight ? cursor.take(cursor.uint(2)) : content
  if (!isRight || cursor.left !== 0) throw badHello()
  return String.fromCharCode(...name)
}

function badHello(): ProtocolError {
  return new ProtocolError('expected a TLS hello as clients of proxies send it, got another form')
}

/** Reads forward, and never past the end. */
class Cursor {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  uint(length: number): number {
    return this.take(length).reduce((value, byte) => value * 256 + byte, 0)
  }

  take(length: number): Uint8Array {
    if (length > this.left) throw badHello()
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }
}
