/** The stage that makes a connection look like one to a web server: https://core.telegram.org/mtproto/mtproto-transports */
import {
  catchError,
  concat,
  defer,
  filter,
  type MonoTypeOperatorFunction,
  map,
  type Observable,
  of,
  switchMap,
  take,
  throwIfEmpty,
} from 'rxjs'
import { concat as joined } from '../../core/bytes.ts'
import { TransportError } from '../../core/errors.ts'
import { fakeTls } from '../../core/protocol/fake-tls.ts'
import { tlsReader, tlsWriter } from '../../core/protocol/tls-records.ts'
import { type Clock, systemClock, systemRandom } from '../rx/clock.ts'
import type { Link } from './link.ts'

export interface DisguisedOptions {
  /** The 16 bytes of the proxy's secret. */
  readonly key: Uint8Array
  /** Whom the connection pretends to be to. */
  readonly domain: string
  /** Whom errors name: `the proxy` if not given. */
  readonly to?: string | undefined
  /** Its wall clock is in the hello; proxies refuse one that is minutes off. */
  readonly clock?: Clock | undefined
  readonly random?: ((length: number) => Uint8Array) | undefined
}

/**
 * Shakes hands on a link of bytes as TLS does, and puts into records all that it carries from then on.
 *
 * Starts: with the source; says hello as soon as there is a link.
 * Emits: for each link a disguised one, once the other side has proved that it knows the secret.
 * Errors: TransportError `unsent` for an answer of anyone else, and for none; the source's own. The link's `incoming$`
 *   errors with ProtocolError for a record that is no data.
 * Unsubscribe: leaves the source.
 *
 *     source:      --L----------x    L: carries the hello, the answer r, then records
 *     L.incoming:    --(r)--(r)-
 *     disguised:   ---------M---x    M: carries the plain bytes
 */
export function disguised(options: DisguisedOptions): MonoTypeOperatorFunction<Link> {
  return switchMap((link) => shaken(link, options))
}

function shaken(link: Link, options: DisguisedOptions): Observable<Link> {
  const { key, domain, clock = systemClock, random = systemRandom, to = 'the proxy' } = options
  return defer(() => {
    const tls = fakeTls({ key, domain, time: Math.floor(clock.now() / 1000), random })
    const answered$ = link.incoming$.pipe(
      map((bytes) => tls.receive(bytes)),
      filter((rest) => rest !== undefined),
      take(1),
      throwIfEmpty(() => new TransportError('expected a TLS answer, got the end of the connection', 'unsent')),
      catchError((error: unknown): never => {
        const reason = error instanceof Error ? error.message : 'it failed'
        throw new TransportError(`could not connect to ${to}: ${reason}`, 'unsent', { cause: error })
      }),
      map((rest) => recorded(link, rest)),
    )
    link.send(tls.hello)
    return answered$
  })
}

/** A link of the bytes inside the records of another. `rest` came with the answer already. */
function recorded(link: Link, rest: Uint8Array): Link {
  const read = tlsReader()
  const write = tlsWriter('client')
  let held: Uint8Array | undefined = rest.length > 0 ? rest : undefined
  // One array for each that came: a reader that leaves after the first of several would lose the others.
  const plain = (bytes: Uint8Array): Uint8Array => {
    const pieces = read(bytes)
    return pieces.length === 1 ? pieces[0]! : joined(...pieces)
  }
  return {
    incoming$: defer(() => {
      const first$ = held === undefined ? [] : [of(held)]
      held = undefined
      return concat(...first$, link.incoming$).pipe(
        map(plain),
        filter(({ length }) => length > 0),
      )
    }),
    send: (bytes) => link.send(write(bytes)),
    get buffered() {
      return link.buffered
    },
  }
}
