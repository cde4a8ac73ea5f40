/** What goes wrong in one seed, and how often. All of it is drawn before the run, so that it can be made less. */
import type { Framing } from '../../lib/core/protocol/frame.ts'
import { Random } from './random.ts'

/** Every kind of fault, with what is counted of it. */
export const FAULTS = {
  cut: 'connection cut at any byte',
  hangup: 'connection closed by the other side',
  silence: 'half-open connection',
  refusal: 'connection refused',
  outage: 'network away',
  stall: 'proxy that stalls',
  delay: 'bytes late',
  pieces: 'bytes split and joined',
  restart: 'server restart that forgets sessions',
  slow: 'answer late',
  held: 'packet late, overtaken by others',
  doubled: 'answer twice',
  repeated: 'answer again in a later container',
  gzip: 'answer gzipped',
  disorder: 'answers out of order',
  deaf: 'acks of the client lost',
  mute: 'acks of the server lost',
  missed: 'message lost inside the server',
  salts: 'salts changed',
  badMessage: 'message refused with a code of bad_msg_notification',
  withheld: 'msg_detailed_info in place of the answer',
  announced: 'msg_detailed_info besides the answer',
  contained: 'new_session_created names a container',
  asks: 'the server asks for the state of its messages, or for them again',
  flood: 'transport error -429',
  unknownKey: 'transport error -404, once',
  tempKey: 'temporary key forgotten',
  floodWait: 'FLOOD_WAIT',
  internal: 'error 500 in place of running the call',
  ranButFailed: 'error 500 after the call ran',
  clientSkew: 'wrong wall clock of a client',
  serverSkew: 'wrong wall clock of the server',
  clientStep: 'wall clock of a client stepped',
  serverStep: 'wall clock of the server stepped',
  sleep: 'client asleep',
  hint: 'client told that the network changed, went or came',
} as const

export type FaultKind = keyof typeof FAULTS

export const FAULT_KINDS: readonly FaultKind[] = Object.keys(FAULTS) as FaultKind[]

/** Faults of the network alone: with them the server is honest, and more can be asked of the client. */
export const WIRE_FAULTS: readonly FaultKind[] = [
  'cut',
  'hangup',
  'silence',
  'refusal',
  'outage',
  'delay',
  'pieces',
  'slow',
  'hint',
]

/** What a server may do that does no harm: with these alone every call is answered, at once, and runs once. */
export const HARMLESS: readonly FaultKind[] = [
  'pieces',
  'doubled',
  'repeated',
  'gzip',
  'disorder',
  'withheld',
  'announced',
  'contained',
  'asks',
]

/** What is on for how much: of chances the probability, of things that come by themselves how many in a minute. */
export type Rates = Readonly<Partial<Record<FaultKind, number>>>

export interface Plan {
  readonly seed: number
  readonly rates: Rates
  /** Milliseconds until the last fault. */
  readonly duration: number
  readonly clients: number
  /** Callers of each client. */
  readonly callers: number
  /** Calls of each client. */
  readonly calls: number
  readonly framing: Framing
  readonly obfuscated: boolean
  /** The client has no key: it makes one, and signs in. */
  readonly exchange: boolean
  /** It makes temporary keys. */
  readonly pfs: boolean
  /** What becomes of a message that was sent twice under one random_id. */
  readonly duplicates: 'original' | 'error'
  /** How often calls are cancelled. */
  readonly cancelled: number
  /** More calls at once than may wait, while the network is away. */
  readonly crowd: boolean
  /** The first client is closed with its calls open. */
  readonly closed: boolean
}

/** What of a drawn plan is to be less. */
export interface Less {
  readonly only?: readonly FaultKind[] | undefined
  readonly clients?: number | undefined
  readonly callers?: number | undefined
  readonly calls?: number | undefined
}

/** Things that come by themselves, so often in a minute. */
const TIMED: Readonly<Partial<Record<FaultKind, readonly [number, number]>>> = {
  cut: [0.5, 12],
  hangup: [0.5, 6],
  silence: [0.3, 3],
  outage: [0.2, 2],
  stall: [0.3, 3],
  restart: [0.3, 6],
  salts: [0.3, 12],
  flood: [0.3, 3],
  unknownKey: [0.3, 2],
  tempKey: [0.3, 3],
  hint: [0.3, 6],
  clientStep: [0.3, 6],
  serverStep: [0.1, 1],
  sleep: [0.3, 3],
  asks: [0.5, 12],
}

/** The others have a chance each time. */
const LEAST = 0.01
const MOST = 0.3

/** A plan of seeds whose network alone is bad; of seeds that last hours, in which salts come and go by themselves. */
const HONEST = 0.15
/** Plans in which nothing is really bad. */
const FINE = 0.05
const LONG = 0.05

/** How much calmer it is in hours than in minutes. */
const CALM = 30

export function drawPlan(seed: number, less: Less = {}): Plan {
  const random = Random.of(seed, 'plan')
  const isLong = random.chance(LONG)
  const draw = random.number()
  const allowed = draw < HONEST ? WIRE_FAULTS : draw < HONEST + FINE ? HARMLESS : FAULT_KINDS
  const kinds = random.chance(0.3) ? random.between(0.4, 0.9) : random.between(0.05, 0.4)
  const rates: Partial<Record<FaultKind, number>> = {}
  for (const kind of FAULT_KINDS) {
    const own = Random.of(seed, `rate ${kind}`)
    // Calls that take long and are given up: of these the network loses most.
    const isOn = own.chance(kinds) || (kind === 'slow' && allowed === WIRE_FAULTS)
    const [least, most] = TIMED[kind] ?? [LEAST, MOST]
    const rate = own.scaled(least, most)
    if (!isOn || !allowed.includes(kind) || less.only?.includes(kind) === false) continue
    rates[kind] = TIMED[kind] !== undefined && isLong ? rate / CALM : rate
  }
  const clients = random.pick([1, 1, 1, 2, 2, 3])
  const callers = random.whole(2, 8)
  const calls = Math.round(random.scaled(20, 400) / clients)
  return {
    seed,
    rates,
    duration: isLong ? random.between(2, 6) * 3_600_000 : random.scaled(15_000, 300_000),
    clients: Math.min(clients, less.clients ?? clients),
    callers: Math.min(callers, less.callers ?? callers),
    calls: Math.min(calls, less.calls ?? calls),
    framing: random.pick(['abridged', 'intermediate', 'padded', 'full'] as const),
    obfuscated: random.chance(0.5),
    exchange: random.chance(0.01),
    pfs: random.chance(0.03),
    duplicates: random.pick(['original', 'original', 'error']),
    cancelled: allowed === WIRE_FAULTS ? random.between(0.2, 0.6) : random.chance(0.2) ? 0 : random.scaled(0.02, 0.5),
    closed: random.chance(0.05),
    crowd: random.chance(0.01) && less.calls === undefined,
  }
}

/** The kinds that are on. */
export function kindsOf({ rates }: Pick<Plan, 'rates'>): readonly FaultKind[] {
  return FAULT_KINDS.filter((kind) => rates[kind] !== undefined)
}

/** Whether nothing but the network is bad. */
export function isHonest(plan: Pick<Plan, 'rates'>): boolean {
  return kindsOf(plan).every((kind) => WIRE_FAULTS.includes(kind))
}

/** Whether nothing is bad. */
export function isFine(plan: Plan): boolean {
  return kindsOf(plan).every((kind) => HARMLESS.includes(kind)) && !plan.crowd && !plan.exchange && !plan.pfs
}

/** Draws whether faults happen while they may, and counts them. */
export class Weather {
  readonly #plan: Plan
  readonly #randoms = new Map<FaultKind, Random>()
  readonly counts: Record<FaultKind, number> = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as never
  #isCalm = false
  #until = 0

  constructor(plan: Plan) {
    this.#plan = plan
  }

  /** Whether the last fault has been. */
  get isCalm(): boolean {
    return this.#isCalm
  }

  /** No more faults. */
  calm(): void {
    this.#isCalm = true
  }

  /** When the last of what was begun is over, in milliseconds since the beginning. */
  get until(): number {
    return this.#until
  }

  /** Something that was begun lasts until then. */
  lasts(until: number): void {
    this.#until = Math.max(this.#until, until)
  }

  isOn(kind: FaultKind): boolean {
    return this.#plan.rates[kind] !== undefined
  }

  /** The chance of that kind of fault, and of no other. */
  random(kind: FaultKind): Random {
    let random = this.#randoms.get(kind)
    if (random === undefined) {
      random = Random.of(this.#plan.seed, `fault ${kind}`)
      this.#randoms.set(kind, random)
    }
    return random
  }

  /** Whether it happens now; then it is counted. */
  strikes(kind: FaultKind): boolean {
    const rate = this.#plan.rates[kind]
    if (rate === undefined || this.#isCalm || !this.random(kind).chance(rate)) return false
    this.counts[kind]++
    return true
  }

  /** Milliseconds until it comes by itself; undefined when it is not on. */
  pause(kind: FaultKind): number | undefined {
    const perMinute = this.#plan.rates[kind]
    return perMinute === undefined ? undefined : this.random(kind).pause(60_000 / perMinute)
  }

  count(kind: FaultKind): void {
    this.counts[kind]++
  }
}
