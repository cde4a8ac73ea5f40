/** A client: all stages put together. It decides nothing; each of its parts has a file of its own in client/. */
import { type Observable, ReplaySubject, Subscription, switchMap, takeUntil } from 'rxjs'
import { type Assembly, assemble, type Follow } from './client/assembly.ts'
import { type ClientOptions, settingsOf } from './client/options.ts'
import { run } from './client/run.ts'
import type { ClientState } from './client/state.ts'
import { type Following, unfollowed } from './client/unfollowed.ts'
import { createUpdates } from './client/updates.ts'
import { ClosedError } from './core/errors.ts'
import type { TraceEvent } from './core/trace.ts'
import { cold } from './runtime/rx/cold.ts'
import type { NetworkChange } from './runtime/session/session.ts'
import type { Caller, Fault, Telegram } from './telegram/telegram.ts'

export type { ClientOptions, ClientState, NetworkChange }

export interface CloseOptions {
  /** Milliseconds that open calls have to end by themselves; 0 if not given. */
  readonly drain?: number | undefined
}

/** A client that calls: give it to the functions of this library that need no updates. */
export interface CallClient extends Caller {
  /** How the connection is: the latest value at once, then every change. Completes after `closed`. */
  readonly state$: Observable<ClientState>
  /**
   * What went wrong beside the calls. Hot, but what came before the first observer is kept for it. Completes when the
   * client has closed.
   */
  readonly faults$: Observable<Fault>
  /**
   * What the client does, step by step, without secrets: links, calls, waits, keys, salts, clock, pings, boxes. Hot, and
   * free while nobody observes it. The first observer is told how the links are. Completes when the client has closed.
   */
  readonly trace$: Observable<TraceEvent>
  /**
   * Tells the client what its application knows of the network; in browsers it hears that by itself. After `changed` and
   * `online` it connects at once, or asks at once whether the connection is still good; after `offline` it waits for
   * either without trying.
   */
  network(change: NetworkChange): void
  /**
   * Closes the client: open calls error with ClosedError, which is no fault where they were a handler's, streams
   * complete, connections and the stored session are closed.
   *
   * Starts: at the call, watched or not.
   * Emits: nothing; completes when everything is closed.
   * Errors: never.
   * Unsubscribe: leaves the closing alone.
   */
  close(options?: CloseOptions): Observable<never>
}

/** A client: give it to the functions of this library. */
export interface Client extends CallClient, Telegram {
  readonly context: Telegram['context']
}

/**
 * A client as a resource.
 *
 * Starts: makes the client on subscribe; it connects at once.
 * Emits: the client, once, and stays.
 * Errors: UsageError for bad options.
 * Unsubscribe: closes the client.
 *
 * @example
 * import { openClient, signInBot } from 'rxgram'
 *
 * openClient({ apiId, apiHash }).pipe(switchMap((tg) => signInBot(tg, token)), take(1)).subscribe(console.log)
 */
export function openClient(options: ClientOptions): Observable<Client> {
  return resource(() => createClient(options))
}

/**
 * Makes a client. It connects at once and stays connected until `close`; `openClient` does that by itself.
 *
 * @example
 * import { createClient, signInBot } from 'rxgram'
 *
 * const tg = createClient({ apiId, apiHash })
 * signInBot(tg, token).subscribe((bot) => console.log(bot.username))
 */
export function createClient(options: ClientOptions): Client {
  const [tg, { router }] = running(options, { make: createUpdates, isQuiet: false })
  return { ...tg, updates$: router.batches$, context: { ...tg.context, on: router.on } }
}

/**
 * A client that only calls, as a resource: see `createCaller`.
 *
 * Starts: makes the client on subscribe; it connects at once.
 * Emits: the client, once, and stays.
 * Errors: UsageError for bad options.
 * Unsubscribe: closes the client.
 */
export function openCaller(options: ClientOptions): Observable<CallClient> {
  return resource(() => createCaller(options))
}

/**
 * Makes a client that only calls: the server pushes nothing to it, and an application that has no other client carries
 * none of the code that reads updates. All functions that take a `Caller` take it.
 *
 * @example
 * import { createCaller, signInBot } from 'rxgram'
 *
 * const tg = createCaller({ apiId, apiHash })
 * signInBot(tg, token).subscribe((bot) => console.log(bot.username))
 */
export function createCaller(options: ClientOptions): CallClient {
  return running(options, { make: unfollowed, isQuiet: true })[0]
}

function resource<Made extends CallClient>(make: () => Made): Observable<Made> {
  return cold((subscriber) => {
    const tg = make()
    subscriber.add(() => tg.close())
    subscriber.next(tg)
  })
}

/** A client that runs, and its updates' side. */
function running<Made extends Following>(options: ClientOptions, follow: Follow<Made>): readonly [CallClient, Made] {
  const settings = settingsOf(options)
  const { apiId, apiHash, clock, random } = settings
  const life = new Subscription()
  const parts = assemble(settings, life, follow)
  const { calls, view, accounts, updates, faults, traces, network, peers, stored } = parts
  life.add(run(parts))
  const tg: CallClient = {
    invoke: calls.invoke,
    state$: view.state$,
    account$: accounts.account$,
    faults$: faults.faults$,
    trace$: traces.trace$,
    network: network.tell,
    close: closing(parts, life),
    context: {
      apiId,
      apiHash,
      clock,
      random,
      peers,
      known$: stored.store$.pipe(switchMap(() => accounts.known$)),
      account: accounts.now,
      signedIn: accounts.signedIn,
      fault: faults.add,
    },
  }
  return [tg, updates]
}

/** Makes `close`: it closes once, however often it is called. */
function closing(parts: Assembly, life: Subscription): CallClient['close'] {
  const { calls, updates, accounts, stored, view, faults, traces, network, settings } = parts
  const done = new ReplaySubject<never>(1)
  let isClosing = false
  const fault = faults.at('close')

  const shut = (): void => {
    faults.closing()
    calls.close()
    updates.stop()
    updates.close()
    life.unsubscribe()
    parts.closing$.error(new ClosedError('the client is closed'))
    accounts.close()
    stored.close().subscribe({
      error: fault,
      complete: () => {
        view.close()
        faults.close()
        traces.close()
        network.close()
        done.complete()
      },
    })
  }
  return ({ drain = 0 } = {}) => {
    if (isClosing) return done.asObservable()
    isClosing = true
    // Without patience it closes before it returns.
    if (drain <= 0) shut()
    else calls.idle$.pipe(takeUntil(settings.clock.after(drain))).subscribe({ error: fault, complete: shut })
    return done.asObservable()
  }
}
