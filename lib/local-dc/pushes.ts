/**
 * Who hears of what: updates for the sessions of an account that take them. Of several sessions of one key only one
 * does. https://core.telegram.org/api/updates
 */
import type { Updates } from '../api/index.ts'
import { RpcError } from '../core/errors.ts'
import type { LocalDcEvent } from './events.ts'
import type { HubEvent } from './hub.ts'
import type { Keys } from './keys.ts'
import type { Layers } from './layers/layers.ts'
import type { LiveSession, Sessions } from './sessions.ts'
import type { Account } from './world/world.ts'

export interface PushParts {
  readonly keys: Keys
  readonly sessions: Sessions
  readonly layers: Layers
  readonly dispatch: (event: HubEvent) => void
  readonly tell: (event: LocalDcEvent) => void
}

/** Sends `updates` to every session of the account that takes updates, but for the one named `except`. */
export function push(parts: PushParts, account: Account, updates: Updates, except?: string): void {
  const { keys, sessions, dispatch, tell } = parts
  for (const { updatesTo } of keys.ofUser(account.id)) {
    const live = updatesTo === undefined || updatesTo === except ? undefined : sessions.get(updatesTo)
    if (live === undefined) continue
    dispatch({ _: 'session', name: live.name, event: { _: 'push', body: write(parts, live, updates) } })
    tell({ event: 'push', user: account.id, session: live.name, updates: namesOf(updates) })
  }
}

/** What the session's layer can't say at all becomes the order to ask for the difference. */
function write({ layers }: PushParts, { record }: LiveSession, updates: Updates): Uint8Array {
  try {
    return layers.updates({ ...updates }, record.layer)
  } catch (error) {
    if (!(error instanceof RpcError)) throw error
    return layers.updates({ _: 'updatesTooLong' }, record.layer)
  }
}

function namesOf(updates: Updates): readonly string[] {
  if ('updates' in updates) return updates.updates.map(({ _ }) => _)
  return 'update' in updates ? [updates.update._] : [updates._]
}
