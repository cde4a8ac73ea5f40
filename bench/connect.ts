import { type Row, shuffled } from './harness.ts'
import { startContender, startDc } from './processes.ts'
import { contenders, progress, rounds } from './rounds.ts'

const ROUNDS = 9

const FRESH = 'fresh key to first answer'
const AGAIN = 'stored key to first answer'
const QUIET = 'without updates: '

/** It has no mode without updates and is not run again: its figure is that with them. */
const ALWAYS_UPDATES = 'gramjs'
const NO_MODE = 'has no mode without updates: this is the figure with them'

/**
 * From making a client to its first answer (help.getConfig) with no key stored, and again with the key that this made,
 * each time in a process of its own, against one local DC in another. Importing the library is not in the figure.
 */
export async function run(): Promise<readonly Row[]> {
  const figures = rounds('connect', {
    [FRESH]: 'ms',
    [AGAIN]: 'ms',
    [QUIET + FRESH]: 'ms',
    [QUIET + AGAIN]: 'ms',
  })
  const dc = await startDc()
  const measure = async (contender: (typeof contenders)[number], updates: boolean): Promise<void> => {
    const child = await startContender(contender, dc.ready)
    const { fresh, again } = await child.tell('connect', updates)
    child.end()
    const modes = contender === ALWAYS_UPDATES ? ['', QUIET] : [updates ? '' : QUIET]
    for (const mode of modes) {
      figures.add(mode + FRESH, contender, fresh)
      figures.add(mode + AGAIN, contender, again)
      if (mode === QUIET && updates) for (const name of [FRESH, AGAIN]) figures.note(QUIET + name, contender, NO_MODE)
    }
  }
  try {
    for (let round = 1; round <= ROUNDS; round++) {
      progress(`connect: round ${round} of ${ROUNDS}`)
      for (const contender of shuffled(contenders)) await measure(contender, true)
      for (const contender of shuffled(contenders)) if (contender !== ALWAYS_UPDATES) await measure(contender, false)
    }
    progress('')
    return figures.rows()
  } finally {
    dc.end()
  }
}
