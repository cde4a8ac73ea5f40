import { expect } from 'chai'
import {
  concat,
  defer,
  filter,
  ignoreElements,
  map,
  merge,
  NEVER,
  type Observable,
  retry,
  switchMap,
  take,
  tap,
} from 'rxjs'
import { getConfig, getNearestDc } from '../../../lib/api/help.ts'
import { parsePublicKey } from '../../../lib/core/crypto/rsa.ts'
import { StorageError, TransportError } from '../../../lib/core/errors.ts'
import { startLocalDc } from '../../../lib/local-dc/start-local-dc.node.ts'
import { createKeys, type Keys } from '../../../lib/runtime/dc/keys.ts'
import { type LaneOptions, lane } from '../../../lib/runtime/dc/lane.ts'
import { memoryStorage } from '../../../lib/runtime/storage/memory.ts'
import type { Connect, Endpoint } from '../../../lib/runtime/transport/link.ts'
import { seededRandom } from '../../support/marbles.ts'
import { beside, check, flow, privateKey, type Stage, steps } from '../../telegram/flow.ts'

const device = { model: 'm', system: 's', appVersion: '1', systemLanguage: 'en', language: 'en' }
const first: Endpoint = { dc: 1, host: 'first', port: 1 }
const second: Endpoint = { dc: 1, host: 'second', port: 2 }

/** A key ring over a store that keeps nothing. */
function ring(): Keys {
  const store$ = defer(() => memoryStorage().open()).pipe(take(1))
  return createKeys({
    store$: store$.pipe(map((store) => ({ ...store, get: () => concat([undefined]) }))),
    keep: () => {},
  })
}
function options({ dc, clock }: Stage, more: Partial<LaneOptions> = {}): LaneOptions {
  const ambient = { clock, random: seededRandom(9) }
  const publicKeys = [parsePublicKey(dc.publicKeyPem)]
  return {
    ...ambient,
    publicKeys,
    endpoints: [first],
    connect: dc.connect,
    keys: ring(),
    apiId: 1,
    device,
    isQuiet: false,
    ...more,
  }
}
/** Calls once over a lane, which is then left. */
const call = (laneOptions: LaneOptions): Observable<unknown> =>
  lane(laneOptions).pipe(
    switchMap((opened) => getNearestDc(opened)),
    take(1),
  )

/** The same, and tells of each handshake. */
const counting = (laneOptions: LaneOptions, shown: () => void): Observable<unknown> =>
  lane(laneOptions).pipe(
    switchMap((opened) => {
      const handshakes$ = opened.state$.pipe(filter(({ _ }) => _ === 'handshake'))
      return merge(handshakes$.pipe(tap(shown), ignoreElements()), getNearestDc(opened))
    }),
    take(1),
  )

describe('runtime/dc/lane', () => {
  it(
    'is there before its connection, and goes with its subscriber',
    flow((stage) => {
      const lanes = beside(lane(options(stage, { connect: () => NEVER })))
      const states = beside(lanes.values[0]!.state$)
      const calls = beside(getNearestDc(lanes.values[0]!))
      return steps(
        check(() => lanes.run.unsubscribe()),
        check(() => {
          expect(states.values.map(({ _ }) => _)).to.deep.equal(['connecting', 'closed'])
          expect(calls.values).to.have.nested.property('[0].name', 'ClosedError')
        }),
      )
    }),
  )

  it(
    'tries the next address when one can not be reached, and stays where it is well',
    flow((stage) => {
      const tried: string[] = []
      const connect: Connect = (endpoint) =>
        defer(() => {
          tried.push(endpoint.host)
          if (endpoint.host === 'first') throw new TransportError('no route', 'unsent')
          return stage.dc.connect(endpoint)
        })
      return steps(
        call(options(stage, { endpoints: [first, second], connect })),
        check(() => expect(tried).to.deep.equal(['first', 'second'])),
      )
    }),
  )

  it(
    'makes a key once, and says when it does',
    flow((stage) => {
      const keys = ring()
      let exchanges = 0
      const counted = counting(options(stage, { keys }), () => exchanges++)
      return steps(
        counted,
        counted,
        check(() => expect(exchanges).to.equal(1)),
        keys.known(1).pipe(tap((known) => expect(known?.salts).to.not.equal(undefined))),
      )
    }),
  )

  it(
    'with perfect forward secrecy makes two keys once, binds once, and says when it makes one',
    flow((stage) => {
      const keys = ring()
      let exchanges = 0
      const counted = counting(options(stage, { keys, pfs: true }), () => exchanges++)
      return steps(
        counted,
        counted,
        check(() => {
          expect(exchanges).to.equal(1)
          expect(stage.calls()).to.deep.equal(['auth.bindTempAuthKey', 'help.getNearestDc', 'help.getNearestDc'])
          expect(stage.dc.keys().map(({ temporary }) => temporary)).to.have.members([false, true])
        }),
        keys.temporary(1).pipe(tap((known) => expect(known).to.include({ isBound: true }))),
      )
    }),
  )

  it(
    'asks for no updates where another has them',
    flow((stage) => {
      const quiet = options(stage, { isQuiet: true })
      return steps(
        lane(quiet).pipe(
          switchMap((opened) => concat(getNearestDc(opened), getConfig(opened))),
          take(2),
        ),
        check(() => expect(stage.calls()).to.deep.equal(['help.getNearestDc', 'help.getConfig'])),
      )
    }),
  )

  it(
    'makes another key when the server has lost its own, and introduces itself again',
    flow((stage) => {
      const keys = ring()
      const other$ = startLocalDc({ privateKey, listen: false, clock: stage.clock, random: seededRandom(77) })
      const ids: bigint[] = []
      const noteKey = keys.known(1).pipe(tap((known) => ids.push(known!.key.id)))
      return steps(
        call(options(stage, { keys })),
        noteKey,
        other$.pipe(
          switchMap((other) => lane(options(stage, { keys, connect: other.connect }))),
          // What went out under the lost key fails: a client's policies repeat it.
          switchMap((opened) => getNearestDc(opened).pipe(retry({ count: 1, delay: () => stage.clock.after(10) }))),
          take(1),
        ),
        noteKey,
        check(() => expect(new Set(ids).size).to.equal(2)),
      )
    }),
  )

  it(
    'fails when the stored session can not be read',
    flow((stage) => {
      const store$ = defer((): Observable<never> => {
        throw new StorageError('gone')
      })
      const broken = createKeys({ store$, keep: () => {} })
      const lanes = beside(lane(options(stage, { keys: broken })))
      return check(() => expect(lanes.values).to.have.nested.property('[0].message', 'gone'))
    }),
  )
})
