import { runInThisContext } from 'node:vm'
import { platform } from '#crypto'
import { concat } from '../../lib/core/bytes.ts'
import type { Side } from '../../lib/core/crypto/message-key.ts'
import { sealPlaintext } from '../../lib/core/protocol/envelope.ts'
import { type Frame, frameEncoder, frameTag } from '../../lib/core/protocol/frame.ts'
import { seededRandom } from '../support/marbles.ts'
import {
  CHANNELS,
  type Channel,
  type ClientEnd,
  KEY,
  type Recording,
  record,
  replayClient,
  replayServer,
  type ServerEnd,
} from './conversation.ts'
import { Draws } from './draws.ts'
import { clientExchange, clientGreeting, serverExchange, serverGreeting } from './exchanges.ts'
import { mutated, mutatedBody, mutatedHeader } from './mutations.ts'

/** What became of a case that went well. */
export type Outcome = 'refused' | 'unharmed'

/** A kind of case, and how many of a hundred are of it. */
interface Kind {
  readonly share: number
  run(draws: Draws): Outcome
}

const recordings = new Map<Channel, Recording>()

function recordingOf(channel: Channel): Recording {
  const found = recordings.get(channel) ?? record(channel)
  recordings.set(channel, found)
  return found
}

/** The disguise costs ten times as much as the others, and is a layer around one of them. */
function pickChannel(draws: Draws): Channel {
  const disguise = CHANNELS.length - 1
  return CHANNELS[draws.below(40) === 0 ? disguise : draws.below(disguise)]!
}

/** Changes what one side sent, somewhere; none of it may count for more than it did. */
function outside(from: 'client' | 'server', draws: Draws): Outcome {
  const { channel, chunks, client, server } = recordingOf(pickChannel(draws))
  const mine = chunks.filter((chunk) => chunk.from === from)
  const at = draws.below(mine.length)
  const told = [...mine]
  const all = mine.map(({ bytes }) => bytes)
  const chunk = mine[at]!
  switch (draws.below(12)) {
    case 0:
      told.splice(at, 1)
      break
    case 1:
      told.splice(at, 0, chunk)
      break
    case 2:
      told[at] = { ...chunk, bytes: draws.pick(all) }
      break
    case 3:
      // What came later comes before.
      told.splice(at, 0, { ...draws.pick(mine), step: chunk.step })
      break
    default:
      told[at] = { ...chunk, bytes: mutated(chunk.bytes, draws, all) }
  }
  const tell = (end: ClientEnd | ServerEnd, step: number) => {
    for (const { bytes } of told.filter((each) => each.step === step)) hearInPieces(end, bytes, draws)
  }
  const honest = from === 'server' ? client : server
  const end = from === 'server' ? replayClient(channel, tell) : replayServer(channel, tell)
  for (const [what, times] of end.acted) {
    if (times > (honest.acted.get(what) ?? 0)) throw new Error(`a forgery: ${what.slice(0, 40)} was acted on`)
  }
  return end.acted.size === honest.heard ? 'unharmed' : 'refused'
}

/** Chunks arrive as the network cuts them. */
function hearInPieces(end: ClientEnd | ServerEnd, bytes: Uint8Array, draws: Draws): void {
  if (bytes.length === 0) return
  if (draws.below(8) > 0) {
    end.hear(bytes)
    return
  }
  const border = draws.below(bytes.length)
  if (border > 0) end.hear(bytes.subarray(0, border))
  end.hear(bytes.subarray(border))
}

const PLAIN = CHANNELS[1]!
const packetsBy = new Map<Side, readonly Told[]>()

/** A packet that was sent in the plain conversation. */
interface Told {
  readonly step: number
  readonly plaintext: Uint8Array
}

function packetsOf(from: Side): readonly Told[] {
  const found = packetsBy.get(from)
  if (found !== undefined) return found
  const told = recordingOf(PLAIN)
    .chunks.filter((chunk) => chunk.from === from)
    .flatMap(({ step, bytes }) =>
      packetsIn(bytes, from).map((packet) => ({ step, plaintext: plaintextOf(packet, from) })),
    )
  packetsBy.set(from, told)
  return told
}

/** Cuts the frames of `intermediate` apart. */
function packetsIn(chunk: Uint8Array, from: Side): readonly Uint8Array[] {
  const packets: Extract<Frame, { _: 'packet' }>['bytes'][] = []
  let at = chunk[0] === 0xee && chunk[1] === 0xee && chunk[2] === 0xee ? 4 : 0
  while (at < chunk.length) {
    const first = new DataView(chunk.buffer, chunk.byteOffset).getUint32(at, true)
    // A server says so that it has a packet; a client asks so for that.
    if (first >= 0x80000000 && from === 'server') {
      at += 4
      continue
    }
    const length = first & 0x7fffffff
    packets.push(chunk.slice(at + 4, at + 4 + length))
    at += 4 + length
  }
  return packets
}

function plaintextOf(packet: Uint8Array, from: Side): Uint8Array {
  const opened = platform.messages.open(KEY, from, packet, false)
  if (opened === undefined) throw new Error(`expected a packet of the ${from} that opens`)
  return opened.plaintext
}

/** Header and body of a packet, changed, padded anew and sealed with the right key: all of it is looked at. */
function changedPacket(from: Side, plaintext: Uint8Array, draws: Draws): Uint8Array {
  const length = new DataView(plaintext.buffer, plaintext.byteOffset).getInt32(28, true)
  const others = packetsOf(from).map(({ plaintext: other }) => other.subarray(32))
  const header = plaintext.slice(0, 32)
  const body =
    draws.below(6) === 0
      ? plaintext.slice(32, 32 + length)
      : mutatedBody(plaintext.subarray(32, 32 + length), draws, others)
  new DataView(header.buffer).setInt32(28, body.length, true)
  const padding = 12 + (-(32 + body.length + 12) & 15)
  const whole = concat(header, body, draws.bytes(padding))
  return sealPlaintext(KEY, from, draws.below(4) === 0 ? mutatedHeader(whole, draws) : whole)
}

/** The client hears the packets of the server, one of them another way: those it acted on. */
function clientHearing(at: number, wrong?: Uint8Array): number {
  const client = replayClient(PLAIN, (end, step) => {
    for (const [index, { step: when, plaintext }] of packetsOf('server').entries()) {
      if (when !== step) continue
      end.hearPacket(index === at && wrong !== undefined ? wrong : sealPlaintext(KEY, 'server', plaintext))
    }
  })
  return client.acted.size
}

/** The same of the server. `asks`: whether a packet asks for a quick ack. */
function serverHearing(at: number, wrong?: Uint8Array, asks: () => boolean = () => false): number {
  const encode = frameEncoder('intermediate', seededRandom(1))
  const server = replayServer(PLAIN, (end, step) => {
    if (step === 0) end.hear(frameTag('intermediate'))
    for (const [index, { step: when, plaintext }] of packetsOf('client').entries()) {
      if (when !== step) continue
      const packet = index === at && wrong !== undefined ? wrong : sealPlaintext(KEY, 'client', plaintext)
      end.hear(encode(packet.slice(0, packet.length & ~3), asks()))
    }
  })
  return server.acted.size
}

let honestClient: number | undefined
let honestServer: number | undefined

/** What the server said is changed inside, and sealed again: whatever comes of it, nothing breaks. */
function insideServer(draws: Draws): Outcome {
  const told = packetsOf('server')
  const at = draws.below(told.length)
  honestClient ??= clientHearing(at)
  const heard = clientHearing(at, changedPacket('server', told[at]!.plaintext, draws))
  return heard === honestClient ? 'unharmed' : 'refused'
}

/** The same for what the client said. */
function insideClient(draws: Draws): Outcome {
  const told = packetsOf('client')
  const at = draws.below(told.length)
  honestServer ??= serverHearing(at)
  const heard = serverHearing(at, changedPacket('client', told[at]!.plaintext, draws), () => draws.below(10) === 0)
  return heard === honestServer ? 'unharmed' : 'refused'
}

const kinds: Readonly<Record<string, Kind>> = {
  'stream to the client': { share: 34, run: (draws) => outside('server', draws) },
  'stream to the server': { share: 18, run: (draws) => outside('client', draws) },
  'message to the client': { share: 24, run: insideServer },
  'message to the server': { share: 12, run: insideClient },
  'key exchange, client': { share: 5, run: clientExchange },
  'key exchange, server': { share: 1, run: serverExchange },
  'TLS greeting, client': { share: 3, run: clientGreeting },
  'TLS greeting, server': { share: 3, run: serverGreeting },
}

export interface Failure {
  readonly number: number
  readonly kind: string
  readonly error: unknown
}

export interface Report {
  readonly cases: number
  /** How many of each kind ended how. */
  readonly counts: Readonly<Record<string, Readonly<Record<Outcome, number>>>>
  readonly failures: readonly Failure[]
}

export interface Options {
  readonly seed: number
  readonly cases: number
  /** The number of the first one. */
  readonly from?: number | undefined
  readonly progress?: ((done: number) => void) | undefined
}

/** A batch that takes longer than this many milliseconds hangs. */
const PATIENCE = 30_000
const BATCH = 200
/** Not a list of failures, but the beginning of one. */
const MOST_FAILURES = 20

/** Runs cases `from` to `from + cases - 1` of a seed. Each is the same whatever ran before it. */
export function hostile({ seed, cases, from = 0, progress }: Options): Report {
  const counts: Record<string, Record<Outcome, number>> = {}
  const failures: Failure[] = []
  for (const channel of CHANNELS) recordingOf(channel)
  let number = from
  let kind = ''
  const end = from + cases
  const batch = () => {
    for (const until = Math.min(end, number + BATCH); number < until; number++) {
      const draws = new Draws(Math.imul(seed, 0x9e3779b1) + number)
      kind = pickKind(draws)
      try {
        const count = counts[kind] ?? { refused: 0, unharmed: 0 }
        counts[kind] = count
        count[kinds[kind]!.run(draws)]++
      } catch (error) {
        failures.push({ number, kind, error })
      }
    }
  }
  const scope = globalThis as unknown as { hostileBatch?: () => void }
  scope.hostileBatch = batch
  try {
    while (number < end && failures.length < MOST_FAILURES) {
      try {
        // The one way to end code that never returns.
        runInThisContext('hostileBatch()', { timeout: PATIENCE })
      } catch (error) {
        failures.push({ number: number++, kind, error })
      }
      progress?.(number - from)
    }
  } finally {
    delete scope.hostileBatch
  }
  return { cases: number - from, counts, failures }
}

function pickKind(draws: Draws): string {
  let left = draws.below(100)
  for (const [name, { share }] of Object.entries(kinds)) {
    left -= share
    if (left < 0) return name
  }
  throw new Error('expected shares of a hundred in all')
}
