import type { AuthKey } from '../../lib/core/crypto/message-key.ts'
import { publicKeyPem } from '../../lib/core/crypto/rsa-private.ts'
import { keyIdOf } from '../../lib/core/protocol/envelope.ts'
import { Connection } from '../../lib/local-dc/connection.ts'
import { createKeyExchange, type KeyExchangeOptions } from '../../lib/local-dc/key-exchange.ts'
import type { Clock } from '../../lib/runtime/rx/clock.ts'
import { environment } from '../../lib/runtime/rx/clock.ts'
import type { Connect } from '../../lib/runtime/transport/link.ts'
import { memory } from '../../lib/runtime/transport/memory.ts'
import { syntheticKey } from '../core/protocol/exchange.ts'
import { seededRandom } from '../support/marbles.ts'

export const privateKey: ReturnType<typeof syntheticKey> = syntheticKey()
export const publicKey: string = publicKeyPem(privateKey.public)

/** A server that makes keys, as wrongly as it is told to, and does nothing else. */
export interface LyingServer {
  readonly transport: Connect
  /** The keys that it made. */
  readonly made: readonly AuthKey[]
  /** What came sealed with a key. */
  readonly sealed: readonly Uint8Array[]
  /** How many connections there were. */
  connections(): number
}

/** Primes that need no search, so that a spec spends no time on them. */
const primes = [1229739323n, 1402015859n] as const

export function lyingServer(options: Partial<KeyExchangeOptions>, clock: Clock): LyingServer {
  const env = environment(clock, seededRandom(41))
  const made: AuthKey[] = []
  const sealed: Uint8Array[] = []
  let connections = 0
  const transport = memory((link) => {
    connections++
    const connection = new Connection({ random: env.random })
    const exchange = createKeyExchange({ privateKey, primes, ...options })
    const hear = (packet: Uint8Array) => {
      if (keyIdOf(packet) !== 0n) {
        sealed.push(packet)
        return
      }
      for (const effect of exchange.step({ _: 'received', packet }, env)) {
        if (effect._ === 'write') link.send(connection.packet(effect.packet))
        else if (effect._ === 'error') link.send(connection.error(effect.code))
        else made.push(effect.key)
      }
    }
    link.incoming$.subscribe({
      next: (bytes) => {
        for (const packet of connection.receive(bytes, env.now)) hear(packet.bytes)
      },
      error: () => {},
    })
  })
  return { transport, made, sealed, connections: () => connections }
}
