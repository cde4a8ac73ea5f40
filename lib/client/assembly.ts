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
import type { Settings } from './options.ts'
import { policiesOf } from './policies.ts'
import { createStateView, type StateView } from './state.ts'
import { openStoredSession, type StoredSession } from './stored-session.ts'
import { type ClientUpdates, createUpdates } from './updates.ts'

export interface Assembly {
  readonly settings: Settings
  readonly faults: Faults
  readonly view: StateView
  readonly stored: StoredSession
  readonly peers: ReturnType<typeof createKnownPeers>
  readonly connections: Connections
  readonly accounts: Accounts
  readonly updates: ClientUpdates
  readonly calls: Calls
  /** Where the stored session says that the common box stood. */
  readonly restored: { box: StoredBox | undefined }
  /** Its error ends the lanes. */
  readonly closing$: Subject<never>
}

/** Makes the parts; what has to last is put into `life`. */
export function assemble(settings: Settings, life: Subscription): Assembly {
  const { clock, random, storage } = settings
  const faults = createFaults()
  const closing$ = new ReplaySubject<never>(1)
  const view = createStateView()
  const stored = openStoredSession(storage, faults.at('storage'))
  const { store$, keep } = stored
  const peers = createKnownPeers({ store$, keep })
  const connections = createConnections({ settings, store$, keep, closing$, exchanging: view.exchanging })
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
  const updates = createUpdates({
    clock,
    random,
    peers,
    keep,
    self: accounts.self,
    syncing: view.syncing,
    fault: faults.at('updates'),
    tg: { invoke: (request) => calls.invoke(request) },
    own: (work) => life.add(work),
  })
  const policies = policiesOf({ settings, accounts, connections, sink: updates.sink })
  const calls: Calls = createCalls(chain(policies, connections), (error, request) => {
    if (callOptions(request).dc === undefined) accounts.refused(error)
  })
  return { settings, faults, view, stored, peers, connections, accounts, updates, calls, restored, closing$ }
}
