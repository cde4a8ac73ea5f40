/** The stage that makes a link of packets from a link of bytes. */
import { type MonoTypeOperatorFunction, map } from 'rxjs'
import type { Framing } from '../../core/protocol/frame.ts'
import { reading } from './deframe.ts'
import { type FrameOptions, writing } from './frame.ts'
import type { Link, OnQuickAck } from './link.ts'

/**
 * Frames what a link of bytes carries, so that it carries packets. A client's framing; `frame` and `deframe` are its
 * two halves.
 *
 * Starts: with the source.
 * Emits: for each link of bytes a link of packets. Its `incoming$` errors with TransportError for a transport error
 *   frame, and with ProtocolError for a broken stream.
 * Errors: the source's own.
 * Unsubscribe: leaves the source.
 *
 *     source:   --L----x     L: carries ee ee ee ee, 4 0 0 0 p q r s
 *     framed:   --M----x     M: carries pqrs
 */
export function framed(framing: Framing, options: FrameOptions = {}): MonoTypeOperatorFunction<Link> {
  return map((link): Link => {
    const write = writing(framing, options)
    let told: OnQuickAck | undefined
    return {
      incoming$: link.incoming$.pipe(reading(framing, 'client', (token) => told?.(token))),
      send(packet, onQuickAck) {
        told = onQuickAck ?? told
        link.send(write(packet, onQuickAck !== undefined))
      },
      get buffered() {
        return link.buffered
      },
    }
  })
}
