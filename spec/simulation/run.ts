/** One seed, from the first connection to the last look at what is left. */

import { map, switchMap } from 'rxjs'
import { type Client, createClient } from '../../lib/client.ts'
import { gzipCall } from '../../lib/core/protocol/pack.ts'
import { accessHash } from '../../lib/local-dc/world/account.ts'
import { memoryStorage } from '../../lib/runtime/storage/memory.ts'
import type { Change, Storage } from '../../lib/runtime/storage/storage.ts'
import type { Connect, Link } from '../../lib/runtime/transport/link.ts'
import { packets } from '../../lib/runtime/transport/packets.ts'
import { sendCode } from '../../lib/telegram/auth/send-code.ts'
import { signIn } from '../../lib/telegram/auth/sign-in.ts'
import { on } from '../../lib/telegram/on.ts'
import { traceLine } from '../../lib/telegram/trace-line.ts'
import { Auditor, type Violation } from './auditor.ts'
import { drawPlan, type FaultKind, isFine, isHonest, type Less, type Plan, Weather } from './faults.ts'
import { Holdings } from './holdings.ts'
import { Load } from './load.ts'
import { Overhearing } from './overhearing.ts'
import { Random } from './random.ts'
import { Reached } from './reached.ts'
import { jump, type Person, Server } from './server.ts'
import { serverKeyPem } from './server-key.ts'
import { SimulatedClock, SimulatedTime } from './simulated-time.ts'
import { Trace } from './trace.ts'
import { Wire } from './wire.ts'

/** What came of a seed. */
export interface Outcome {
  readonly seed: number
  readonly calls: number
  readonly faults: Readonly<Record<FaultKind, number>>
  readonly reached: Readonly<Record<string, number>>
  readonly violations: readonly Violation[]
  /** The same for the same seed. */
  readonly hash: string
}

export interface RunOptions {
  readonly less?: Less | undefined
  /** Gets the trace. */
  readonly write?: ((line: string) => void) | undefined
}

/** After the last fault everything must be well within so many milliseconds. */
const RECOVERY = 120_000
/** Then it is quiet, until the last ack has gone. */
const QUIET = 70_000
/** More steps than this are a loop. */
const MOST_STEPS = 2_000_000
/** More calls at once than may wait for one connection, though some take another; and how long the network is away. */
const CROWD = 1_400
const CROWD_AWAY = 40_000
/** What is empty while no call is open, and what may hold so much and no more. */
const OF_CALLS = /session-(calls|receipts)\.ts|runtime\/session\/(session|watch)\.ts|client\/calls\.ts/
const OF_CLIENTS = /core\/protocol\/session|runtime\/(session|rpc|dc|rx)|client/
const MOST_HELD = 8_000
/** How long a client sleeps. */
const SLEEP = [6_000, 600_000] as const
/** How long the platform says that there is no network. */
const OFFLINE = [100, 20_000] as const
/** How long a client may take to sign in. */
const SIGN_IN = 120_000

interface Actor {
  readonly name: string
  readonly clock: SimulatedClock
  readonly client: Client
  readonly person: Person
  state: string
  isClosed: boolean
}

export function run(seed: number, options: RunOptions = {}): Outcome {
  return new Run(drawPlan(seed, options.less), options).outcome()
}

class Run {
  readonly #plan: Plan
  readonly #time = new SimulatedTime()
  readonly #trace: Trace
  readonly #reached = new Reached()
  readonly #weather: Weather
  readonly #auditor: Auditor
  readonly #overhearing: Overhearing
  readonly #wire: Wire
  readonly #server: Server
  readonly #actors: Actor[] = []
  readonly #load: Load
  readonly #holdings = new Holdings()
  readonly #write: RunOptions['write']

  constructor(plan: Plan, { write }: RunOptions) {
    this.#plan = plan
    this.#write = write
    const { seed } = plan
    const [time, reached] = [this.#time, this.#reached]
    const trace = new Trace(time, write)
    const weather = new Weather(plan)
    const auditor = new Auditor({ time, reached, isFine: isFine(plan) })
    this.#trace = trace
    this.#weather = weather
    this.#auditor = auditor
    const overhearing = new Overhearing({
      time,
      reached,
      trace,
      isHonest: isHonest(plan),
      violation: (rule, what) => auditor.violation(rule, what),
      cancelledIn: (session, before) => auditor.cancelledIn(session, before),
    })
    this.#overhearing = overhearing
    this.#wire = new Wire({ time, weather, reached, trace, random: Random.of(seed, 'wire') })
    const clock = new SimulatedClock(time, this.#skew('serverSkew'))
    this.#server = new Server({
      plan,
      time,
      clock,
      weather,
      wire: this.#wire,
      auditor,
      overhearing,
      reached,
      trace,
    })
    this.#load = new Load({ plan, time, auditor, trace })
  }

  outcome(): Outcome {
    const { seed } = this.#plan
    const leave = this.#holdings.watch()
    try {
      this.#play()
    } catch (error) {
      this.#auditor.violation('crash', error instanceof Error ? `${error.message}\n${error.stack}` : String(error))
    }
    leave()
    return {
      seed,
      calls: this.#auditor.calls,
      faults: this.#weather.counts,
      reached: Object.fromEntries(this.#reached.counts),
      violations: this.#auditor.violations,
      hash: this.#trace.hash,
    }
  }

  #play(): void {
    const { plan, time } = { plan: this.#plan, time: this.#time }
    for (const [at, person] of this.#server.people.entries()) this.#actors.push(this.#actor(`c${at}`, person))
    if (plan.exchange) this.#signIn()
    for (const actor of this.#actors) this.#begin(actor)
    if (plan.crowd) this.#crowd()
    this.#passUntil(time.elapsed + plan.duration)
    this.#weather.calm()
    this.#passUntil(this.#weather.until)
    const deadline = time.elapsed + RECOVERY
    this.#passUntil(deadline, () => this.#isWell())
    if (!this.#isWell()) this.#notWell()
    this.#passUntil(time.elapsed + QUIET)
    this.#isEmpty()
    if (time.steps >= MOST_STEPS) this.#auditor.violation('steps', `more than ${MOST_STEPS} steps`)
    this.#end()
    this.#auditor.finish(this.#server.world)
  }

  #passUntil(until: number, done?: () => boolean): void {
    this.#time.run(until, done, MOST_STEPS)
  }

  #isWell(): boolean {
    return (
      this.#auditor.open === 0 &&
      this.#load.due === 0 &&
      this.#actors.every(({ state, isClosed }) => isClosed || state === 'ready')
    )
  }

  #notWell(): void {
    const after = `${RECOVERY / 1000} s after the last fault`
    for (const { name, state, isClosed } of this.#actors)
      if (!isClosed && state !== 'ready') this.#auditor.violation('recovery', `${after} ${name} is ${state}`)
    for (const call of this.#auditor.openCalls()) this.#auditor.violation('recovery', `${after} ${call} is open`)
  }

  /** No call is open: none may be held. */
  #isEmpty(): void {
    if (this.#auditor.open > 0) return
    for (const [file, size] of this.#holdings.held(OF_CALLS))
      this.#auditor.violation('left', `${size} entries of ${file}`)
    for (const [file, size] of this.#holdings.held(OF_CLIENTS))
      if (size > MOST_HELD) this.#auditor.violation('memory', `${size} entries of ${file}`)
  }

  /** Everything is closed: nothing may be left. */
  #end(): void {
    for (const { client } of this.#actors) client.close()
    for (const { name, clock } of this.#actors)
      if (clock.timers > 0) this.#auditor.violation('left', `${clock.timers} timers of ${name}`)
    if (this.#wire.open > 0) this.#auditor.violation('left', `${this.#wire.open} connections`)
    this.#server.stop()
  }

  #skew(kind: 'clientSkew' | 'serverSkew'): number {
    if (!this.#weather.isOn(kind)) return 0
    this.#weather.count(kind)
    return jump(this.#weather.random(kind))
  }

  #actor(name: string, person: Person): Actor {
    const { seed, pfs } = this.#plan
    const clock = new SimulatedClock(this.#time, this.#skew('clientSkew'))
    const source = Random.of(seed, name)
    const random = (length: number) => source.bytes(length)
    const client = createClient({
      apiId: 1,
      apiHash: 'x',
      dcs: [{ id: 1, host: '127.0.0.1', port: 1 }],
      publicKeys: [serverKeyPem],
      transport: this.#transport(name, random),
      storage: this.#storage(person),
      pfs,
      pack: gzipCall,
      clock,
      random,
    })
    const actor: Actor = { name, clock, client, person, state: 'connecting', isClosed: false }
    client.state$.subscribe({
      next: ({ _ }) => {
        actor.state = _
        this.#trace.note(name, 'is', _)
      },
      error: (error: unknown) => this.#auditor.violation('streams', `state$ of ${name} errored: ${String(error)}`),
    })
    client.faults$.subscribe({
      next: ({ at, error }) =>
        this.#trace.note(name, `fault at ${at}`, error instanceof Error ? error.message : String(error)),
      error: (error: unknown) => this.#auditor.violation('streams', `faults$ of ${name} errored: ${String(error)}`),
    })
    if (this.#write !== undefined)
      client.trace$.subscribe({
        next: (event) => this.#write?.(`${' '.repeat(14)}${name.padEnd(10)} ${traceLine(event)}`),
        error: (error: unknown) => this.#auditor.violation('streams', `trace$ of ${name} errored: ${String(error)}`),
      })
    on(client, 'updateServiceNotification').subscribe({
      next: ({ type }) => this.#auditor.told(name, type),
      error: (error: unknown) => this.#auditor.violation('streams', `updates of ${name} errored: ${String(error)}`),
    })
    return actor
  }

  /** What the client kept of an earlier run: a key that the server knows, and who is signed in. */
  #storage(person: Person): Storage {
    const storage = memoryStorage()
    if (this.#plan.exchange) return storage
    const key = this.#server.plant(person)
    const changes: readonly Change[] = [
      { kind: 'authKey', key: '1', value: { key, timeOffset: 0 } },
      { kind: 'self', key: 'self', value: { id: person.id, bot: false, dc: 1 } },
    ]
    storage
      .open()
      .pipe(switchMap((store) => store.write(changes)))
      .subscribe({ error: (error: unknown) => this.#auditor.violation('storage', String(error)) })
      .unsubscribe()
    return storage
  }

  #transport(name: string, random: (length: number) => Uint8Array): Connect {
    const { framing, obfuscated } = this.#plan
    const options = { framing, obfuscated: obfuscated && framing !== 'full', random }
    return (endpoint) =>
      this.#wire
        .dial(name, (link) => this.#server.accept(link))
        .pipe(
          packets(endpoint, options),
          map((link) => this.#tapped(link)),
        )
  }

  /** A link whose packets the auditor overhears. */
  #tapped(link: Link): Link {
    const heard = (packet: Uint8Array): Uint8Array => {
      this.#overhearing.heard(packet)
      return packet
    }
    return {
      incoming$: link.incoming$.pipe(map(heard)),
      send: link.send,
      buffered: 0,
    }
  }

  #begin(actor: Actor): void {
    const { seed, closed, duration } = this.#plan
    const { name, client, clock, person } = actor
    const { people, world } = this.#server
    const others = people.map((other) => ({ ...other, accessHash: accessHash(world, person.id, other.id) }))
    this.#load.use({ name, client, self: person, others })
    this.#each('clientStep', name, (random) => clock.step(jump(random)))
    this.#each('sleep', name, (random) => {
      const until = this.#time.elapsed + random.scaled(...SLEEP)
      clock.sleep(until)
      this.#weather.lasts(until)
    })
    this.#each('hint', name, (random) => this.#hint(actor, random))
    if (!closed || name !== 'c0') return
    this.#time.after(Random.of(seed, 'close').between(0, duration), () => {
      this.#trace.note(name, 'closes')
      actor.isClosed = true
      client.close()
    })
  }

  /** The platform says something of the network, true or not. */
  #hint({ client, isClosed }: Actor, random: Random): void {
    if (isClosed) return
    const change = random.pick(['changed', 'online', 'offline'] as const)
    client.network(change)
    if (change !== 'offline') return
    const until = this.#time.elapsed + random.scaled(...OFFLINE)
    this.#weather.lasts(until)
    this.#time.at(until, () => client.network('online'))
  }

  /** The network is away for longer than calls are tried again, and more are made than may wait for it. */
  #crowd(): void {
    const time = this.#time
    time.after(this.#plan.duration / 2, () => {
      this.#wire.away(time.elapsed + CROWD_AWAY)
      this.#load.crowd(CROWD)
    })
  }

  /** Lets something happen to a client as often as it does. */
  #each(kind: FaultKind, name: string, strike: (random: Random) => void): void {
    const weather = this.#weather
    const pause = weather.pause(kind)
    if (pause === undefined) return
    this.#time.after(pause, () => {
      if (weather.isCalm) return
      weather.count(kind)
      this.#trace.note(name, kind)
      strike(weather.random(kind))
      this.#each(kind, name, strike)
    })
  }

  /** Clients without a key make one, and sign in; then all goes on as with the others. */
  #signIn(): void {
    let left = this.#actors.length
    for (const { client, person } of this.#actors) {
      const { phone } = person
      const code = phone.charAt(6).repeat(5)
      sendCode(client, phone)
        .pipe(
          switchMap((sent) => {
            if (sent._ !== 'auth.sentCode') throw new Error(`expected auth.sentCode, got ${sent._}`)
            return signIn(client, { phone, phoneCodeHash: sent.phoneCodeHash, code })
          }),
        )
        .subscribe({
          next: () => {
            left--
            this.#reached.reached('key made by an exchange')
          },
          error: () => {
            left--
          },
        })
    }
    this.#passUntil(SIGN_IN, () => left === 0)
  }
}
