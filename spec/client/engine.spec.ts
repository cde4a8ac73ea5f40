import { expect } from 'chai'
import { EMPTY, NEVER, of } from 'rxjs'
import type { UpdatesDifference, UpdatesState } from '../../lib/api/types.ts'
import { createEngine, type Engine } from '../../lib/client/engine.ts'
import { systemClock } from '../../lib/runtime/rx/clock.ts'
import type { StoredBox } from '../../lib/runtime/storage/storage.ts'
import { brief, difference, message, news, person, pieces, state, typing } from '../runtime/updates/samples.ts'
import { seededRandom } from '../support/marbles.ts'

interface Running extends Engine {
  readonly log: string[]
  readonly asked: (number | undefined)[]
}

/** An engine that notes everything; the n-th question has the n-th answer. */
function engine(...answers: readonly (UpdatesDifference | UpdatesState)[]): Running {
  const log: string[] = []
  const asked: (number | undefined)[] = []
  const clock = { ...systemClock, elapsed: () => 0, after: () => NEVER }
  const made = createEngine({
    clock,
    random: seededRandom(),
    difference(box: StoredBox | undefined) {
      asked.push(box?.pts)
      const answer = answers[asked.length - 1]
      return answer === undefined ? EMPTY : of(answer)
    },
    seen: (users) => users.length > 0 && log.push(`seen ${users.map((user) => user.id).join()}`),
    deliver: ({ updates, box }) => log.push(`${updates.map(brief).join(' ')}@${box?.pts ?? '?'}`),
    syncing: (isSyncing) => log.push(isSyncing ? 'behind' : 'level'),
  })
  return { ...made, log, asked }
}

const from = { pts: 100 }

describe('client/engine', () => {
  it('keeps batches for the first listener, and forgets nobody meanwhile', () => {
    const { start, piece, release, log } = engine(difference(101, { newMessages: [message(101)], users: [person(7)] }))
    start(from)
    piece(pieces([news(102)]))
    expect(log).to.deep.equal(['behind', 'seen 7', 'level'])
    release()
    piece(pieces([news(103)]))
    expect(log.slice(3)).to.deep.equal(['n101@101', 'n102@102', 'n103@103'])
  })

  it('lets the box move while there is nothing to keep', () => {
    const { start, log } = engine(state(5))
    start(undefined)
    expect(log).to.deep.equal(['behind', '@5', 'level'])
  })

  it('stops when it keeps too much, and goes on from there', () => {
    const made = engine(difference(100), difference(1101, { newMessages: [message(1101)] }))
    made.start(from)
    for (let pts = 101; pts <= 1101; pts++) made.piece(pieces([news(pts)]))
    // Everything after the thousandth is left to the difference.
    made.piece(pieces([news(1102)]))
    made.start(from)
    expect(made.asked).to.deep.equal([100])
    made.release()
    expect(made.asked).to.deep.equal([100, 1100])
    const delivered = made.log.filter((each) => each.startsWith('n'))
    expect(delivered).to.have.length(1001)
    expect(delivered.at(-1)).to.equal('n1101@1101')
  })

  it('lets the updates of a login through, and nothing else, while nobody is signed in', () => {
    const { piece, release, log } = engine()
    piece(pieces([typing]))
    release()
    piece(pieces([typing, news(5)]))
    piece({ _: 'lost', why: 'x' })
    expect(log).to.deep.equal(['UserTyping@?'])
  })

  it('starts once, stops, and starts anew', () => {
    const { start, stop, piece, release, log, asked } = engine(difference(100), state(5))
    release()
    start(from)
    start(from)
    stop()
    piece(pieces([news(101)]))
    start(undefined)
    piece(pieces([news(6)]))
    expect(asked).to.deep.equal([100, undefined])
    expect(log).to.deep.equal(['behind', '@100', 'level', 'level', 'behind', '@5', 'level', 'n6@6'])
  })
})
