/** A local DC for tests: in this process, without a port. */
import { map, type Observable } from 'rxjs'
import type { ClientOptions } from '../client/options.ts'
import { type LocalDc, type LocalDcOptions, startLocalDc } from '../local-dc/index.node.ts'
import { systemClock, systemRandom } from '../runtime/rx/clock.ts'

export interface TestDc extends LocalDc {
  /** What a client of it needs: `createClient({ ...dc.client })`. Clock and randomness are those of the DC. */
  readonly client: Pick<ClientOptions, 'apiId' | 'apiHash' | 'dcs' | 'publicKeys' | 'transport' | 'clock' | 'random'>
}

/**
 * Runs a local DC whose connections are links in memory.
 *
 * Starts: makes the world on subscribe; each subscription is a server of its own.
 * Emits: the running DC, once, and stays.
 * Errors: UsageError for options that can't be.
 * Unsubscribe: stops it; its clients lose their connections.
 */
export function startTestDc(options: Omit<LocalDcOptions, 'listen'> = {}): Observable<TestDc> {
  const { clock = systemClock, random = systemRandom } = options
  return startLocalDc({ ...options, listen: false }).pipe(
    map((dc) => {
      const { apiId, apiHash, dcs, publicKeyPem, connect } = dc
      const client = { apiId, apiHash, dcs, publicKeys: [publicKeyPem], transport: connect, clock, random }
      return { ...dc, client }
    }),
  )
}
