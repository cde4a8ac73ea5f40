import { expect } from 'chai'
import type { Less } from './faults.ts'
import { commandOf, minimise } from './minimise.ts'
import { type Outcome, run } from './run.ts'
import { ENOUGH, Summary } from './summary.ts'

const SEEDS = 20

const failing = (seed: number, rule = 'planted'): Outcome => ({
  seed,
  calls: 1,
  faults: {} as Outcome['faults'],
  reached: {},
  violations: [{ rule, what: 'a violation' }],
  hash: '',
})

describe('the simulation of sessions', () => {
  it(`has nothing against ${SEEDS} seeds`, function () {
    this.timeout(60_000)
    const summary = new Summary()
    for (let seed = 1; seed <= SEEDS; seed++) summary.add(run(seed))
    expect(summary.failed.map(({ seed, violations }) => ({ seed, violations }))).to.deep.equal([])
    expect(summary.total('session')).to.match(/^session: 20 seeds, \d{3,} calls, \d{3,} faults, 0 failures$/)
  })

  it('is the same for the same seed, to the last event', () => {
    const lines: string[][] = [[], []]
    const outcomes = lines.map((into) => run(3, { write: (line) => into.push(line) }))
    expect(outcomes[0]!.hash).to.equal(outcomes[1]!.hash)
    expect(lines[0]).to.deep.equal(lines[1])
    expect(run(3).hash).to.equal(outcomes[0]!.hash)
    expect(run(4).hash).not.to.equal(outcomes[0]!.hash)
  })

  it('sums up, and misses what never occurred once there were enough seeds', () => {
    const outcome = run(1, { less: { only: [], clients: 1, callers: 1, calls: 2 } })
    const few = new Summary()
    few.add(outcome)
    expect(few.isGood).to.equal(true)
    const many = new Summary()
    for (let at = 0; at < ENOUGH; at++) many.add(outcome)
    expect(many.missing).to.include('clock of the client repaired down')
    expect(many.unseen).to.include('cut')
    expect(many.isGood).to.equal(false)
    expect(many.lines().join('\n')).to.include('never reached: clock of the client repaired down')
  })
})

describe('a failing seed', () => {
  it('is made smaller, as long as it fails by the same rule', () => {
    const tried: Less[] = []
    const play: typeof run = (seed, options) => {
      const less = options!.less!
      tried.push(less)
      const fails = less.only!.includes('slow') && less.calls! >= 3
      return failing(seed, fails ? 'planted' : 'other')
    }
    const seed = 7
    const { less } = minimise(seed, failing(seed), play)
    expect(less).to.deep.equal({ only: ['slow'], clients: 1, callers: 1, calls: 3 })
    expect(commandOf(seed, less)).to.equal(
      `npm run simulate -- --seed ${seed} --only slow --clients 1 --callers 1 --calls 3 --trace`,
    )
    expect(tried.length).to.be.lessThan(81)
  })
})
