/** `rxgram/angular`: a client that lives as long as its injector. */
import {
  DestroyRef,
  type EnvironmentProviders,
  InjectionToken,
  inject,
  makeEnvironmentProviders,
  NgZone,
} from '@angular/core'
import { type Client, type ClientOptions, createClient } from '../client.ts'

/** Under which the client is provided; `injectTelegram()` is the usual way to it. */
export const TELEGRAM: InjectionToken<Client> = new InjectionToken<Client>('rxgram client')

/**
 * Provides one client for an injector and those below it. It is made when it is first injected, outside of the zone,
 * so that sockets and timers don't make an application look busy, and closed with its injector. A function as the
 * options runs in the injector: it may use `inject`.
 *
 * @example
 * bootstrapApplication(App, { providers: [provideTelegram({ apiId, apiHash })] })
 */
export function provideTelegram(options: ClientOptions | (() => ClientOptions)): EnvironmentProviders {
  return makeEnvironmentProviders([
    {
      provide: TELEGRAM,
      useFactory: (): Client => {
        const given = typeof options === 'function' ? options() : options
        const zone = inject(NgZone, { optional: true })
        const client = zone === null ? createClient(given) : zone.runOutsideAngular(() => createClient(given))
        inject(DestroyRef).onDestroy(() => client.close())
        return client
      },
    },
  ])
}

/**
 * The client of the injector. State goes into signals, events stay streams:
 *
 * @example
 * private readonly tg = injectTelegram()
 * readonly state = toSignal(this.tg.state$, { requireSync: true })
 * readonly messages$ = newMessages(this.tg)
 */
export function injectTelegram(): Client {
  return inject(TELEGRAM)
}
