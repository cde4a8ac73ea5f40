import {
  createEnvironmentInjector,
  type EnvironmentInjector,
  InjectionToken,
  Injector,
  inject,
  NgZone,
  runInInjectionContext,
} from '@angular/core'
import { toSignal } from '@angular/core/rxjs-interop'
import { expect } from 'chai'
import { NEVER } from 'rxjs'
import { injectTelegram, provideTelegram, TELEGRAM } from '../../lib/angular/index.ts'
import type { ClientOptions } from '../../lib/client.ts'
import { UsageError } from '../../lib/core/errors.ts'

/** Goes nowhere: what is looked at here is the client's life. */
const options: ClientOptions = { apiId: 5, apiHash: 'x', transport: () => NEVER }
const root = Injector.NULL as EnvironmentInjector

describe('rxgram/angular', () => {
  it('provides one client for an injector', () => {
    const injector = createEnvironmentInjector([provideTelegram(options)], root)
    const [first, second] = runInInjectionContext(injector, () => [injectTelegram(), inject(TELEGRAM)])
    expect(first).to.equal(second)
    injector.destroy()
  })

  it('makes it when it is asked for, and closes it with its injector', () => {
    let made = 0
    const injector = createEnvironmentInjector(
      [
        provideTelegram(() => {
          made += 1
          return options
        }),
      ],
      root,
    )
    expect(made).to.equal(0)
    const client = runInInjectionContext(injector, () => injectTelegram())
    expect(made).to.equal(1)
    const states: string[] = []
    let isOver = false
    client.state$.subscribe({ next: ({ _ }) => states.push(_), error: expect.fail, complete: () => (isOver = true) })
    injector.destroy()
    expect(states).to.deep.equal(['connecting', 'closed'])
    expect(isOver).to.equal(true)
  })

  it('takes options from the injector', () => {
    const API_ID = new InjectionToken<number>('apiId')
    const provided = provideTelegram(() => ({ ...options, apiId: inject(API_ID) }))
    const injector = createEnvironmentInjector([{ provide: API_ID, useValue: 7 }, provided], root)
    expect(runInInjectionContext(injector, () => injectTelegram()).context.apiId).to.equal(7)
    injector.destroy()
  })

  it('says what is wrong with them', () => {
    const injector = createEnvironmentInjector([provideTelegram({ ...options, apiId: 0 })], root)
    expect(() => runInInjectionContext(injector, () => injectTelegram())).to.throw(UsageError, 'apiId: expected')
    injector.destroy()
  })

  it('keeps the client out of the zone', () => {
    const log: string[] = []
    const zone = {
      runOutsideAngular: <Value>(work: () => Value) => {
        log.push('outside')
        return work()
      },
    }
    const injector = createEnvironmentInjector([{ provide: NgZone, useValue: zone }, provideTelegram(options)], root)
    runInInjectionContext(injector, () => injectTelegram())
    expect(log).to.deep.equal(['outside'])
    injector.destroy()
  })

  it('has a state that signals can take at once', () => {
    const injector = createEnvironmentInjector([provideTelegram(options)], root)
    const state = runInInjectionContext(injector, () => toSignal(injectTelegram().state$, { requireSync: true }))
    expect(state()).to.deep.equal({ _: 'connecting' })
    injector.destroy()
  })
})
