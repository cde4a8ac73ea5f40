/** One figure of one contender. `ratio` is to mtcute in the same run; above 1 is better. */
export interface Row {
  readonly suite: string
  readonly name: string
  readonly contender: Contender
  readonly value: number
  readonly unit: Unit
  readonly ratio: number | undefined
  /** What must be known to read the figure. */
  readonly note?: string
}

export type Contender = 'rxgram' | 'mtcute' | 'gramjs'
export type Unit = Case['unit'] | 'calls/s' | 'MiB' | 'KB'

/** One thing to measure, done by each contender. `bytes` is given where throughput is the figure. */
export interface Case {
  readonly name: string
  readonly bytes?: number
  readonly unit: 'MB/s' | 'us' | 'ms'
  /** One run; what it returns is kept from the optimiser. */
  readonly contenders: Readonly<Partial<Record<Contender, () => unknown>>>
}

const RUNS = 5
const ROUNDS = 21
/** Long enough that the clock's grain does not show, short enough that a busy neighbour hits all contenders alike. */
const ROUND_MS = 4

let sink: unknown

/**
 * Measures a case: each contender is paired with mtcute alone, so that nobody pays for the garbage of a third. In each
 * of many short rounds both run once, in an order shuffled anew; a run's ratio is the median of its rounds' ratios, its
 * value that of the best round. Neighbours on the machine slow both of a round alike, so ratios are steady where absolute
 * figures are not. Each figure is the median of five such runs.
 */
export function measure(suite: string, { name, bytes, unit, contenders }: Case): readonly Row[] {
  const runs = Object.entries(contenders) as [Contender, () => unknown][]
  const counts = new Map(runs.map(([contender, run]) => [contender, iterationsFor(run)]))
  return runs.map(([contender]) => {
    const pair = runs.filter(([other]) => other === contender || other === 'mtcute')
    const measured = Array.from({ length: RUNS }, () => oneRun(pair, counts))
    const best = median(measured.map((times) => Math.min(...times.get(contender)!)))
    const ratios = measured.flatMap((times) => ratioOf(times.get('mtcute'), times.get(contender)!) ?? [])
    return {
      suite,
      name,
      contender,
      unit,
      value: unit === 'MB/s' ? bytes! / best / 1000 : unit === 'us' ? best * 1000 : best,
      ratio: ratios.length === 0 ? undefined : median(ratios),
    }
  })
}

/** Milliseconds of each round, by contender. */
type Times = ReadonlyMap<Contender, number[]>

function oneRun(runs: readonly [Contender, () => unknown][], counts: ReadonlyMap<Contender, number>): Times {
  const times = new Map<Contender, number[]>(runs.map(([contender]) => [contender, []]))
  for (let round = 0; round < ROUNDS; round++)
    for (const [contender, run] of shuffled(runs)) {
      const count = counts.get(contender)!
      const start = performance.now()
      for (let i = 0; i < count; i++) sink = run()
      times.get(contender)!.push((performance.now() - start) / count)
    }
  return times
}

function ratioOf(reference: readonly number[] | undefined, own: readonly number[]): number | undefined {
  return reference && median(own.map((time, round) => reference[round]! / time))
}

function iterationsFor(run: () => unknown): number {
  // Warm up until the optimiser has had its say, then count how many fit into a round.
  const warm = performance.now() + 150
  let done = 0
  while (performance.now() < warm || done < 3) {
    sink = run()
    done++
  }
  const start = performance.now()
  let count = 0
  while (performance.now() - start < ROUND_MS) {
    sink = run()
    count++
  }
  return count
}

export function shuffled<Item>(items: readonly Item[]): readonly Item[] {
  const copy = [...items]
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1))
    ;[copy[i], copy[j]] = [copy[j]!, copy[i]!]
  }
  return copy
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** A figure of each round by contender, as rows: the median, and the median of the rounds' ratios to mtcute. */
export function rowsOf(
  figure: Pick<Row, 'suite' | 'name' | 'unit'> & { readonly notes?: Readonly<Partial<Record<Contender, string>>> },
  rounds: Readonly<Partial<Record<Contender, readonly number[]>>>,
): readonly Row[] {
  const { notes = {}, ...row } = figure
  const isRate = row.unit === 'calls/s' || row.unit === 'MB/s'
  return (Object.entries(rounds) as [Contender, readonly number[]][]).flatMap(([contender, values]) => {
    if (values.length === 0) return []
    const reference = rounds.mtcute ?? []
    const ratios = values.flatMap((value, round) => {
      const theirs = reference[round]
      return theirs === undefined ? [] : [isRate ? value / theirs : theirs / value]
    })
    const note = notes[contender]
    return [
      {
        ...row,
        contender,
        value: median(values),
        ratio: ratios.length === 0 ? undefined : median(ratios),
        ...(note !== undefined && { note }),
      },
    ]
  })
}

/** Ends the run when two contenders disagree: a figure for wrong output would be worth nothing. */
export function assertEqual(what: string, actual: Uint8Array | string, expected: Uint8Array | string): void {
  const same =
    typeof actual === 'string' || typeof expected === 'string'
      ? actual === expected
      : actual.length === expected.length && actual.every((byte, i) => byte === expected[i])
  if (!same) throw new Error(`${what}: the contenders' outputs differ`)
}

/** For tests of the harness itself that nothing was optimised away. */
export function lastResult(): unknown {
  return sink
}
