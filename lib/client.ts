/** A client: everything put together. */
import { BehaviorSubject, filter, finalize, map, type Observable, of, ReplaySubject, Subject, Subscription, switchMap, take, tap } from 'rxjs'
import { createAccounts } from './client/accounts.ts'
import { createCalls } from './client/calls.ts'
import { createConnections } from './client/connections.ts'
import { createEngine } from './client/engine.ts'
import { createKeeper } from './client/keeper.ts'
import { type ClientOptions, settingsOf } from './client/options.ts'
