import { expect } from 'chai'
import type { Update } from '../../../lib/api/types.ts'
import { RpcError } from '../../../lib/core/errors.ts'
import type { StoredBox } from '../../../lib/runtime/storage/storage.ts'
import { type BoxEffect, type BoxEvent, BoxOrder } from '../../../lib/runtime/updates/box-order.ts'
import { type Fold, foldMachine } from '../../support/machine.ts'
import { brief, difference, message, news, person, pieces, slice, state, typing, vote } from './samples.ts'

const FROM: StoredBox = { pts: 100, qts: 10, seq: 5, date: 1000 }

/** An effect in few words. */
function say(effect: BoxEffect): string {
  switch (effect._) {
    case 'emit': {
      const { updates, box } = effect.value
      return `${updates.map(brief).join(' ')} @${box?.pts ?? '?'}`.trim()
    }
    case 'fetch':
      return effect.box === undefined ? 'ask state' : `ask ${effect.box.pts}`
    case 'timer':
      return `${effect.key} at ${effect.at}`
    case 'untimer':
      return `no ${effect.key}`
    case 'syncing':
      return effect.syncing ? 'behind' : 'level'
    case 'fault':
      return `fault ${effect.error instanceof Error ? effect.error.message : 'of no kind'}`
  }
}

/** The machine at pts 100, qts 10, after its first, empty, difference. */
function settled(): Fold<BoxEvent, BoxEffect> {
  const fold = foldMachine<BoxEvent, BoxEffect>(() => new BoxOrder(FROM))
  fold.send({ _: 'difference', difference: { _: 'updates.differenceEmpty', date: 1000, seq: 5 } })
  return fold
}

const piece = (...updates: readonly Update[]): BoxEvent => ({ _: 'piece', piece: pieces(updates) })
const came = (answer: ReturnType<typeof difference>): BoxEvent => ({ _: 'difference', difference: answer })
const empty = came({ _: 'updates.differenceEmpty', date: 1001, seq: 6 })
const lost: BoxEvent = { _: 'piece', piece: { _: 'lost', why: 'x' } }

/** Runs rows of a table and says all effects; the timer of the long silence is left out. */
function play(fold: Fold<BoxEvent, BoxEffect>, ...rows: readonly (BoxEvent | number)[]): readonly string[] {
  const effects = fold.table(rows).flat()
  return effects.map(say).filter((each) => !each.startsWith('silence'))
}

describe('runtime/updates/box-order', () => {
  describe('in order', () => {
    const cases: readonly (readonly [
      what: string,
      rows: readonly (BoxEvent | number)[],
      effects: readonly string[],
    ])[] = [
      ['passes what follows', [piece(news(101)), piece(news(102))], ['n101 @101', 'n102 @102']],
      ['drops what was seen', [piece(news(101)), piece(news(101)), piece(news(99))], ['n101 @101']],
      ['counts what stands for several', [piece(news(105, 5)), piece(news(103))], ['n105 @105']],
      ['passes what counts nothing, at its place', [piece(news(100, 0))], ['n100 @100']],
      ['sorts a container', [piece(news(102), news(101))], ['n101 n102 @102']],
      [
        'puts new ids before messages and the rest after',
        [piece(typing, news(101), { _: 'updateMessageID', id: 101, randomId: 1n })],
        ['MessageID n101 UserTyping @101'],
      ],
      ['lets unordered updates through', [piece(typing)], ['UserTyping @100']],
      [
        'moves with what has no update',
        [
          {
            _: 'piece',
            piece: { ...pieces([]), placed: [{ update: undefined, box: 'common', pts: 101, count: 1 }] },
          } as BoxEvent,
          piece(news(102)),
        ],
        ['@101', 'n102 @102'],
      ],
      ['takes no nonsense', [piece(news(101, -1)), piece(news(0)), piece(news(5, 10))], []],
      [
        'orders the second box by itself',
        [piece(vote(11)), piece(vote(11)), piece(vote(12))],
        ['q11 @100', 'q12 @100'],
      ],
    ]
    for (const [what, rows, effects] of cases) it(what, () => expect(play(settled(), ...rows)).to.deep.equal(effects))
  })

  describe('gaps', () => {
    it('wait for what is late', () => {
      const said = play(settled(), piece(news(102)), 200, piece(news(101)), 1000)
      expect(said).to.deep.equal(['gap at 500', 'n101 @101', 'n102 @102', 'no gap'])
    })

    it('close from the far end too', () => {
      const said = play(settled(), piece(news(103)), piece(news(102)), piece(news(101)))
      expect(said).to.deep.equal(['gap at 500', 'n101 @101', 'n102 @102', 'n103 @103', 'no gap'])
    })

    it('are asked for after half a second, however much more comes', () => {
      const said = play(settled(), piece(news(102)), 400, piece(news(104)), 100)
      expect(said).to.deep.equal(['gap at 500', 'no gap', 'behind', 'ask 100'])
    })

    it('do not stop what no counter orders', () => {
      const said = play(settled(), piece(news(102), typing))
      expect(said).to.deep.equal(['UserTyping @100', 'gap at 500'])
    })

    it('of the second box are asked for as well', () => {
      expect(play(settled(), piece(vote(12)), 500)).to.deep.equal(['gap at 500', 'no gap', 'behind', 'ask 100'])
    })

    it('end with the difference; what waited and was in it is dropped', () => {
      const fold = settled()
      play(fold, piece(news(102)), 500)
      const contents = { newMessages: [message(102), message(101)], users: [person(7)] }
      const said = play(fold, piece(news(103)), came(difference(102, contents)), piece(news(104)))
      expect(said).to.deep.equal(['n101 n102 @102', 'n103 @103', 'level', 'n104 @104'])
    })

    it('are asked for at once when too many wait', () => {
      const many = Array.from({ length: 1001 }, (_, at) => news(102 + at))
      expect(play(settled(), piece(...many))).to.deep.equal(['no gap', 'behind', 'ask 100'])
    })

    it('that the server knows nothing of are left behind, the second time', () => {
      const fold = settled()
      play(fold, piece(news(102)), 500)
      expect(play(fold, empty)).to.deep.equal(['@100', 'level', 'gap at 1000'])
      expect(play(fold, 500)).to.deep.equal(['no gap', 'behind', 'ask 100'])
      expect(play(fold, empty)).to.deep.equal(['@100', 'level', 'n102 @102'])
    })
  })

  describe('the difference', () => {
    it('is asked for at the beginning, and holds the rest back', () => {
      const fold = foldMachine<BoxEvent, BoxEffect>(() => new BoxOrder(FROM))
      expect(fold.begin.map(say)).to.deep.equal(['behind', 'ask 100'])
      const said = play(fold, piece(news(101), typing), came(difference(101, { newMessages: [message(101)] })))
      expect(said).to.deep.equal(['UserTyping @100', 'n101 @101', 'level'])
    })

    it('has ids first, then messages in order, then what happened to them', () => {
      const gone: Update = { _: 'updateDeleteMessages', messages: [101], pts: 103, ptsCount: 0 }
      const id: Update = { _: 'updateMessageID', id: 101, randomId: 1n }
      const contents = { newMessages: [message(102), message(101)], otherUpdates: [gone, id] }
      expect(play(settled(), lost, came(difference(103, contents)))).to.deep.equal([
        'no gap',
        'behind',
        'ask 100',
        'MessageID n101 n102 DeleteMessages @103',
        'level',
      ])
    })

    it('is asked for in slices until the end', () => {
      const fold = settled()
      const said = play(
        fold,
        lost,
        came(slice(101, { newMessages: [message(101)] })),
        came(slice(102)),
        came(difference(103)),
      )
      expect(said.slice(2)).to.deep.equal(['ask 100', 'n101 @101', 'ask 101', '@102', 'ask 102', '@103', 'level'])
    })

    it('that does not move is not asked for for ever', () => {
      const fold = settled()
      const said = play(fold, lost, ...[1, 2, 3].map(() => came(slice(100))))
      expect(said.filter((each) => each.startsWith('ask'))).to.have.length(3)
      expect(said.slice(-2)).to.deep.equal(['fault the difference did not move in 3 slices', 'level'])
    })

    it('that is too long goes on behind what is gone', () => {
      const said = play(settled(), lost, came({ _: 'updates.differenceTooLong', pts: 9000 }), came(difference(9001)))
      expect(said.slice(3)).to.deep.equal([
        '@9000',
        'fault more was missed than the server tells: read dialogs and histories again',
        'ask 9000',
        '@9001',
        'level',
      ])
    })

    it('runs once at a time, and once more for what came meanwhile', () => {
      const said = play(settled(), lost, lost, lost, empty, empty)
      expect(said).to.deep.equal([
        'no gap',
        'behind',
        'ask 100',
        '@100',
        'level',
        'no gap',
        'behind',
        'ask 100',
        '@100',
        'level',
      ])
    })

    it('is asked for again, later each time, when it fails', () => {
      const fold = settled()
      const failed: BoxEvent = { _: 'failed', error: new Error('cut') }
      expect(play(fold, lost, failed, 1000, failed, 2000, failed)).to.deep.equal([
        'no gap',
        'behind',
        'ask 100',
        'fault cut',
        'fetch at 1000',
        'ask 100',
        'fault cut',
        'fetch at 3000',
        'ask 100',
        'fault cut',
        'fetch at 7000',
      ])
      expect(play(fold, 4000, empty, lost, failed).slice(-2)).to.deep.equal(['fault cut', 'fetch at 8000'])
    })

    it('begins anew where the server has forgotten the place', () => {
      const forgotten: BoxEvent = { _: 'failed', error: new RpcError(400, 'PERSISTENT_TIMESTAMP_INVALID', 'x') }
      const said = play(settled(), lost, forgotten, { _: 'state', state: state(7) }, piece(news(8)))
      expect(said.slice(3)).to.deep.equal([
        'fault x: 400 PERSISTENT_TIMESTAMP_INVALID',
        'ask state',
        '@7',
        'level',
        'n8 @8',
      ])
    })
  })

  describe('an account that was never followed', () => {
    const fresh = () => foldMachine<BoxEvent, BoxEffect>(() => new BoxOrder(undefined))

    it('begins where the server says', () => {
      const fold = fresh()
      expect(fold.begin.map(say)).to.deep.equal(['behind', 'ask state'])
      expect(play(fold, { _: 'state', state: state(5) }, piece(news(6)))).to.deep.equal(['@5', 'level', 'n6 @6'])
    })

    it('has as news what was pushed before that was known', () => {
      expect(play(fresh(), piece(news(4)), piece(news(5)), { _: 'state', state: state(5) })).to.deep.equal([
        '@3',
        'n4 @4',
        'n5 @5',
        'level',
      ])
    })

    it('asks for what lies between', () => {
      expect(play(fresh(), piece(news(4)), { _: 'state', state: state(6) }, came(difference(6)))).to.deep.equal([
        '@3',
        'n4 @4',
        'ask 4',
        '@6',
        'level',
      ])
    })

    it('passes what no counter orders meanwhile', () => {
      expect(play(fresh(), piece(typing))).to.deep.equal(['UserTyping @?'])
    })
  })

  it('asks after a quarter of an hour of silence, and not before', () => {
    const fold = settled()
    const quarter = 15 * 60_000
    fold.advance(quarter / 2)
    fold.send(piece(news(101)))
    expect(play(fold, quarter / 2)).to.deep.equal([])
    expect(play(fold, quarter / 2)).to.deep.equal(['no gap', 'behind', 'ask 101'])
    expect(play(fold, empty, quarter)).to.deep.equal(['@101', 'level', 'no gap', 'behind', 'ask 101'])
  })

  it('gives out states that it does not touch again', () => {
    const fold = settled()
    const [first] = fold.send(piece(news(101)))
    fold.send(piece(news(102)))
    expect(first).to.have.nested.property('value.box.pts', 101)
  })

  it('brings the users of a container with what waited', () => {
    const fold = settled()
    const late = fold.send({ _: 'piece', piece: pieces([news(102)], { users: [person(7)] }) })
    expect(late[0])
      .to.have.nested.property('value.users')
      .that.deep.equals([person(7)])
    const after = fold.send(piece(news(101)))
    expect(after[1])
      .to.have.nested.property('value.users')
      .that.deep.equals([person(7)])
  })
})
