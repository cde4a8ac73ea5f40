/**
 * The client's side of a disguise: an MTProxy with an `ee` secret is spoken to as a web server, and proves in its
 * answer that it knows the secret. What follows are ordinary records (tls-records.ts), with an obfuscated stream inside.
 * https://core.telegram.org/mtproto/mtproto-transports
 */
import { equalBytes } from '../bytes.ts'
import { hmacSha256 } from '../crypto/sha.ts'
import { ProtocolError } from '../errors.ts'
import { ByteQueue } from './byte-queue.ts'
import { clientHello, HELLO_RANDOM_AT, type HelloOptions, RANDOM_LENGTH } from './client-hello.ts'
import { APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, RECORD_HEADER, recordName } from './tls-records.ts'

export interface FakeTls {
  /** What the client sends first. */
  readonly hello: Uint8Array
  /**
   * Takes the next bytes of the answer. Once it is whole and right, returns those behind it, which are records.
   *
   * @throws {ProtocolError} for an answer that comes from no proxy with this secret, as soon as that is seen
   */
  receive(chunk: Uint8Array): Uint8Array | undefined
}

/** Some servers send more handshake records than the one that a proxy needs. */
const MAX_HANDSHAKE_RECORDS = 17
/** A longer record of a handshake is allowed by RFC 8446 to nobody. */
const MAX_HANDSHAKE_RECORD = 16_384
/** No answer is longer: room for that much is made at most, as it comes. */
const MAX_ANSWER = 512 * 1024
/** The random lies in the first record, behind what is fixed. */
const MIN_SERVER_HELLO = HELLO_RANDOM_AT + RANDOM_LENGTH - RECORD_HEADER

/** A new connection's disguise. */
export function fakeTls(options: HelloOptions): FakeTls {
  const hello = clientHello(options)
  const random = hello.slice(HELLO_RANDOM_AT, HELLO_RANDOM_AT + RANDOM_LENGTH)
  const queue = new ByteQueue()
  return {
    hello,
    receive(chunk) {
      queue.push(chunk, MAX_ANSWER)
      const head = queue.peek()
      const length = answerLength(head)
      if (length === undefined) return undefined
      if (!isAnswerTo(random, options.key, head.subarray(0, length)))
        throw new ProtocolError('expected a TLS answer with the digest of the secret, got one with another')
      return head.slice(length)
    },
  }
}

/** Whether a whole answer is from someone who knows the secret and has seen this hello's random. */
export function isAnswerTo(random: Uint8Array, key: Uint8Array, answer: Uint8Array): boolean {
  const blank = answer.slice()
  blank.fill(0, HELLO_RANDOM_AT, HELLO_RANDOM_AT + RANDOM_LENGTH)
  const digest = hmacSha256(key, random, blank)
  return equalBytes(digest, answer.subarray(HELLO_RANDOM_AT, HELLO_RANDOM_AT + RANDOM_LENGTH))
}

/**
 * The length of an answer, undefined while it is not whole: a handshake, a change of the cipher, and application data
 * that stands for the certificate.
 *
 * @throws {ProtocolError} at the first byte that no answer has
 */
export function answerLength(bytes: Uint8Array): number | undefined {
  let at = 0
  let handshakes = 0
  let expected: readonly number[] = [HANDSHAKE]
  for (;;) {
    if (bytes.length <= at) return undefined
    const type = bytes[at]!
    checkHeader(bytes.subarray(at, at + RECORD_HEADER), expected, handshakes === 0)
    if (bytes.length < at + RECORD_HEADER) return undefined
    at += RECORD_HEADER + ((bytes[at + 3]! << 8) | bytes[at + 4]!)
    if (type === APPLICATION_DATA) return at <= bytes.length ? at : undefined
    handshakes++
    if (type === CHANGE_CIPHER_SPEC) expected = [APPLICATION_DATA]
    else expected = handshakes < MAX_HANDSHAKE_RECORDS ? [HANDSHAKE, CHANGE_CIPHER_SPEC] : [CHANGE_CIPHER_SPEC]
  }
}

/** Checks as much of a header as is there. */
function checkHeader(header: Uint8Array, expected: readonly number[], isFirst: boolean): void {
  const [type = 0, major = 3, minor = 3] = header
  if (!expected.includes(type))
    throw new ProtocolError(
      `expected ${expected.map(recordName).join(' or ')} in the TLS answer, got ${recordName(type)}`,
    )
  if (major !== 3 || minor !== 3) throw new ProtocolError('expected a TLS answer of version 3.3, got another version')
  if (header.length < RECORD_HEADER) return
  const length = (header[3]! << 8) | header[4]!
  const [least, most] = limits(type, isFirst)
  if (length < least || length > most)
    throw new ProtocolError(
      `expected ${recordName(type)} of ${least} to ${most} bytes in the TLS answer, got ${length}`,
    )
}

function limits(type: number, isFirst: boolean): readonly [least: number, most: number] {
  if (type === APPLICATION_DATA) return [0, 65_535]
  if (type === CHANGE_CIPHER_SPEC) return [1, 1]
  return [isFirst ? MIN_SERVER_HELLO : 1, MAX_HANDSHAKE_RECORD]
}
