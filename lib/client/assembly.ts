/** The parts of a client, put together and not yet running. */
import { ReplaySubject, type Subject, type Subscription } from 'rxjs'
import { chain } from '../runtime/rpc/chain.ts'
import { callOptions } from '../runtime/rpc/within.ts'
import type { StoredBox } from '../runtime/storage/storage.ts'
import { createKnownPeers } from '../telegram/peers/known-peers.ts'
import { type Accounts, createAccounts } from './accounts.ts'
import { type Calls, createCalls } from './calls.ts'
import { type Connections, createConnections } from './connections.ts'
import { createFaults, type Faults } from './faults.ts'
import { createNetwork, type Network } from './network.ts'
import type { Settings } from './options.ts'
import { policiesOf } from './policies.ts'
import { createStateView, type StateView } from './state.ts'
import { openStoredSession, type StoredSession } from './stored-session.ts'
import { createTraces, type Traces } from './traces.ts'
import type { Following } from './unfollowed.ts'
import type { ClientUpdatesOptions } from './updates.ts'

/** How a client goes after its account's updates. */
export interface Follow<Made extends Following> {
  make(options: ClientUpdatesOptions): Made
  /** Whether it does not. */
  readonly isQuiet: boolean
}

export interface Assembly<Made extends Following = Following> {
  readonly settings: Settings
  readonly faults: Faults
  readonly traces: Traces
  readonly network: Network
  readonly view: StateView
  readonly stored: StoredSession
  readonly peers: ReturnType<typeof createKnownPeers>
  readonly connections: Connections
  readonly accounts: Accounts
  readonly updates: Made
  readonly calls: Calls
  /** Where the stored session says that the common box stood. */
  readonly restored: { box: StoredBox | undefined }
  /** Its error ends the lanes. */
  readonly closing$: Subject<never>
}

/** Makes the parts; what has to last is put into `life`. */
export function assemble<Made extends Following>(
  settings: Settings,
  life: Subscription,
  { make, isQuiet }: Follow<Made>,
): Assembly<Made> {
  const { clock, random, storage } = settings
  const faults = createFaults()
  const traces = createTraces(clock)
  const closing$ = new ReplaySubject<never>(1)
  const network = createNetwork()
  const view = createStateView()
  const stored = openStoredSession(storage, faults.at('storage'))
  const { store$, keep } = stored
  const peers = createKnownPeers({ store$, keep })
  const connections = createConnections({
    settings,
    store$,
    keep,
    closing$,
    network$: network.changes$,
    traces,
    isQuiet,
    keyLost: () => accounts.keyLost(),
  })
  const restored: Assembly['restored'] = { box: undefined }

  const accounts: Accounts = createAccounts({
    keep,
    home: connections.home,
    began: () => updates.start(restored.box),
    ended() {
      restored.box = undefined
      updates.stop()
      life.add(peers.forget().subscribe({ error: faults.at('storage') }))
    },
  })
  const updates = make({
    clock,
    random,
    peers,
    keep,
    self: accounts.self,
    syncing: view.syncing,
    fault: faults.at('updates'),
    trace: traces,
    tg: { invoke: (request) => calls.invoke(request) },
    own: (work) => life.add(work),
  })
  const policies = policiesOf({ settings, accounts, connections, sink: updates.sink, trace: traces })
  const calls: Calls = createCalls(chain(policies, connections), (error, request) => {
    const { dc } = callOptions(request)
    if (dc === undefined || dc === connections.home()) accounts.refused(error)
  })
  return {
    settings,
    faults,
    traces,
    network,
    view,
    stored,
    peers,
    connections,
    accounts,
    updates,
    calls,
    restored,
    closing$,
  }
}
