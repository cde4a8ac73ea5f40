/** One connection to one data centre: address, key, session and introduction put together. */
import {
  concat,
  defer,
  EMPTY,
  finalize,
  identity,
  ignoreElements,
  map,
  merge,
  mergeMap,
  type Observable,
  of,
  pipe,
  switchMap,
  tap,
} from 'rxjs'
import type { RsaPublicKey } from '../../core/crypto/rsa.ts'
import type { Pack } from '../../core/protocol/pack.ts'
import { chain } from '../rpc/chain.ts'
import { type Device, type Init, init } from '../rpc/init.ts'
import { isRepeatable } from '../rpc/repeatable.ts'
import { withoutUpdates } from '../rpc/without-updates.ts'
import type { Ambient } from '../rx/machine.ts'
import { EXCHANGING, type Exchanging, type KeyedLink, type KnownKey, keyed } from '../session/handshake.ts'
import { type NetworkChange, type Session, type SessionFact, session } from '../session/session.ts'
import { type KnownTemporaryKey, temporaryKey } from '../session/temporary-key.ts'
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
  /** Whether calls go under a temporary key, which is bound to the DC's permanent one. */
  readonly pfs?: boolean | undefined
  /** Hints about the network, for its session. */
  readonly network$?: Observable<NetworkChange> | undefined
  /** See `pack` of a session. */
  readonly pack?: Pack | undefined
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
  const { clock, random, apiId, device, isQuiet, network$, pack } = options
  return defer(() => {
    const introduction = init({ apiId, device })
    const interceptors = isQuiet ? [withoutUpdates, introduction.interceptor] : [introduction.interceptor]
    const current: Current = {}
    // A stored session that can't be read is nobody's lost connection: the lane itself fails.
    return found(options).pipe(
      switchMap(() => links(options, current).pipe(session({ clock, random, isRepeatable, network$, pack }))),
      mergeMap((opened) =>
        merge(
          of({ ...opened, invoke: chain(interceptors, opened).invoke }),
          opened.facts$.pipe(
            tap((fact) => heed(fact, introduction, current, options)),
            ignoreElements(),
          ),
        ),
      ),
    )
  })
}

/** The link that the session has, with its key. */
interface Current {
  keyed?: KeyedLink
}

/** The keys from before. */
function found({ endpoints, keys, pfs = false }: LaneOptions): Observable<Found> {
  const dc = wireDc(endpoints[0]!)
  const temporary$ = pfs ? keys.temporary(dc) : of(undefined)
  return keys.known(dc).pipe(switchMap((known) => temporary$.pipe(map((temporary) => ({ known, temporary })))))
}

interface Found {
  readonly known: KnownKey | undefined
  readonly temporary: KnownTemporaryKey | undefined
}

/** Each subscription is one connection, with its key. */
function links(options: LaneOptions, current: Current): Observable<KeyedLink | Exchanging> {
  const { endpoints, connect, publicKeys, keys, clock, random, pfs = false } = options
  let place = 0
  return defer(() => {
    const at = place % endpoints.length
    const others = [...endpoints.slice(at + 1), ...endpoints.slice(0, at)]
    const endpoint = others.length === 0 ? endpoints[at]! : { ...endpoints[at]!, also: others }
    const dc = wireDc(endpoint)
    let isOpen = false
    const note = (link: KeyedLink): void => {
      if (link.fresh) keys.made(dc, link)
    }
    return found(options).pipe(
      switchMap(({ known, temporary }) => {
        const isInDoubt = known !== undefined && keys.inDoubt(dc)
        const isKeyMade = known === undefined || (pfs && temporary === undefined && !isInDoubt)
        const temporarily = pipe(
          temporaryKey({ dc, publicKeys, known: temporary, isInDoubt, clock, random }),
          tap(note),
        )
        const withKey = pipe(
          keyed({ dc, publicKeys, known, clock, random }),
          tap(note),
          pfs ? temporarily : identity,
          tap((link) => {
            isOpen = true
            current.keyed = link
          }),
        )
        return opened(endpoint, { connect }).pipe(
          mergeMap((link) => concat(isKeyMade ? of<Exchanging>(EXCHANGING) : EMPTY, of(link).pipe(withKey))),
        )
      }),
      finalize(() => {
        if (!isOpen) place += 1
      }),
    )
  })
}

/** What a session tells beside answers and updates. */
function heed(fact: SessionFact, introduction: Init, { keyed }: Current, { endpoints, keys }: LaneOptions): void {
  const dc = wireDc(endpoints[0]!)
  // Layer and device belong to a session and its key: with another of either they are told again.
  if (fact._ !== 'salts') introduction.again()
  switch (fact._) {
    case 'salts':
      keys.salted(dc, fact.keyId, fact.salts, fact.timeOffset)
      return
    case 'keyLost':
    case 'keyStale':
      keys.lost(dc, fact.keyId)
      return
    case 'bound':
      if (keyed?.key.id === fact.keyId) keys.bound(dc, keyed)
      return
    case 'bindRefused':
      keys.refused(dc, fact.keyId, fact.error)
      return
    case 'keyKnown':
      keys.confirmed(dc)
      return
    case 'newSession':
      return
  }
}
