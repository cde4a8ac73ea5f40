import { generateKeyPairSync } from 'node:crypto'
import { expect } from 'chai'
import {
  catchError,
  concat,
  defer,
  ignoreElements,
  map,
  type Observable,
  Subject,
  Subscription,
  switchMap,
  takeUntil,
  tap,
  throwIfEmpty,
} from 'rxjs'
import { type CallClient, type Client, type ClientOptions, createCaller, createClient } from '../../lib/client.ts'
import { TransportError } from '../../lib/core/errors.ts'
import type { LocalDcEvent } from '../../lib/local-dc/events.ts'
import type { LocalDc, LocalDcOptions } from '../../lib/local-dc/options.ts'
import { startLocalDc } from '../../lib/local-dc/start-local-dc.node.ts'
import type { Clock } from '../../lib/runtime/rx/clock.ts'
import type { Connect } from '../../lib/runtime/transport/link.ts'
import { sendCode } from '../../lib/telegram/auth/send-code.ts'
import { signIn } from '../../lib/telegram/auth/sign-in.ts'
import { signInBot } from '../../lib/telegram/auth/sign-in-bot.ts'
import type { Caller, Fault } from '../../lib/telegram/telegram.ts'
import { marbles, seededRandom } from '../support/marbles.ts'

/** One key for all flows: making one takes longer than most of them. */
export const privateKey: string = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
}).privateKey

/** Two people of every flow's world. */
export const ANN = '+9996610001'
export const BEN = '+9996610002'
export const CODE = '11111'

/** What a flow works with. Time is virtual, and everything ends with the flow. */
export interface Stage {
  readonly dc: LocalDc
  readonly clock: Clock
  /** Everything that the local DC told. */
  readonly events: readonly LocalDcEvent[]
  /** The calls that it executed, by name. */
  calls(): readonly string[]
  /** Faults of all clients. */
  readonly faults: readonly Fault[]
  /** A client of this local DC, over links in memory. */
  client(more?: Partial<ClientOptions>): Client
  /** The same without updates. */
  caller(more?: Partial<ClientOptions>): CallClient
  /** Breaks every link that is open. */
  cut(): void
  /** The links to come lead to another local DC. */
  goTo(other: LocalDc): void
  /** Errors of the links to come, until it is called with undefined. */
  refuse(error: Error | undefined): void
}

/** A flow may take this long, in virtual milliseconds. */
const LONGEST = 24 * 3_600_000

/**
 * A spec that runs clients and a local DC together under virtual time: `scenario` must complete. Afterwards nothing may
 * be left running.
 */
export function flow(scenario: (stage: Stage) => Observable<unknown>, options: LocalDcOptions = {}): () => void {
  const outcome: { error?: unknown; isDone: boolean } = { isDone: false }
  const run = marbles(({ clock: virtual, finally: later }) => {
    const timers = new Set<string>()
    const left: string[] = []
    const clock = counting(virtual, timers)
    const stop = new Subscription()
    const fail = (error: unknown) => {
      outcome.error ??= error
      stop.unsubscribe()
    }
    const users = [
      { phone: ANN, firstName: 'Ann' },
      { phone: BEN, firstName: 'Ben' },
    ]
    const dc$ = startLocalDc({ privateKey, users, listen: false, clock, random: seededRandom(7), ...options })
    const played$ = dc$.pipe(
      switchMap((dc) => {
        const { stage, close } = staged(dc, clock)
        stop.add(close)
        return concat(scenario(stage).pipe(ignoreElements()), defer(close), [true])
      }),
    )
    const late$ = virtual.after(LONGEST).pipe(
      map(() => {
        throw new Error(`the flow did not end; timers: ${[...timers].join('; ')}`)
      }),
    )
    stop.add(
      played$.pipe(takeUntil(late$)).subscribe({
        next: () => {
          outcome.isDone = true
          stop.unsubscribe()
          // A moment later: what was in hand may finish.
          virtual.after(1).subscribe({ next: () => left.push(...timers), error: fail })
        },
        error: fail,
      }),
    )
    later(() => expect(left, 'timers that were left').to.deep.equal([]))
  })
  return () => {
    outcome.isDone = false
    outcome.error = undefined
    run()
    if (outcome.error !== undefined) throw outcome.error
    expect(outcome.isDone, 'the flow came to its end').to.equal(true)
  }
}

/** A clock that knows which of its timers are running, by their delays. */
function counting(clock: Clock, timers: Set<string>): Clock {
  let count = 0
  return {
    ...clock,
    after: (delay) =>
      defer(() => {
        const name = `${++count}: ${delay} ms`
        timers.add(name)
        return clock.after(delay).pipe(tap({ finalize: () => timers.delete(name) }))
      }),
  }
}

function staged(dc: LocalDc, clock: Clock): { readonly stage: Stage; readonly close: () => readonly never[] } {
  const clients: CallClient[] = []
  const events: LocalDcEvent[] = []
  const faults: Fault[] = []
  const cuts = new Subject<void>()
  let refusal: Error | undefined
  let place = dc
  let seed = 100
  dc.events$.subscribe({ next: (event) => events.push(event), error: () => {} })
  const connect: Connect = (endpoint) =>
    defer(() => {
      if (refusal !== undefined) throw refusal
      const broken$ = cuts.pipe(
        map((): never => {
          throw new TransportError('the link was cut', 'unknown')
        }),
      )
      return place.connect(endpoint).pipe(
        takeUntil(broken$),
        map((link) => ({ ...link, send: link.send, incoming$: link.incoming$.pipe(takeUntil(broken$)), buffered: 0 })),
      )
    })
  const base = (): ClientOptions => {
    const { apiId, apiHash, dcs, publicKeyPem } = dc
    const random = seededRandom(seed++)
    return { apiId, apiHash, dcs, publicKeys: [publicKeyPem], transport: connect, clock, random }
  }
  const kept = <Made extends CallClient>(tg: Made): Made => {
    tg.faults$.subscribe({ next: (fault) => faults.push(fault), error: () => {} })
    clients.push(tg)
    return tg
  }
  const stage: Stage = {
    dc,
    clock,
    events,
    faults,
    calls: () => events.flatMap((each) => (each.event === 'call' ? [each.method] : [])),
    client: (more = {}) => kept(createClient({ ...base(), ...more })),
    caller: (more = {}) => kept(createCaller({ ...base(), ...more })),
    cut: () => cuts.next(),
    goTo(other) {
      place = other
    },
    refuse(error) {
      refusal = error
    },
  }
  const close = () => {
    for (const tg of clients) tg.close()
    return []
  }
  return { stage, close }
}

/** Signs one of the world's people in. */
export function person(tg: Caller, phone: string): Observable<unknown> {
  return sendCode(tg, phone).pipe(
    switchMap((sent) => {
      if (sent._ !== 'auth.sentCode') throw new Error(`expected auth.sentCode, got ${sent._}`)
      return signIn(tg, { phone, phoneCodeHash: sent.phoneCodeHash, code: CODE })
    }),
  )
}

/** Signs the world's bot in. */
export function bot(tg: Caller, { bots }: LocalDc): Observable<unknown> {
  return signInBot(tg, bots[0]!.token)
}

/** Looks at something at its place in a flow. */
export function check(look: () => void): Observable<never> {
  return defer(() => {
    look()
    return []
  })
}

/** Steps of a flow, one after the other; what they emit is their own affair. */
export function steps(...all: readonly Observable<unknown>[]): Observable<never> {
  return concat(...all).pipe(ignoreElements())
}

/** Starts work that goes on beside the flow; its values are collected, and its error ends up among them. */
export function beside<Value>(work: Observable<Value>): { readonly values: Value[]; readonly run: Subscription } {
  const values: Value[] = []
  const run = work.subscribe({ next: (value) => values.push(value), error: (error) => values.push(error) })
  return { values, run }
}

/** The call must error, with a message like this. */
export function failing(call: Observable<unknown>, expected: RegExp): Observable<never> {
  return call.pipe(
    map((): never => {
      throw new Error('expected an error, got an answer')
    }),
    throwIfEmpty(() => new Error('expected an error, got an end')),
    catchError((error: Error) => check(() => expect(error.message).to.match(expected))),
  )
}
