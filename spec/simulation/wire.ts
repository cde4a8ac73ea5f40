/** A network that is as bad as it is told to be: bytes come late, in other pieces, in part, or not at all. */
import { Observable, type Subscriber } from 'rxjs'
import { concat } from '../../lib/core/bytes.ts'
import { TransportError } from '../../lib/core/errors.ts'
import { type Inbox, inbox } from '../../lib/runtime/transport/inbox.ts'
import type { AcceptedLink, Link } from '../../lib/runtime/transport/link.ts'
import type { FaultKind, Weather } from './faults.ts'
import type { Random } from './random.ts'
import type { Reached } from './reached.ts'
import type { SimulatedTime } from './simulated-time.ts'
import type { Trace } from './trace.ts'

export interface WireParts {
  readonly time: SimulatedTime
  readonly weather: Weather
  readonly reached: Reached
  readonly trace: Trace
  /** For what is always so: latency. */
  readonly random: Random
}

/** One way, in milliseconds. */
const LATENCY = [1, 150] as const
/** How late bytes may be, and for how long a proxy may stall. */
const LATE = [20, 4_000] as const
const STALL = [1_000, 60_000] as const
/** A cut comes after so many bytes more, or after so many milliseconds, whatever is first. */
const CUT_BYTES = [1, 30_000] as const
const CUT_TIME = 5_000
/** Pieces that are due so close to each other may come as one. */
const JOINED = 30

/** The connections of one simulation. */
export class Wire {
  readonly #parts: WireParts
  readonly #open = new Set<Connection>()
  #last = 0
  #awayUntil = 0

  constructor(parts: WireParts) {
    this.#parts = parts
  }

  /** Connections that a client holds, open or opening. */
  get open(): number {
    return this.#open.size
  }

  /** Links of bytes; the other end of each goes to `accept`. */
  dial(client: string, accept: (link: AcceptedLink) => void): Observable<Link> {
    const { time, weather, reached, random } = this.#parts
    return new Observable((subscriber) => {
      const connection = new Connection(this.#parts, `${client}/${++this.#last}`, subscriber)
      this.#open.add(connection)
      const late = weather.strikes('stall') ? weather.random('stall').scaled(...STALL) : 0
      const latency = random.scaled(...LATENCY)
      weather.lasts(time.elapsed + late)
      let isOpen = false
      const cancel = time.after(late + latency, () => {
        isOpen = true
        if (time.elapsed < this.#awayUntil || weather.strikes('refusal')) {
          connection.note('refused')
          subscriber.error(new TransportError('the connection was refused', 'unsent'))
          return
        }
        accept(connection.begin(latency))
        if (!subscriber.closed) subscriber.next(connection.near)
      })
      return () => {
        cancel()
        this.#open.delete(connection)
        if (isOpen) connection.leave()
        else reached.reached('connection that never opened given up')
      }
    })
  }

  /** No connection is open, nor can be opened, until then. */
  away(until: number): void {
    this.#awayUntil = Math.max(this.#awayUntil, until)
    this.#parts.weather.lasts(until)
    for (const connection of this.#open) if (connection.hasBegun) connection.lose()
  }

  /** Lets that happen to every open connection. */
  strike(kind: Extract<FaultKind, 'cut' | 'hangup' | 'silence' | 'stall'>): void {
    const { weather } = this.#parts
    for (const connection of this.#open) {
      if (!connection.hasBegun) continue
      weather.count(kind)
      connection.strike(kind, weather.random(kind))
    }
  }
}

/** What is under way in one direction. */
interface Piece {
  bytes: Uint8Array
  readonly due: number
  /** After it nothing comes: the sender has ended the connection. */
  readonly end?: 'close' | 'reset'
}

class Connection {
  readonly #parts: WireParts
  readonly #name: string
  readonly #client: Subscriber<Link>
  readonly #inboxes = { up: inbox(), down: inbox() }
  readonly #ways = { up: way(), down: way() }
  #latency = 0
  #isOver = false
  #hasBegun = false
  #stalledUntil = 0
  #isHeard = false

  constructor(parts: WireParts, name: string, client: Subscriber<Link>) {
    this.#parts = parts
    this.#name = name
    this.#client = client
  }

  get hasBegun(): boolean {
    return this.#hasBegun && !this.#isOver
  }

  /** The end of the client. */
  get near(): Link {
    return { incoming$: this.#inboxes.down.incoming$, send: (bytes) => this.#send('up', bytes), buffered: 0 }
  }

  note(what: string, detail: number | string = ''): void {
    this.#parts.trace.note(this.#name, what, detail)
  }

  /** It is open: the end of the server. */
  begin(latency: number): AcceptedLink {
    this.#hasBegun = true
    this.#latency = latency
    this.note('open')
    return {
      remote: this.#name,
      incoming$: this.#inboxes.up.incoming$,
      send: (bytes) => this.#send('down', bytes),
      buffered: 0,
      close: () => this.#finish('down', 'close'),
      reset: () => this.#finish('down', 'reset'),
    }
  }

  /** The client has let go of it. What it sent still arrives. */
  leave(): void {
    if (this.#ways.down.isSilent) this.#parts.reached.reached('half-open connection left by the client')
    this.note('left')
    this.#finish('up', 'close')
  }

  /** It breaks now. */
  lose(): void {
    this.#over('reset')
  }

  strike(kind: 'cut' | 'hangup' | 'silence' | 'stall', random: Random): void {
    const { time, weather } = this.#parts
    this.note(kind)
    if (kind === 'stall') {
      this.#stalledUntil = time.elapsed + random.scaled(...STALL)
      weather.lasts(this.#stalledUntil)
      return
    }
    const side = random.pick(['up', 'down'] as const)
    if (kind === 'silence') {
      const isBoth = random.chance(0.5)
      for (const each of ['up', 'down'] as const) if (isBoth || each === side) this.#ways[each].isSilent = true
      return
    }
    const how = kind === 'cut' ? 'reset' : 'close'
    this.#ways[side].cut = { left: Math.floor(random.scaled(...CUT_BYTES)), how }
    const until = time.elapsed + random.between(0, CUT_TIME)
    weather.lasts(until)
    time.at(until, () => this.#over(how))
  }

  #send(side: Side, bytes: Uint8Array): void {
    const way = this.#ways[side]
    if (this.#isOver || way.isEnded || bytes.length === 0) return
    const { weather } = this.#parts
    for (const piece of weather.strikes('pieces') ? split(bytes, weather.random('pieces')) : [bytes]) {
      const late = weather.strikes('delay') ? weather.random('delay').scaled(...LATE) : 0
      this.#put(side, { bytes: piece, due: this.#due(side, late) })
    }
  }

  #finish(side: Side, end: 'close' | 'reset'): void {
    const way = this.#ways[side]
    if (this.#isOver || way.isEnded) return
    this.#put(side, { bytes: new Uint8Array(0), due: this.#due(side, 0), end })
    way.isEnded = true
  }

  /** Bytes never overtake each other. */
  #due(side: Side, late: number): number {
    const way = this.#ways[side]
    way.lastDue = Math.max(way.lastDue, this.#parts.time.elapsed + this.#latency + late)
    return way.lastDue
  }

  #put(side: Side, piece: Piece): void {
    this.#ways[side].pieces.push(piece)
    this.#parts.time.at(piece.due, () => this.#deliver(side))
  }

  #deliver(side: Side): void {
    const way = this.#ways[side]
    const { time, weather } = this.#parts
    const first = way.pieces[0]
    if (this.#isOver || way.isSilent || first === undefined || first.due > time.elapsed) return
    if (this.#stalledUntil > time.elapsed) {
      time.at(this.#stalledUntil, () => this.#deliver(side))
      return
    }
    const pieces = [way.pieces.shift()!]
    const border = time.elapsed + (weather.isOn('pieces') && !weather.isCalm ? JOINED : 0)
    while (way.pieces.length > 0 && way.pieces[0]!.end === undefined && way.pieces[0]!.due <= border)
      pieces.push(way.pieces.shift()!)
    this.#arrive(side, pieces.length === 1 ? first.bytes : concat(...pieces.map(({ bytes }) => bytes)))
    if (first.end !== undefined) this.#over(first.end)
    else if (way.pieces[0] !== undefined && way.pieces[0].due <= time.elapsed) this.#deliver(side)
  }

  #arrive(side: Side, bytes: Uint8Array): void {
    const { cut } = this.#ways[side]
    this.note(side === 'up' ? '>' : '<', bytes.length)
    if (side === 'down') this.#isHeard = true
    if (cut === undefined || bytes.length < cut.left) {
      if (cut !== undefined) cut.left -= bytes.length
      if (bytes.length > 0) this.#inboxes[side].push(bytes)
      return
    }
    if (cut.left > 0 && cut.left < bytes.length) this.#parts.reached.reached('connection cut inside a packet')
    if (cut.left > 0) this.#inboxes[side].push(bytes.slice(0, cut.left))
    this.#over(cut.how)
  }

  #over(how: 'close' | 'reset'): void {
    if (this.#isOver) return
    this.#isOver = true
    this.note(how)
    if (!this.#isHeard) this.#parts.reached.reached('connection cut before anything was answered')
    if (this.#client.closed) this.#tell(this.#inboxes.up, how)
    else {
      this.#tell(this.#inboxes.down, how)
      if (how === 'close') this.#client.complete()
      else this.#client.error(new TransportError('the connection broke', 'unknown'))
      this.#tell(this.#inboxes.up, how)
    }
  }

  #tell(inbox: Inbox, how: 'close' | 'reset'): void {
    if (how === 'close') inbox.end()
    else inbox.fail(new TransportError('the connection broke', 'unknown'))
  }
}

type Side = 'up' | 'down'

interface Way {
  readonly pieces: Piece[]
  lastDue: number
  /** What is sent is lost, and nobody is told. */
  isSilent: boolean
  /** Its sender has ended it. */
  isEnded: boolean
  cut: { left: number; readonly how: 'close' | 'reset' } | undefined
}

function way(): Way {
  return { pieces: [], lastDue: 0, isSilent: false, isEnded: false, cut: undefined }
}

function split(bytes: Uint8Array, random: Random): readonly Uint8Array[] {
  const cuts = Array.from({ length: random.whole(1, 6) }, () => random.whole(0, bytes.length)).sort((a, b) => a - b)
  const borders = [0, ...cuts, bytes.length]
  return borders.slice(1).flatMap((to, at) => (to > borders[at]! ? [bytes.slice(borders[at], to)] : []))
}
