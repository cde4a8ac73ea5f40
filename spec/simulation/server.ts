/** The server of a simulation: the local DC with its own clock, lying as its weather says. */
import { map, type Observable, Subscription } from 'rxjs'
import type { MessageEntity } from '../../lib/api/index.ts'
import { authKey } from '../../lib/core/crypto/message-key.ts'
import type { Env } from '../../lib/core/machine.ts'
import { type Message, writeContainer, writeGzipPacked, writeRpcResult } from '../../lib/core/protocol/pack.ts'
import type { Handlers } from '../../lib/local-dc/context.ts'
import type { LocalDcEvent } from '../../lib/local-dc/events.ts'
import type {
  CallFate,
  Faults,
  IncomingCall,
  OutgoingMessage,
  Outlet,
  Place,
  ReceivedMessage,
} from '../../lib/local-dc/faults.ts'
import { type Gateway, gateway } from '../../lib/local-dc/gateway.ts'
import { type Layers, layersOf } from '../../lib/local-dc/layers/layers.ts'
import { populate } from '../../lib/local-dc/populate.ts'
import { writeService } from '../../lib/local-dc/session/write-service.ts'
import type { World } from '../../lib/local-dc/world/world.ts'
import { environment } from '../../lib/runtime/rx/clock.ts'
import type { AcceptedLink } from '../../lib/runtime/transport/link.ts'
import type { Auditor } from './auditor.ts'
import { tagOf } from './auditor.ts'
import type { FaultKind, Plan, Weather } from './faults.ts'
import { answeredBy, innerOf, type Overhearing, resultOf, serviceOf } from './overhearing.ts'
import { Random } from './random.ts'
import type { Reached } from './reached.ts'
import { serverKey } from './server-key.ts'
import type { SimulatedClock, SimulatedTime } from './simulated-time.ts'
import type { Trace } from './trace.ts'
import type { Wire } from './wire.ts'

export interface ServerParts {
  readonly plan: Plan
  readonly time: SimulatedTime
  readonly clock: SimulatedClock
  readonly weather: Weather
  readonly wire: Wire
  readonly auditor: Auditor
  readonly overhearing: Overhearing
  readonly reached: Reached
  readonly trace: Trace
}

/** Someone who has an account. */
export interface Person {
  readonly phone: string
  readonly id: number
}

/** Codes that a server may refuse messages with, for containers and for what is in them. */
const OUTER_CODES = [16, 17, 19, 20, 32, 33, 34, 48, 64] as const
const INNER_CODES = [18, 20, 32, 33, 35] as const

const AWAY = [1_000, 60_000] as const
const THINKING = [50, 20_000] as const
const HELD = [20, 6_000] as const
/** Seconds of FLOOD_WAIT. */
const FLOOD = [1, 12] as const
/** Milliseconds that wall clocks jump: minutes to years. */
const JUMP = [60_000, 3 * 365 * 86_400_000] as const
/** How many answers of a session may come again. */
const REMEMBERED = 30
/** How often something is pushed that is no message, in milliseconds. */
const PUSHES = 8_000
/** -404 is sent once only: told twice, a client believes it. */
const MOST_UNKNOWN_KEYS = 1

let layers: Layers | undefined
/** What long texts are cut from. */
const noise: string = Buffer.from(Random.of(1, 'noise').bytes(300_000)).toString('base64')

/** So many characters, always the same ones. */
export function fill(length: number): string {
  return noise.slice(0, length)
}

/** How a call of the load says what its answer is to be: `#12;2000;` is call 12, its answer has 2,000 characters. */
export function asking(id: number, size: number, length: number): string {
  return `${tagOf(id)}${size};${fill(length)}`
}

/** The answer to that. */
export function answerTo(id: number, size: number): string {
  return `${tagOf(id)}${fill(size)}`
}

function replyTo(text: string): string {
  const [, id = '0', size = '0'] = /^#(\d+);(\d+);/.exec(text) ?? []
  return answerTo(Number(id), Number(size))
}

const DROPS = {
  running: 'while the call ran',
  dropped: 'after the answer was made',
  unknown: 'for a call that is unknown',
} as const

const NO_ENTITIES: readonly MessageEntity[] = []

export class Server {
  readonly #parts: ServerParts
  readonly #life = new Subscription()
  readonly #links = new Set<number>()
  readonly #history = new Map<string, Message[]>()
  readonly people: readonly Person[]
  readonly world: World
  #gateway!: Gateway
  #accepted = 0
  #pushes = 0
  #unknownKeys = 0
  #isKeyForgotten = false

  constructor(parts: ServerParts) {
    this.#parts = parts
    const { plan, clock } = parts
    const source = Random.of(plan.seed, 'server')
    const random = (length: number) => source.bytes(length)
    const users = Array.from({ length: plan.clients }, (_, at) => ({ phone: `+999661000${at}`, firstName: `P${at}` }))
    const env: Env = environment(clock, random)
    const populated = populate({ users, bots: [], duplicates: plan.duplicates }, env)
    this.world = populated.world
    this.people = populated.users
    layers ??= layersOf({})
    this.#life.add(
      gateway({
        world: this.world,
        layers,
        privateKey: serverKey,
        methods: this.#methods(),
        clock,
        random,
        faults: this.#faults(),
        executed: (call) => this.#executed(call),
      }).subscribe({
        next: (running) => {
          this.#gateway = running
          running.announce([{ id: 1, host: '127.0.0.1', port: 1 }])
          this.#life.add(running.events$.subscribe({ next: (event) => this.#event(event), error: () => {} }))
        },
        error: (error: unknown) => parts.auditor.violation('server', String(error)),
      }),
    )
    this.#begin()
  }

  /** Takes a connection in. */
  accept(link: AcceptedLink): void {
    const number = ++this.#accepted
    this.#links.add(number)
    this.#gateway.accept(link, 1)
  }

  /** Gives both sides a key without an exchange: returns its bytes. */
  plant(person: Person): Uint8Array {
    const bytes = Random.of(this.#parts.plan.seed, `key ${person.id}`).bytes(256)
    this.#gateway.orders.addKey({ key: authKey(bytes), salt: 1n, user: person.id })
    return bytes
  }

  stop(): void {
    this.#life.unsubscribe()
  }

  #event(event: LocalDcEvent): void {
    if (event.event === 'closed') this.#links.delete(event.connection)
    if (event.event === 'dropped') this.#parts.reached.reached(`drop came ${DROPS[event.answer]}`)
    if (event.event === 'fault') this.#parts.trace.note('server', 'fault', event.message)
  }

  #methods(): Handlers {
    const { clock, weather } = this.#parts
    const slow = <Value>(value: Value): Value | Observable<Value> =>
      weather.strikes('slow') ? clock.after(weather.random('slow').scaled(...THINKING)).pipe(map(() => value)) : value
    return {
      'help.getDeepLinkInfo': ({ path }) =>
        slow({ _: 'help.deepLinkInfo', message: replyTo(path), entities: NO_ENTITIES }),
      'help.editUserInfo': ({ message }, { now }) =>
        slow({ _: 'help.userInfo', message: replyTo(message), entities: NO_ENTITIES, author: 'server', date: now }),
      'help.saveAppLog': () => slow(true),
    }
  }

  #executed(call: IncomingCall): void {
    const { auditor, trace } = this.#parts
    const id = auditor.executed(call)
    if (call.method === 'auth.bindTempAuthKey') {
      this.#parts.reached.reached('temporary key bound')
      if (this.#isKeyForgotten) this.#parts.reached.reached('temporary key made again')
    }
    trace.note('server', call.method, id ?? '')
  }

  #faults(): Faults {
    const { overhearing } = this.#parts
    return {
      received: (message, place) => {
        const fate = this.#received(message)
        overhearing.received(message, fate, place)
        return fate
      },
      incoming: (call) => this.#incoming(call),
      leaving: (messages, outlet) => this.#leaving(messages, outlet),
      outgoing: (message, place) => this.#outgoing(message, place),
      packet: (sealed) => {
        overhearing.sealed(sealed)
        return [sealed]
      },
    }
  }

  #received(message: ReceivedMessage): 'take' | 'miss' | number {
    const { weather, trace } = this.#parts
    if (weather.isCalm) return 'take'
    if (weather.strikes('badMessage')) {
      const code = weather.random('badMessage').pick(message.as === 'inner' ? INNER_CODES : OUTER_CODES)
      trace.note('server', 'refuses', code)
      return code
    }
    if (message.as !== 'container') {
      if (weather.isOn('deaf') && serviceOf(message.body)?._ === 'msgs_ack' && weather.strikes('deaf')) return 'miss'
      if (weather.strikes('missed')) return 'miss'
    }
    return 'take'
  }

  #incoming(call: IncomingCall): CallFate {
    const { weather, auditor } = this.#parts
    if (weather.isCalm) return 'run'
    if (weather.strikes('floodWait')) {
      auditor.refused(call, 'call refused with FLOOD_WAIT answered later')
      const seconds = Math.round(weather.random('floodWait').scaled(...FLOOD))
      weather.lasts(this.#parts.time.elapsed + seconds * 1000)
      return { error: { code: 420, text: `FLOOD_WAIT_${seconds}` } }
    }
    const internal = { code: 500, text: 'RPC_CALL_FAIL' }
    if (weather.strikes('internal')) {
      auditor.refused(call, 'call that failed inside the server answered later')
      return { error: internal }
    }
    return weather.strikes('ranButFailed') ? { error: internal, ran: true } : 'run'
  }

  #leaving(messages: readonly Message[], outlet: Outlet): readonly Message[] {
    const { weather } = this.#parts
    if (weather.isCalm) return messages
    const leaving = messages.flatMap((message) => this.#bent(message, outlet))
    const history = this.#history.get(outlet.session) ?? []
    this.#history.set(outlet.session, history)
    if (history.length > 0 && weather.strikes('repeated')) leaving.push(weather.random('repeated').pick(history))
    for (const message of leaving) if ((message.seqNo & 1) === 1 && !history.includes(message)) history.push(message)
    history.splice(0, Math.max(0, history.length - REMEMBERED))
    return leaving
  }

  /** One message as it is said instead. */
  #bent(message: Message, { session, make }: Outlet): readonly Message[] {
    const { weather, overhearing } = this.#parts
    const { body, messageId } = message
    const msgId = answeredBy(body)
    if (msgId === undefined) return this.#bentService(message, session)
    const info = () =>
      make(writeService({ _: 'msg_detailed_info', msgId, answerMsgId: messageId, bytes: body.length, status: 0 }))
    if (!overhearing.isWithheld(session, messageId) && weather.strikes('withheld')) {
      overhearing.withhold(session, messageId)
      return [info()]
    }
    const result = weather.strikes('gzip') ? resultOf(body) : undefined
    const said = result === undefined ? message : { ...message, body: writeRpcResult(msgId, writeGzipPacked(result)) }
    if (weather.strikes('doubled')) return [said, said]
    return weather.strikes('announced') ? [said, info()] : [said]
  }

  #bentService(message: Message, session: string): readonly Message[] {
    const { weather, overhearing } = this.#parts
    const object = serviceOf(message.body)
    if (object?._ === 'msgs_ack' && weather.strikes('mute')) return []
    const container = object?._ === 'new_session_created' ? overhearing.containerOf(session) : undefined
    if (object?._ !== 'new_session_created' || container === undefined || !weather.strikes('contained'))
      return [message]
    return [{ ...message, body: writeService({ ...object, firstMsgId: container }) }]
  }

  #outgoing(message: OutgoingMessage, place: Place): readonly OutgoingMessage[] {
    const { weather, overhearing } = this.#parts
    overhearing.leaving(message, place)
    if (weather.isCalm) return [message]
    const inner = weather.isOn('disorder') ? innerOf(message) : []
    const isMixed = inner.length > 1 && weather.strikes('disorder')
    const said = isMixed ? { ...message, body: writeContainer(weather.random('disorder').shuffled(inner)) } : message
    if (!weather.strikes('held')) return [said]
    const delay = weather.random('held').scaled(...HELD)
    weather.lasts(this.#parts.time.elapsed + delay)
    return [{ ...said, delay }]
  }

  /** What comes by itself. */
  #begin(): void {
    const { wire, weather, clock } = this.#parts
    const { orders } = this.#gateway
    for (const kind of ['cut', 'hangup', 'silence', 'stall'] as const) this.#each(kind, () => wire.strike(kind), false)
    this.#each('outage', () => wire.away(this.#parts.time.elapsed + weather.random('outage').scaled(...AWAY)))
    this.#each('restart', () => {
      if (this.#parts.auditor.open > 0) this.#parts.reached.reached('session forgotten with calls in flight')
      this.#history.clear()
      orders.forgetSessions()
      orders.closeLinks()
    })
    this.#each('salts', () => {
      if (this.#parts.auditor.open > 0) this.#parts.reached.reached('salt rotated in flight')
      orders.rotateSalts()
    })
    this.#each('flood', () => this.#transportError('flood', -429))
    this.#each('unknownKey', () => {
      if (this.#unknownKeys++ < MOST_UNKNOWN_KEYS) this.#transportError('unknownKey', -404)
    })
    this.#each('tempKey', () => this.#forgetTemporaryKey(), false)
    this.#each('serverStep', () => clock.step(jump(weather.random('serverStep'))))
    this.#each('asks', () => this.#ask())
    const pushes = Random.of(this.#parts.plan.seed, 'pushes')
    const next = () =>
      this.#parts.time.after(pushes.pause(PUSHES), () => {
        if (weather.isCalm) return
        this.#push(pushes)
        next()
      })
    next()
  }

  /** Lets a kind of fault come as often as it does. */
  #each(kind: FaultKind, strike: () => void, counted = true): void {
    const { weather, time, trace } = this.#parts
    const next = () => {
      const pause = weather.pause(kind)
      if (pause === undefined) return
      time.after(pause, () => {
        if (weather.isCalm) return
        if (counted) weather.count(kind)
        trace.note('fault', kind)
        strike()
        next()
      })
    }
    next()
  }

  #transportError(kind: FaultKind, code: number): void {
    const links = [...this.#links]
    if (links.length > 0) this.#gateway.orders.transportError(this.#parts.weather.random(kind).pick(links), code)
  }

  #forgetTemporaryKey(): void {
    const { weather } = this.#parts
    const bound = this.#gateway.keys().filter(({ temporary, boundTo }) => temporary && boundTo !== undefined)
    if (bound.length === 0) return
    weather.count('tempKey')
    this.#isKeyForgotten = true
    this.#gateway.orders.forgetKey(weather.random('tempKey').pick(bound).id)
  }

  /** Asks the client for the state of messages that it has, and that there never were. */
  #ask(): void {
    const { overhearing, weather } = this.#parts
    const random = weather.random('asks')
    const { sessions } = overhearing
    if (sessions.length === 0) return
    const session = random.pick(sessions)
    const known = overhearing.deliveredTo(session)
    const msgIds = [...known.slice(-random.whole(0, 20)), BigInt(random.whole(1, 1_000_000)) * 4n + 1n]
    const _ = random.pick(['msgs_state_req', 'msg_resend_req'] as const)
    this.#gateway.orders.say(session, writeService({ _, msgIds }), { push: true })
  }

  /** An update without any number by which clients could tell that they had it. */
  #push(random: Random): void {
    const { sessions } = this.#parts.overhearing
    if (sessions.length === 0) return
    const update = {
      _: 'updateServiceNotification' as const,
      type: `push ${++this.#pushes}`,
      message: 'x',
      media: { _: 'messageMediaEmpty' as const },
      entities: [],
    }
    const body = layers!.updates({ _: 'updateShort', update, date: 1 }, undefined)
    this.#gateway.orders.say(random.pick(sessions), body, { push: true, kept: true })
  }
}

/** So far a wall clock jumps, either way. */
export function jump(random: Random): number {
  return random.scaled(...JUMP) * (random.chance(0.5) ? 1 : -1)
}
