import { assertEqual, type Contender, median, type Row, shuffled } from './harness.ts'
import { type ContenderProcess, type LocalDcProcess, startContender, startDc } from './processes.ts'
import { contenders, progress, type Rounds, rounds } from './rounds.ts'

const ROUNDS = 7
const ROUND_MS = 500
const WARM_MS = 1_500
const IN_FLIGHT = [16, 128, 1024] as const
/**
 * mtcute bounds a container by its bytes alone: with more small calls than this waiting at once it makes one of more
 * messages than servers take, which is refused again and again.
 */
const MTCUTE_LIMIT = 1_000
const CLIENTS = 20
const CLIENTS_ROUNDS = 3
/** The heap is looked at after so many calls, */
const FIRST_CALLS = 10_000
/** and again after so many. */
const ALL_CALLS = 100_000
/** So many in flight then. */
const HEAP_IN_FLIGHT = 128

const together = `${CLIENTS} clients at once`

const units: Readonly<Record<string, Row['unit']>> = {
  'one in flight': 'calls/s',
  'one in flight, p50': 'us',
  'one in flight, p99': 'us',
  'one in flight, client CPU': 'us',
  'one in flight, server CPU': 'us',
  ...Object.fromEntries(
    [...IN_FLIGHT.map((count) => `${count} in flight`), together].flatMap((name) => [
      [name, 'calls/s'],
      [`${name}, client CPU`, 'us'],
      [`${name}, server CPU`, 'us'],
    ]),
  ),
  [`${together}, fresh keys to first answers`]: 'ms',
  'heap after 10,000 calls': 'MiB',
  'heap after 100,000 calls': 'MiB',
}

/**
 * Small calls (help.getNearestDc) by each contender in a process of its own, all against one local DC in another, which
 * runs for one of them at a time. CPU is that of the whole process, per call.
 */
export async function run(): Promise<readonly Row[]> {
  const figures = rounds('rpc', units)
  const dc = await startDc()
  try {
    await oneClient(dc, figures)
    await manyClients(dc, figures)
    await heaps(dc, figures)
    progress('')
    return figures.rows()
  } finally {
    dc.end()
  }
}

/** One client each, all connected before; in each round every contender has its turn. */
async function oneClient(dc: LocalDcProcess, figures: Rounds): Promise<void> {
  progress('rpc: connecting')
  const peers = await Promise.all(contenders.map((name) => startContender(name, dc.ready)))
  const answers: string[] = []
  for (const peer of peers) {
    await peer.tell('open', 1)
    answers.push(JSON.stringify(await peer.tell('answer')))
  }
  for (const answer of answers) assertEqual('help.getNearestDc', answer, answers[0]!)
  for (const inFlight of [1, ...IN_FLIGHT]) {
    for (const peer of peers)
      await peer.tell('calls', { inFlight: Math.min(inFlight, MTCUTE_LIMIT), duration: WARM_MS })
    for (let round = 1; round <= ROUNDS; round++) {
      progress(`rpc: ${inFlight} in flight, round ${round} of ${ROUNDS}`)
      for (const peer of shuffled(peers)) await calls(dc, peer, figures, inFlight)
    }
  }
  for (const peer of peers) peer.end()
}

async function calls(dc: LocalDcProcess, peer: ContenderProcess, figures: Rounds, inFlight: number): Promise<void> {
  const name = inFlight === 1 ? 'one in flight' : `${inFlight} in flight`
  const limited = peer.name === 'mtcute' ? Math.min(inFlight, MTCUTE_LIMIT) : inFlight
  if (limited < inFlight)
    figures.note(name, peer.name, `has ${MTCUTE_LIMIT} in flight: more get into one container than servers take`)
  const latencies = await measured(dc, peer, figures, { name, inFlight: limited, latencies: inFlight === 1 })
  if (inFlight !== 1) return
  const sorted = latencies.toSorted((a, b) => a - b)
  figures.add(`${name}, p50`, peer.name, median(sorted) * 1000)
  figures.add(`${name}, p99`, peer.name, sorted[Math.floor(sorted.length * 0.99)]! * 1000)
}

/** One short run of a contender. Returns the milliseconds of each call. */
async function measured(
  dc: LocalDcProcess,
  { name: contender, tell }: ContenderProcess,
  figures: Rounds,
  { name, ...options }: { readonly name: string; readonly inFlight: number; readonly latencies?: boolean },
): Promise<readonly number[]> {
  const before = await dc.cpu()
  const figure = await tell('calls', { ...options, duration: ROUND_MS })
  const server = (await dc.cpu()) - before
  figures.add(name, contender, figure.calls / (figure.took / 1000))
  figures.add(`${name}, client CPU`, contender, figure.cpu / figure.calls)
  figures.add(`${name}, server CPU`, contender, server / figure.calls)
  return figure.latencies
}

/** Several clients in one process, one call each in flight. */
async function manyClients(dc: LocalDcProcess, figures: Rounds): Promise<void> {
  for (let round = 1; round <= CLIENTS_ROUNDS; round++) {
    progress(`rpc: ${together}, round ${round} of ${CLIENTS_ROUNDS}`)
    for (const name of shuffled(contenders)) {
      const peer = await startContender(name, dc.ready)
      figures.add(`${together}, fresh keys to first answers`, name, await peer.tell('open', CLIENTS))
      await peer.tell('calls', { inFlight: 1, duration: WARM_MS })
      await measured(dc, peer, figures, { name: together, inFlight: 1 })
      peer.end()
    }
  }
}

/** What is left in the heap: the same after ten times as many calls if nothing is kept. */
async function heaps(dc: LocalDcProcess, figures: Rounds): Promise<void> {
  for (const name of contenders) await heap(dc, name, figures)
}

async function heap(dc: LocalDcProcess, name: Contender, figures: Rounds): Promise<void> {
  progress(`rpc: heap of ${name} after ${ALL_CALLS.toLocaleString('en')} calls`)
  const peer = await startContender(name, dc.ready)
  await peer.tell('open', 1)
  for (const [label, count] of [
    ['heap after 10,000 calls', FIRST_CALLS],
    ['heap after 100,000 calls', ALL_CALLS - FIRST_CALLS],
  ] as const) {
    await peer.tell('calls', { inFlight: HEAP_IN_FLIGHT, count })
    figures.add(label, name, (await peer.tell('heap')) / 2 ** 20)
  }
  peer.end()
}
