/** How the connection is, as one value. */
import { BehaviorSubject, type Observable } from 'rxjs'
import type { SessionState } from '../runtime/session/session.ts'

/**
 * `offline` (`retryAt`: when it is tried again, wall clock in milliseconds), `connecting`, `handshake` (the first
 * connection makes its key), `syncing` (what was missed is being fetched), `ready`, `closed`.
 */
export type ClientState = SessionState | { readonly _: 'syncing' }

export interface StateView {
  readonly state$: Observable<ClientState>
  session(state: SessionState): void
  syncing(isSyncing: boolean): void
  close(): void
}

/** Makes the view of a client's connection. Values are fresh, and no two in a row are alike. */
export function createStateView(): StateView {
  const view = new BehaviorSubject<ClientState>({ _: 'connecting' })
  let session: SessionState = { _: 'connecting' }
  let isSyncing = false

  const show = (state: ClientState): void => {
    if (state._ !== view.value._ || state._ === 'offline') view.next(state)
  }
  const showSession = (): void => show(session._ === 'ready' && isSyncing ? { _: 'syncing' } : session)

  return {
    state$: view.asObservable(),
    session(state) {
      session = state
      showSession()
    },
    syncing(next) {
      isSyncing = next
      if (session._ === 'ready') showSession()
    },
    close() {
      view.next({ _: 'closed' })
      view.complete()
    },
  }
}
