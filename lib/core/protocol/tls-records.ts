/**
 * Records of TLS 1.2 and 1.3 (RFC 8446, section 5.1) as the envelope of a stream: type, version, length, content.
 * Frames may span them, and one may hold many: their borders mean nothing.
 */

import { concat } from '../bytes.ts'
import { ProtocolError } from '../errors.ts'

export const CHANGE_CIPHER_SPEC = 0x14
export const HANDSHAKE = 0x16
export const APPLICATION_DATA = 0x17
const ALERT = 0x15

export const RECORD_HEADER = 5
/** What clients put into one record, as the widespread ones do. */
export const CLIENT_RECORD = 2878
/** The most that RFC 8446 allows. */
export const SERVER_RECORD = 16_384

/** Sent once by a client, before its first data. */
const CIPHER_CHANGED = Uint8Array.of(CHANGE_CIPHER_SPEC, 3, 3, 0, 1, 1)

/** One record. */
export function tlsRecord(type: number, content: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(type, 3, 3, content.length >>> 8, content.length), content)
}

/** Puts a stream into records of application data. A client's first ones follow a change of the cipher. */
export function tlsWriter(side: 'client' | 'server'): (bytes: Uint8Array) => Uint8Array {
  const size = side === 'client' ? CLIENT_RECORD : SERVER_RECORD
  let isFirst = side === 'client'
  return (bytes) => {
    const records: Uint8Array[] = isFirst ? [CIPHER_CHANGED] : []
    isFirst = false
    for (let at = 0; at < bytes.length; at += size)
      records.push(tlsRecord(APPLICATION_DATA, bytes.subarray(at, at + size)))
    return concat(...records)
  }
}

/**
 * Takes the next chunk, returns what it held of the stream: views of it, whole records or not, so that nothing is ever
 * kept. Changes of the cipher are skipped.
 *
 * @throws {ProtocolError} for a record of another type, and ever after
 */
export function tlsReader(): (chunk: Uint8Array) => readonly Uint8Array[] {
  const header: number[] = []
  let left = 0
  let broken: ProtocolError | undefined
  return (chunk) => {
    if (broken !== undefined) throw broken
    const pieces: Uint8Array[] = []
    let at = 0
    while (at < chunk.length) {
      if (header.length < RECORD_HEADER) {
        header.push(chunk[at++]!)
        broken = faultOf(header)
        if (broken !== undefined) throw broken
        if (header.length === RECORD_HEADER) left = (header[3]! << 8) | header[4]!
      } else {
        const end = Math.min(chunk.length, at + left)
        if (header[0] === APPLICATION_DATA) pieces.push(chunk.subarray(at, end))
        left -= end - at
        at = end
      }
      if (header.length === RECORD_HEADER && left === 0) header.length = 0
    }
    return pieces
  }
}

function faultOf([type, major, minor]: readonly number[]): ProtocolError | undefined {
  if (type !== APPLICATION_DATA && type !== CHANGE_CIPHER_SPEC)
    return new ProtocolError(`expected application data in a TLS record, got ${recordName(type!)}`)
  if ((major ?? 3) !== 3 || (minor ?? 3) !== 3)
    return new ProtocolError('expected a TLS record of version 3.3, got another version')
  return undefined
}

/** The type of a record, for people. */
export function recordName(type: number): string {
  if (type === HANDSHAKE) return 'a handshake record'
  if (type === ALERT) return 'an alert'
  if (type === APPLICATION_DATA) return 'application data'
  if (type === CHANGE_CIPHER_SPEC) return 'a change of the cipher'
  return `the byte 0x${type.toString(16).padStart(2, '0')}, which no record of its kind begins with`
}
