/** The stages between a carrier of bytes and the packets of a session, put together. */
import { type MonoTypeOperatorFunction, pipe } from 'rxjs'
import { UsageError } from '../../core/errors.ts'
import type { Framing } from '../../core/protocol/frame.ts'
import { systemRandom } from '../rx/clock.ts'
import { framed } from './framed.ts'
import type { Endpoint, Link } from './link.ts'
import { obfuscated } from './obfuscated.ts'
import { wireDc } from './wire-dc.ts'

/** How packets travel on a carrier of bytes. */
export interface PacketOptions {
  /** How packets are cut out of the stream; `intermediate` if not given. */
  readonly framing?: Framing | undefined
  /** Whether the stream is hidden; not with the framing `full`. */
  readonly obfuscated?: boolean | undefined
  /** For header and padding; the platform's if not given. */
  readonly random?: ((length: number) => Uint8Array) | undefined
}

/** Checks the options once, where they are written down. */
export function checkedOptions<Options extends PacketOptions>(options: Options): Options {
  if (options.framing === 'full' && options.obfuscated === true) {
    throw new UsageError('expected a framing with a tag for an obfuscated stream, got full')
  }
  return options
}

/**
 * Makes a link of packets from a link of bytes: `framed`, or `obfuscated` and `framed`.
 *
 * Starts: with the source.
 * Emits: for each link of bytes a link of packets to that endpoint.
 * Errors: the source's own.
 * Unsubscribe: leaves the source.
 */
export function packets(endpoint: Endpoint, options: PacketOptions): MonoTypeOperatorFunction<Link> {
  const framing = options.framing ?? 'intermediate'
  const random = options.random ?? systemRandom
  if (options.obfuscated !== true) return framed(framing, { random })
  return pipe(obfuscated({ framing, dc: wireDc(endpoint), random }), framed(framing, { random, tag: false }))
}
