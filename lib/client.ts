/** A client: all stages put together. It decides nothing; each of its parts has a file of its own in client/. */
import { type Observable, ReplaySubject, Subscription, switchMap, takeUntil } from 'rxjs'
import { type Assembly, assemble } from './client/assembly.ts'
import { type ClientOptions, settingsOf } from './client/options.ts'
import { run } from './client/run.ts'
import type { ClientState } from './client/state.ts'
import { ClosedError } from './core/errors.ts'
import { cold } from './runtime/rx/cold.ts'
import type { Fault, Telegram } from './telegram/telegram.ts'

export type { ClientOptions, ClientState }

export interface CloseOptions {
  /** Milliseconds that open calls have to end by themselves; 0 if not given. */
  readonly drain?: number | undefined
}

/** A client: give it to the functions of this library. */
export interface Client extends Telegram {
  /** How the connection is: the latest value at once, then every change. Completes after `closed`. */
  readonly state$: Observable<ClientState>
  /**
   * What went wrong beside the calls. Hot, but what came before the first observer is kept for it. Completes when the
   * client has closed.
   */
  readonly faults$: Observable<Fault>
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
  return cold((subscriber) => {
    const tg = createClient(options)
    subscriber.add(() => tg.close())
    subscriber.next(tg)
  })
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
  const settings = settingsOf(options)
  const { apiId, apiHash, clock, random } = settings
  const life = new Subscription()
  const parts = assemble(settings, life)
  const { calls, view, accounts, updates, faults, peers, stored } = parts
  life.add(run(parts))
  return {
    invoke: calls.invoke,
    state$: view.state$,
    account$: accounts.account$,
    updates$: updates.router.batches$,
    faults$: faults.faults$,
    close: closing(parts, life),
    context: {
      apiId,
      apiHash,
      clock,
      random,
      peers,
      on: updates.router.on,
      known$: stored.store$.pipe(switchMap(() => accounts.known$)),
      account: accounts.now,
      signedIn: accounts.signedIn,
      fault: faults.add,
    },
  }
}

/** Makes `close`: it closes once, however often it is called. */
function closing(parts: Assembly, life: Subscription): Client['close'] {
  const { calls, updates, accounts, stored, view, faults, settings } = parts
  const done = new ReplaySubject<never>(1)
  let isClosing = false
  const fault = faults.at('close')

  const shut = (): void => {
    faults.closing()
    calls.close()
    updates.stop()
    updates.router.close()
    life.unsubscribe()
    parts.closing$.error(new ClosedError('the client is closed'))
    accounts.close()
    stored.close().subscribe({
      error: fault,
      complete: () => {
        view.close()
        faults.close()
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
