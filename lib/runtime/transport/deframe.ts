/** The reading half of a framing: https://core.telegram.org/mtproto/mtproto-transports */
import { concat, defer, mergeMap, type Observable, type OperatorFunction } from 'rxjs'
import { TransportError } from '../../core/errors.ts'
import { type Frame, type Framing, frameDecoder } from '../../core/protocol/frame.ts'
import type { OnQuickAck } from './link.ts'

/** What the codes of transport errors mean: https://core.telegram.org/mtproto/mtproto-transports#transport-errors */
const MEANINGS: Readonly<Record<number, string>> = {
  [-403]: 'forbidden',
  [-404]: 'auth key or query not known to it',
  [-429]: 'too many connections or messages',
  [-444]: 'no such DC',
}

/**
 * Cuts a stream of bytes into packets. Quick acks are dropped.
 *
 * Starts: with the source; each subscription reads a new stream from its beginning.
 * Emits: whole packets, however the bytes were cut.
 * Errors: TransportError with its code for a transport error frame, ProtocolError for a broken stream, and the
 *   source's own. Completes with the source, also in the middle of a frame.
 * Unsubscribe: leaves the source.
 *
 *     bytes:     --(4 0 0 0 p)--(q r)--(s 4 0 0 0)--(p q r s)--|
 *     deframe:   ----------------------P------------Q----------|     intermediate, after the tag
 */
export function deframe(
  framing: Framing,
  options: { readonly side?: 'client' | 'server' | undefined } = {},
): OperatorFunction<Uint8Array, Uint8Array> {
  return (bytes$) => defer(() => reading(framing, options.side ?? 'client')(bytes$))
}

/**
 * As `deframe`, for one stream that several readers read in turn: what one reader leaves half read, be it packets
 * or the beginning of a frame, is the next one's.
 *
 * Starts: with the source, going on where the last reader left.
 * Emits: whole packets; quick acks are told to `onQuickAck` between them.
 * Errors: as `deframe`.
 * Unsubscribe: leaves the source, and keeps what was not emitted.
 */
export function reading(
  framing: Framing,
  side: 'client' | 'server',
  onQuickAck?: OnQuickAck,
): OperatorFunction<Uint8Array, Uint8Array> {
  const decode = frameDecoder(framing, side)
  const held: Frame[] = []

  // Pulled one by one: a reader that leaves in the middle leaves the rest here.
  function* packets(): Generator<Uint8Array> {
    for (let frame = held.shift(); frame !== undefined; frame = held.shift()) {
      if (frame._ === 'packet') yield frame.bytes
      else if (frame._ === 'quickAck') onQuickAck?.(frame.token)
      else throw transportError(frame.code)
    }
  }

  function feed(bytes: Uint8Array): Iterable<Uint8Array> {
    for (const frame of decode(bytes)) held.push(frame)
    return packets()
  }

  return (bytes$): Observable<Uint8Array> => defer(() => concat(packets(), bytes$.pipe(mergeMap(feed))))
}

function transportError(code: number): TransportError {
  const meaning = MEANINGS[code]
  const suffix = meaning === undefined ? '' : ` (${meaning})`
  return new TransportError(`expected a packet, got transport error ${code}${suffix}`, 'unknown', { code })
}
