/** What happens to every call of a client, from the outside in. */
import { defer, tap } from 'rxjs'
import type { Interceptor } from '../core/invoker.ts'
import type { Tracer } from '../core/trace.ts'
import { migrate } from '../runtime/dc/migrate.ts'
import { type FeedSink, feedUpdates } from '../runtime/rpc/feed-updates.ts'
import { floodWait } from '../runtime/rpc/flood-wait.ts'
import { retry } from '../runtime/rpc/retry.ts'
import { timeout } from '../runtime/rpc/timeout.ts'
import { apart } from '../runtime/rx/relay.ts'
import type { Accounts } from './accounts.ts'
import type { Connections } from './connections.ts'
import type { Settings } from './options.ts'

export interface PolicyParts {
  readonly settings: Settings
  readonly accounts: Accounts
  readonly connections: Connections
  readonly sink: FeedSink
  readonly trace: Tracer
}

/**
 * The application's own are outermost. An answer's updates are fed before the caller sees it; a deadline covers all
 * waiting and repeating; what was told to wait is paced anew; what is repeated may move to another data centre each time.
 */
export function policiesOf({ settings, accounts, connections, sink, trace }: PolicyParts): readonly Interceptor[] {
  const { clock, interceptors, attempt } = settings
  const isSignedIn = (): boolean => accounts.now()._ === 'signedIn'
  return [
    ...interceptors,
    accounts.watch,
    feedUpdates(sink),
    timeout({ clock }),
    floodWait({ clock, trace, limit: settings.floodWait }),
    ...(settings.pace === undefined ? [] : [settings.pace({ clock, trace })]),
    retry({ clock, trace }),
    ...attempt.map(eachTime),
    migrate({ move: (dc) => connections.move(dc).pipe(tap(accounts.moved)), isSignedIn }),
  ]
}

/** A repeat subscribes again to what was returned before: this makes that another call of the interceptor. */
function eachTime(interceptor: Interceptor): Interceptor {
  return (request, next) => defer(() => interceptor(request, next)).pipe(apart())
}
