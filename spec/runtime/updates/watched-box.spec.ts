import { expect } from 'chai'
import type { ClientTrace } from '../../../lib/core/trace.ts'
import type { BoxEffect, BoxEvent } from '../../../lib/runtime/updates/box-order.ts'
import { watchedBox } from '../../../lib/runtime/updates/watched-box.ts'
import { fakeEnv } from '../../support/machine.ts'

const EVENT: BoxEvent = { _: 'fired', key: 'gap', late: 0 }

/** A box that orders what it is given. */
const ordering = (effects: readonly BoxEffect[], held = 0) => ({ begin: effects, step: () => effects, held })

/** What is told of these orders. */
function told(effects: readonly BoxEffect[], observed = true): readonly ClientTrace[] {
  const events: ClientTrace[] = []
  const trace = { observed, tell: (event: ClientTrace) => void events.push(event) }
  watchedBox(ordering(effects, 2), trace).step(EVENT, fakeEnv())
  return events
}

describe('runtime/updates/watched-box', () => {
  const rows: readonly (readonly [string, readonly BoxEffect[], string | undefined])[] = [
    ['what is early', [{ _: 'timer', key: 'gap', at: 5 }], 'gap'],
    ['what came after all', [{ _: 'untimer', key: 'gap' }], 'healed'],
    [
      'a question',
      [
        { _: 'untimer', key: 'gap' },
        { _: 'syncing', syncing: true },
        { _: 'fetch', box: undefined },
      ],
      'difference',
    ],
    ['the end of it', [{ _: 'syncing', syncing: false }], 'healed'],
    [
      'an end with a gap behind it',
      [
        { _: 'syncing', syncing: false },
        { _: 'timer', key: 'gap', at: 5 },
      ],
      'gap',
    ],
    ['anything else', [{ _: 'timer', key: 'silence', at: 5 }], undefined],
    ['nothing', [], undefined],
  ]
  for (const [name, effects, what] of rows)
    it(`tells ${name}`, () => {
      const expected = what === undefined ? [] : [{ _: 'box', box: 'common', what, waiting: 2 }]
      expect(told(effects)).to.deep.equal(expected)
      expect(told(effects, false)).to.deep.equal([])
    })

  it('leaves the orders as they are, and is nothing without a tracer', () => {
    const effects: readonly BoxEffect[] = [{ _: 'syncing', syncing: true }]
    const box = ordering(effects)
    expect(watchedBox(box, undefined)).to.equal(box)
    const watched = watchedBox(box, { observed: true, tell: () => {} })
    expect(watched.begin).to.equal(effects)
    expect(watched.step(EVENT, fakeEnv())).to.equal(effects)
  })
})
