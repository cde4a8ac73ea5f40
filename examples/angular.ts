/** In Angular: events stay streams, state becomes signals, and the client closes with its injector. */
import {
  createEnvironmentInjector,
  type EnvironmentInjector,
  Injector,
  runInInjectionContext,
  type Signal,
} from '@angular/core'
import { toSignal } from '@angular/core/rxjs-interop'
import { type ClientState, incoming, newMessages, type TextMessage } from 'rxgram'
import { injectTelegram, provideTelegram } from 'rxgram/angular'
import { startLocalDc } from 'rxgram/local-dc'
import { finalize, first, map, scan, switchMap } from 'rxjs'
import { optionsFor } from './setting.ts'

/** What a component has as fields. Lists are new ones each time, so that signals see the difference. */
function chat(): { readonly state: Signal<ClientState>; readonly heard: Signal<readonly TextMessage[]> } {
  const tg = injectTelegram()
  const heard$ = newMessages(tg).pipe(
    incoming(),
    scan((all: readonly TextMessage[], message) => [...all, message], []),
  )
  return { state: toSignal(tg.state$, { requireSync: true }), heard: toSignal(heard$, { initialValue: [] }) }
}

// An application says `bootstrapApplication(App, { providers: [provideTelegram(options)] })`; this is that without a browser.
startLocalDc()
  .pipe(
    switchMap((dc) => {
      const injector = createEnvironmentInjector(
        [provideTelegram(optionsFor(dc))],
        Injector.NULL as EnvironmentInjector,
      )
      const { state, heard } = runInInjectionContext(injector, chat)
      console.log(`at first: ${state()._}`)
      return runInInjectionContext(injector, injectTelegram).state$.pipe(
        map(() => `${state()._}, ${heard().length} messages heard`),
        finalize(() => {
          injector.destroy()
          console.log(`in the end: ${state()._}`)
        }),
      )
    }),
    first((it) => it.startsWith('ready')),
  )
  .subscribe({ next: console.log, error: console.error })
