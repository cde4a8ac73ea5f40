/** The writing half of a framing: https://core.telegram.org/mtproto/mtproto-transports */
import { defer, map, type OperatorFunction } from 'rxjs'
import { concat } from '../../core/bytes.ts'
import { type Framing, frameEncoder, frameTag } from '../../core/protocol/frame.ts'
import { systemRandom } from '../rx/clock.ts'

export interface FrameOptions {
  /** For the padding. */
  readonly random?: ((length: number) => Uint8Array) | undefined
  /** Whether the first frame is preceded by the framing's tag; not if obfuscation carries it, and never by a server. */
  readonly tag?: boolean | undefined
}

/**
 * Frames packets for a stream of bytes.
 *
 * Starts: with the source; each subscription writes a new stream, from its tag on.
 * Emits: one array for each packet; the first one holds the tag as well, so that it takes no write of its own.
 * Errors: UsageError for a packet that the framing can't carry, and the source's own.
 * Unsubscribe: leaves the source.
 *
 *     packets:   --P--------Q--|
 *     frame:     --(tag P)--Q--|
 */
export function frame(framing: Framing, options: FrameOptions = {}): OperatorFunction<Uint8Array, Uint8Array> {
  return (packets$) =>
    defer(() => {
      const write = writing(framing, options)
      return packets$.pipe(map((packet) => write(packet)))
    })
}

/** The same for one stream, as a function: packet in, bytes out. */
export function writing(
  framing: Framing,
  options: FrameOptions = {},
): (packet: Uint8Array, quickAck?: boolean) => Uint8Array {
  const encode = frameEncoder(framing, options.random ?? systemRandom)
  let tag = options.tag === false ? new Uint8Array(0) : frameTag(framing)
  return (packet, quickAck) => {
    const bytes = encode(packet, quickAck)
    if (tag.length === 0) return bytes
    const first = concat(tag, bytes)
    tag = new Uint8Array(0)
    return first
  }
}
