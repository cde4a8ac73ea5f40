/** Figures of several rounds, by name and contender. */
import { type Contender, type Row, rowsOf } from './harness.ts'

export const contenders: readonly Contender[] = ['rxgram', 'mtcute', 'gramjs']

export interface Rounds {
  add(name: string, contender: Contender, value: number): void
  /** Says something of a figure. */
  note(name: string, contender: Contender, note: string): void
  rows(): readonly Row[]
}

interface Figure {
  readonly unit: Row['unit']
  readonly values: Record<Contender, number[]>
  readonly notes: Partial<Record<Contender, string>>
}

/** The figures of a suite, in this order. */
export function rounds(suite: string, units: Readonly<Record<string, Row['unit']>>): Rounds {
  const figures = new Map<string, Figure>(
    Object.entries(units).map(([name, unit]) => [
      name,
      { unit, values: { rxgram: [], mtcute: [], gramjs: [] }, notes: {} },
    ]),
  )
  const figure = (name: string): Figure => {
    const found = figures.get(name)
    if (found === undefined) throw new Error(`expected one of the figures of ${suite}, got ${name}`)
    return found
  }
  return {
    add: (name, contender, value) => void figure(name).values[contender].push(value),
    note(name, contender, note) {
      figure(name).notes[contender] = note
    },
    rows: () => [...figures].flatMap(([name, { unit, values, notes }]) => rowsOf({ suite, name, unit, notes }, values)),
  }
}

/** Tells how far a suite is, in place on a terminal. */
export function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
  else if (text !== '') process.stderr.write(`${text}\n`)
}
