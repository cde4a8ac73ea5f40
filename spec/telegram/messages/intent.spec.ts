import { expect } from 'chai'
import fc from 'fast-check'
import { EMPTY, of, Subject, type Subscription, throwError } from 'rxjs'
import { createIntent, type Intent, type RandomId } from '../../../lib/telegram/messages/intent.ts'
import { seededRandom } from '../../support/marbles.ts'

/** How attempts end, by what a step of a table says. */
type End = 'sent' | 'failed' | 'left' | 'nothing'

/** Attempts by name, as their sender sees them. */
class Attempts {
  readonly #intent: Intent
  readonly #open = new Map<string, { readonly answer: Subject<string>; readonly run: Subscription; id: bigint }>()
  /** Ids in the order in which they were first seen: the table numbers them. */
  readonly ids: bigint[] = []

  constructor(intent: Intent) {
    this.#intent = intent
  }

  get open(): readonly string[] {
    return [...this.#open.keys()]
  }

  id(name: string): bigint {
    return this.#open.get(name)!.id
  }

  /** Begins one, and tells the number of its id. */
  begin(name: string): number {
    const answer = new Subject<string>()
    let id = 0n
    const attempt = this.#intent.attempt((own) => {
      id = own(1)
      return answer
    })
    const run = attempt.subscribe({ error: () => {} })
    this.#open.set(name, { answer, run, id })
    if (!this.ids.includes(id)) this.ids.push(id)
    return this.ids.indexOf(id) + 1
  }

  end(name: string, end: End): void {
    const { answer, run } = this.#open.get(name)!
    this.#open.delete(name)
    if (end === 'sent') answer.next('message')
    if (end === 'failed') answer.error(new Error('the answer was lost'))
    if (end === 'nothing') answer.complete()
    run.unsubscribe()
  }
}

const intent = (seed = 1) => createIntent(seededRandom(seed), 'x', undefined)
const unkeyed = (key: string | undefined) => createIntent(() => expect.fail('drawn'), 'sendText @a', key)

describe('telegram/messages/intent', () => {
  // `a 1`: attempt a begins, and has the first id. `a sent`: how it ends.
  const table: readonly (readonly [rule: string, steps: string])[] = [
    ['means another message after a success', 'a 1, a sent, b 2, b sent, c 3'],
    ['repeats after an error', 'a 1, a failed, b 1, b failed, c 1, c sent, d 2'],
    ['repeats after an unsubscribe', 'a 1, a left, b 1, b sent, c 2'],
    ['repeats after an end without an answer', 'a 1, a nothing, b 1'],
    ['draws another id for an attempt beside one in flight', 'a 1, b 2, c 3, a sent, b sent, c sent, d 4'],
    ['gives each id that was left to one attempt, the oldest first', 'a 1, b 2, b left, a failed, c 2, d 1, e 3'],
    ['repeats what was left also beside another in flight', 'a 1, b 2, a failed, c 1, c sent, b sent, d 3'],
  ]
  for (const [rule, steps] of table)
    it(`${rule}: ${steps}`, () => {
      const attempts = new Attempts(intent())
      for (const step of steps.split(', ')) {
        const [name, what] = step.split(' ')
        if (/\d/.test(what!)) expect(attempts.begin(name!), step).to.equal(Number(what))
        else attempts.end(name!, what as End)
      }
    })

  it('never has two attempts in flight with one id, nor one after its success, nor draws while one is left', () => {
    const ends = fc.constantFrom<End>('sent', 'failed', 'left', 'nothing')
    const steps = fc.array(fc.oneof(fc.constant('begin' as const), fc.tuple(fc.nat(), ends)), { maxLength: 60 })
    fc.assert(
      fc.property(steps, (all) => {
        const attempts = new Attempts(intent(3))
        const sent = new Set<bigint>()
        const left = new Set<bigint>()
        all.forEach((step, at) => {
          if (step === 'begin') {
            const drawn = attempts.ids.length
            attempts.begin(`${at}`)
            const id = attempts.id(`${at}`)
            expect(sent.has(id)).to.equal(false)
            expect(attempts.ids.length > drawn).to.equal(left.size === 0)
            left.delete(id)
          } else if (attempts.open.length > 0) {
            const [which, end] = step
            const name = attempts.open[which % attempts.open.length]!
            ;(end === 'sent' ? sent : left).add(attempts.id(name))
            attempts.end(name, end)
          }
          const inFlight = attempts.open.map((name) => attempts.id(name))
          expect(new Set(inFlight).size).to.equal(inFlight.length)
        })
      }),
      { numRuns: 100 },
    )
  })

  it('has settled before the caller hears of it, who may subscribe again at that moment', () => {
    const subject = intent()
    const ids: bigint[] = []
    const outcomes = [throwError(() => new Error('lost')), of('sent'), EMPTY]
    const attempt = subject.attempt((id: RandomId) => {
      ids.push(id(1))
      return outcomes[ids.length - 1]!
    })
    attempt.subscribe({
      error: () => attempt.subscribe({ next: () => attempt.subscribe({ error: expect.fail }), error: expect.fail }),
    })
    expect(ids).to.have.length(3)
    expect(ids[1]).to.equal(ids[0])
    expect(ids[2]).to.not.equal(ids[0])
  })

  it('leaves its id also when the sending throws at once', () => {
    const subject = intent()
    const ids: bigint[] = []
    const attempt = subject.attempt((id) => {
      ids.push(id(1))
      throw new Error('a bug')
    })
    for (let count = 0; count < 3; count++) attempt.subscribe({ error: () => {} })
    expect([ids.length, new Set(ids).size]).to.deep.equal([3, 1])
  })

  it('draws nothing before its first attempt', () => {
    unkeyed(undefined).attempt(() => EMPTY)
  })

  it('with a key has the same id for ever, and for all', () => {
    const attempts = new Attempts(unkeyed('k'))
    const steps = [attempts.begin('a'), attempts.begin('b')]
    attempts.end('a', 'sent')
    expect([...steps, attempts.begin('c')]).to.deep.equal([1, 1, 1])
    const again = new Attempts(unkeyed('k'))
    again.begin('a')
    expect(again.ids).to.deep.equal(attempts.ids)
    expect(again.ids[0]).to.equal(BigInt.asIntN(64, again.ids[0]!))
  })

  it('has another one for another account, source or key', () => {
    const ids = new Set<bigint>()
    const note = (account: number, source: string, key: string) =>
      createIntent(seededRandom(1), source, key)
        .attempt((id) => of(id(account)))
        .subscribe({ next: (id) => ids.add(id), error: expect.fail })
    note(1, 'a', 'k')
    note(2, 'a', 'k')
    note(1, 'b', 'k')
    note(1, 'a', 'l')
    note(1, 'a"', 'k')
    note(1, 'a', '"k')
    expect(ids.size).to.equal(6)
  })
})
