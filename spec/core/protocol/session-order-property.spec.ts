import { expect } from 'chai'
import fc from 'fast-check'
import type { SessionEffect, SessionEvent } from '../../../lib/core/protocol/session-events.ts'
import { RowServer } from '../../support/row-server.ts'
import { callBody, callId, SessionTable } from '../../support/session-table.ts'

/** What may happen, in any order. Numbers choose among what there is. */
interface Action {
  readonly _:
    | 'call'
    | 'cancel'
    | 'start'
    | 'finish'
    | 'impatient'
    | 'hear'
    | 'deliver'
    | 'pass'
    | 'break'
    | 'salt'
    | 'forget'
  readonly choice: number
}

const usual: Readonly<Partial<Record<Action['_'], number>>> = {
  call: 6,
  cancel: 2,
  start: 5,
  finish: 4,
  impatient: 2,
  hear: 6,
  deliver: 8,
  pass: 3,
  break: 1,
  salt: 1,
}
const actions = (weights: typeof usual): fc.Arbitrary<readonly Action[]> =>
  fc.array(
    fc.oneof(
      ...Object.entries(weights).map(([kind, weight]) => ({
        weight,
        arbitrary: fc.record({ _: fc.constant(kind as Action['_']), choice: fc.nat(60) }),
      })),
    ),
    { maxLength: 150, size: 'max' },
  )

const story = (...kinds: readonly Action['_'][]): readonly Action[] => kinds.map((_) => ({ _, choice: 0 }))
/** The server hears the greeting of the link, and a call. */
const HEARD = ['call', 'pass', 'hear', 'hear'] as const
/** One for each end that a call can have: among random ones now and then none has it. */
const STORIES = {
  answer: story(...HEARD),
  FAILED: story(...HEARD, 'start', 'finish'),
  TransportError: story(...HEARD, 'start', 'forget'),
}

/** Two rows and calls of none. */
const ROWS = 3

class Run {
  readonly table = new SessionTable()
  readonly server = new RowServer(this.table.server)
  readonly ends = new Map<number, string[]>()
  readonly cancelled = new Set<number>()
  /** The row of each call; the last of them is none. */
  readonly rowOf = new Map<number, number>()
  readonly #repeatable: boolean
  readonly #last = [0, 0]
  #link = 1
  #isOpen = false
  #calls = 0

  constructor(repeatable = true) {
    this.#repeatable = repeatable
    this.#obey(this.table.fold.begin)
  }

  act({ _, choice }: Action): void {
    if (_ === 'call') for (let n = 0; n <= choice % 4; n++) this.#invoke(choice % ROWS)
    else if (_ === 'cancel') this.#cancel(choice)
    else if (_ === 'start') this.server.starts(choice)
    else if (_ === 'finish') this.server.finishes(choice)
    else if (_ === 'impatient') this.server.losesPatience(choice)
    else if (_ === 'hear') this.server.hears()
    else if (_ === 'deliver') this.#deliver()
    else if (_ === 'pass') this.#pass([0, 150, 2_000, 31_000][choice % 4]!)
    else if (_ === 'break') this.#breaks()
    else if (_ === 'forget') this.server.forgets()
    else this.server.changesSalt()
  }

  /** For more than two minutes nothing goes wrong. */
  heal(): void {
    for (let round = 0; round < 70; round++) {
      if (round > 0 && this.server.idle && this.#isAllOver()) return
      this.#pass(2_000)
      for (let step = 0; step < 1_000; step++) {
        for (const _ of ['hear', 'start', 'finish', 'deliver'] as const) this.act({ _, choice: 1 })
        this.#pass(0)
        if (this.server.idle) break
      }
    }
  }

  #isAllOver(): boolean {
    return [...this.ends].every(([id, ends]) => ends.length > 0 || this.cancelled.has(id))
  }

  #invoke(row: number): void {
    const id = ++this.#calls
    this.ends.set(id, [])
    this.rowOf.set(id, row)
    const after = this.#last[row]
    if (after !== undefined) this.#last[row] = id
    this.#send({ _: 'invoke', id, body: callBody(id), repeatable: this.#repeatable, after })
  }

  #cancel(choice: number): void {
    const open = [...this.ends].filter(([id, ends]) => ends.length === 0 && !this.cancelled.has(id))
    const [id] = open[choice % Math.max(1, open.length)] ?? []
    if (id === undefined) return
    this.cancelled.add(id)
    this.#send({ _: 'cancel', id })
  }

  #deliver(): void {
    const event = this.#isOpen ? this.server.delivers() : undefined
    if (event !== undefined) this.#send(event)
  }

  #breaks(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.server.breaks()
    this.#send({ _: 'closed', link: this.#link })
  }

  #send(event: SessionEvent): void {
    this.#obey(this.table.fold.send(event))
  }

  #pass(milliseconds: number): void {
    this.#obey(this.table.fold.advance(milliseconds))
  }

  #obey(effects: readonly SessionEffect[]): void {
    for (const effect of effects) {
      if (effect._ === 'open') {
        this.#link = effect.link
        this.table.server.link = effect.link
        this.#isOpen = true
        this.#send({ _: 'opened', link: effect.link, key: this.table.server.key, salt: 1n, timeOffset: 0 })
      } else if (effect._ === 'drop') {
        this.#isOpen = false
        this.server.breaks()
      } else if (effect._ === 'write') {
        if (this.#isOpen && effect.link === this.#link) this.server.sent(effect.packet)
      } else if (effect._ === 'answer') {
        expect(callId(effect.body), 'an answer of its own').to.equal(effect.id)
        this.ends.get(effect.id)!.push('answer')
      } else if (effect._ === 'refuse') this.ends.get(effect.id)!.push(effect.text)
      else if (effect._ === 'fail') this.ends.get(effect.id)!.push(effect.error.name)
    }
  }
}

/** Each call ran once at most, and those of a row one after the other. */
function inOrder(run: Run): void {
  for (const row of [0, 1]) {
    const ran = run.server.log.filter((id) => run.rowOf.get(id) === row)
    expect(ran, `row ${row}`).to.deep.equal([...new Set(ran)].sort((a, b) => a - b))
  }
}

describe('core/protocol session, calls in a row, whatever happens', () => {
  it('run in the order in which they were made, once, and end', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(actions(usual), (all) => {
        const run = new Run()
        for (const action of all) run.act(action)
        run.heal()
        inOrder(run)
        for (const [id, ends] of run.ends) {
          if (run.cancelled.has(id)) continue
          expect(ends, `the ends of call ${id}`).to.have.length(1)
          expect(ends[0], `the end of call ${id}`).to.be.oneOf(['answer', 'FAILED'])
          seen.add(ends[0]!)
        }
      }),
      { numRuns: 60, examples: [[STORIES.answer], [STORIES.FAILED]] },
    )
    expect([...seen].sort()).to.deep.equal(['FAILED', 'answer'])
  })

  it('do so too at a server that forgets its sessions, where they may not be repeated', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(actions({ ...usual, forget: 1 }), (all) => {
        const run = new Run(false)
        for (const action of all) run.act(action)
        run.heal()
        inOrder(run)
        for (const [id, ends] of run.ends) {
          if (run.cancelled.has(id)) continue
          expect(ends, `the ends of call ${id}`).to.have.length(1)
          expect(ends[0], `the end of call ${id}`).to.be.oneOf(['answer', 'FAILED', 'TransportError'])
          seen.add(ends[0]!)
        }
      }),
      { numRuns: 60, examples: [[STORIES.answer], [STORIES.FAILED], [STORIES.TransportError]] },
    )
    expect([...seen].sort()).to.deep.equal(['FAILED', 'TransportError', 'answer'])
  })
})
