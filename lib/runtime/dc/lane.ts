/** One connection to one data centre: address, key, session and introduction put together. */
import { defer, finalize, ignoreElements, merge, mergeMap, type Observable, of, switchMap, tap } from 'rxjs'
import type { RsaPublicKey } from '../../core/crypto/rsa.ts'
import { chain } from '../rpc/chain.ts'
import { type Device, type Init, init } from '../rpc/init.ts'
import { withoutUpdates } from '../rpc/without-updates.ts'
import type { Ambient } from '../rx/machine.ts'
import { type KeyedLink, keyed } from '../session/handshake.ts'
import { type Session, type SessionFact, session } from '../session/session.ts'
import type { Connect, Endpoint } from '../transport/link.ts'
import { opened } from '../transport/opened.ts'
import { wireDc } from '../transport/wire-dc.ts'
import type { Keys } from './keys.ts'

export interface LaneOptions extends Ambient {
  /** The addresses of one DC, best first. One that can't be reached makes room for the next. */
  readonly endpoints: readonly Endpoint[]
  readonly connect: Connect
  readonly publicKeys: readonly RsaPublicKey[]
  readonly keys: Keys
  readonly apiId: number
  readonly device: Device
  /** Whether its session leaves the updates to another. */
  readonly isQuiet: boolean
  /** Told when a connection is open and has no key yet, so that one is made. */
  exchanging?(): void
}

/**
 * Opens a lane. Its session outlives its connections; every one of them uses the DC's key, which is made if there is
 * none.
 *
 * Starts: connects on subscribe.
 * Emits: the lane, once, when the stored session has been read, and stays: calls wait for the connection.
 * Errors: StorageError; UsageError for an address that the transport can't use.
 * Unsubscribe: closes the session and its connection; its calls error with ClosedError.
 *
 *     source:       ^-------------------!
 *     connection:   --o-----x  (1 s)  --o--
 *     lane:         L-------------------
 */
export function lane(options: LaneOptions): Observable<Session> {
  const { clock, random, apiId, device, isQuiet, endpoints, keys } = options
  return defer(() => {
    const introduction = init({ apiId, device })
    const interceptors = isQuiet ? [withoutUpdates, introduction.interceptor] : [introduction.interceptor]
    // A stored session that can't be read is nobody's lost connection: the lane itself fails.
    return keys.known(wireDc(endpoints[0]!)).pipe(
      switchMap(() => links(options).pipe(session({ clock, random }))),
      mergeMap((opened) =>
        merge(
          of({ ...opened, invoke: chain(interceptors, opened).invoke }),
          opened.facts$.pipe(
            tap((fact) => heed(fact, introduction, options)),
            ignoreElements(),
          ),
        ),
      ),
    )
  })
}

/** Each subscription is one connection, with its key. */
function links(options: LaneOptions): Observable<KeyedLink> {
  const { endpoints, connect, publicKeys, keys, clock, random } = options
  let current = 0
  return defer(() => {
    const at = current % endpoints.length
    const others = [...endpoints.slice(at + 1), ...endpoints.slice(0, at)]
    const endpoint = others.length === 0 ? endpoints[at]! : { ...endpoints[at]!, also: others }
    const dc = wireDc(endpoint)
    let isOpen = false
    return keys.known(dc).pipe(
      switchMap((known) =>
        opened(endpoint, { connect }).pipe(
          tap(() => known === undefined && options.exchanging?.()),
          keyed({ dc, publicKeys, known, clock, random }),
          tap((link) => {
            isOpen = true
            if (link.fresh) keys.made(dc, link)
          }),
        ),
      ),
      finalize(() => {
        if (!isOpen) current += 1
      }),
    )
  })
}

/** What a session tells beside answers and updates. */
function heed(fact: SessionFact, introduction: Init, { endpoints, keys }: LaneOptions): void {
  const dc = wireDc(endpoints[0]!)
  // Layer and device belong to a session and its key: with another of either they are told again.
  if (fact._ === 'salts') keys.salted(dc, fact.keyId, fact.salts, fact.timeOffset)
  else introduction.again()
  if (fact._ === 'keyLost') keys.lost(dc, fact.keyId)
}
