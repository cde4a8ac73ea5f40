import { expect } from 'chai'
import fc from 'fast-check'
import { type HandleEvent, HandleOrder } from '../../lib/telegram/handle-order.ts'

type Row = string
/** `a1`: value 1 of key a. `-a`: key a is done. `|`: the source has ended. */
function events(row: Row): HandleEvent<string> {
  if (row === '|') return { _: 'end' }
  if (row.startsWith('-')) return { _: 'done', key: row.slice(1) }
  return { _: 'value', value: row, key: row[0] }
}

function play(order: HandleOrder<string>, ...rows: readonly Row[]): readonly string[] {
  return rows.map((row) =>
    order
      .step(events(row))
      .map((effect) => (effect._ === 'run' ? effect.value : effect._ === 'refuse' ? `no ${effect.value}` : '|'))
      .join(' '),
  )
}

describe('telegram/handle-order', () => {
  const cases: readonly (readonly [
    what: string,
    concurrency: number,
    limit: number,
    rows: readonly (readonly [Row, string])[],
  ])[] = [
    [
      'one key after the other',
      9,
      9,
      [
        ['a1', 'a1'],
        ['a2', ''],
        ['a3', ''],
        ['-a', 'a2'],
        ['-a', 'a3'],
        ['-a', ''],
      ],
    ],
    [
      'keys side by side',
      9,
      9,
      [
        ['a1', 'a1'],
        ['b1', 'b1'],
        ['a2', ''],
        ['-b', ''],
        ['-a', 'a2'],
      ],
    ],
    [
      'no more at once than allowed',
      2,
      9,
      [
        ['a1', 'a1'],
        ['b1', 'b1'],
        ['c1', ''],
        ['-a', 'c1'],
        ['-b', ''],
      ],
    ],
    [
      'turns for keys that wait, before the next of the same',
      1,
      9,
      [
        ['a1', 'a1'],
        ['a2', ''],
        ['b1', ''],
        ['-a', 'b1'],
        ['-b', 'a2'],
      ],
    ],
    [
      'no more waiting than allowed',
      1,
      1,
      [
        ['a1', 'a1'],
        ['b1', ''],
        ['c1', 'no c1'],
        ['-a', 'b1'],
        ['c2', ''],
        ['-b', 'c2'],
      ],
    ],
    [
      'the end, when all is done',
      2,
      9,
      [
        ['a1', 'a1'],
        ['a2', ''],
        ['|', ''],
        ['-a', 'a2'],
        ['-a', '|'],
      ],
    ],
    ['the end at once, when nothing is', 2, 9, [['|', '|']]],
  ]
  for (const [what, concurrency, limit, rows] of cases)
    it(`has ${what}`, () => {
      const order = new HandleOrder<string>(concurrency, limit)
      // A key that is done while another of it waits goes to the back of the line.
      expect(play(order, ...rows.map(([row]) => row))).to.deep.equal(rows.map(([, effect]) => effect))
    })

  it('keeps order in each key, and its bounds, whatever comes', () => {
    const row = fc.oneof(fc.constantFrom('a', 'b', 'c', 'd'), fc.constant('-'))
    fc.assert(
      fc.property(fc.array(row, { maxLength: 60 }), fc.integer({ min: 1, max: 3 }), (rows, concurrency) => {
        const order = new HandleOrder<string>(concurrency, 5)
        const [running, ran, given] = [new Set<string>(), [] as string[], [] as string[]]
        const take = (event: HandleEvent<string>) => {
          for (const effect of order.step(event)) {
            if (effect._ === 'refuse') given.splice(given.indexOf(effect.value), 1)
            if (effect._ !== 'run') continue
            expect(running.has(String(effect.key))).to.equal(false)
            running.add(String(effect.key))
            ran.push(effect.value)
          }
          expect(running.size).to.be.at.most(concurrency)
        }
        const finish = () => {
          const [key] = running
          if (key === undefined) return
          running.delete(key)
          take({ _: 'done', key })
        }
        rows.forEach((key, index) => {
          if (key === '-') finish()
          else {
            given.push(`${key}${index}`)
            take({ _: 'value', value: `${key}${index}`, key })
          }
        })
        while (running.size > 0) finish()
        expect([...ran].sort()).to.deep.equal([...given].sort())
        for (const key of 'abcd') {
          const of = (values: readonly string[]) => values.filter((value) => value.startsWith(key))
          expect(of(ran)).to.deep.equal(of(given))
        }
      }),
      { numRuns: 200 },
    )
  })
})
