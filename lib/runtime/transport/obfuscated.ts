/** The stage that hides a link of bytes: https://core.telegram.org/mtproto/mtproto-transports#transport-obfuscation */
import { type MonoTypeOperatorFunction, map } from 'rxjs'
import { concat } from '../../core/bytes.ts'
import { type ObfuscationOptions, obfuscateClient } from '../../core/protocol/obfuscation.ts'
import { systemRandom } from '../rx/clock.ts'
import type { Link } from './link.ts'

/** `random` is the platform's if not given. */
export type ObfuscatedOptions = Omit<ObfuscationOptions, 'random'> & Partial<Pick<ObfuscationOptions, 'random'>>

/**
 * Encrypts all that a link of bytes carries, both ways, with keys of its own for each link. The header that tells
 * them goes before the first bytes, and holds the tag of the framing: `framed(framing, { tag: false })` goes above.
 *
 * Starts: with the source.
 * Emits: for each link an obfuscated link.
 * Errors: UsageError for a framing without a tag, and the source's own.
 * Unsubscribe: leaves the source.
 *
 *     source:       --L----x     L: carries 64 bytes of header, then noise
 *     obfuscated:   --M----x     M: carries the plain bytes
 */
export function obfuscated(options: ObfuscatedOptions): MonoTypeOperatorFunction<Link> {
  return map((link): Link => {
    const stream = obfuscateClient({ ...options, random: options.random ?? systemRandom })
    let header: Uint8Array | undefined = stream.header
    return {
      incoming$: link.incoming$.pipe(map((bytes) => stream.decrypt(bytes))),
      send(bytes) {
        const noise = stream.encrypt(bytes)
        const first = header
        // Before it is sent: a link in memory may deliver, and have us answer, inside `send`.
        header = undefined
        link.send(first === undefined ? noise : concat(first, noise))
      },
      get buffered() {
        return link.buffered
      },
    }
  })
}
