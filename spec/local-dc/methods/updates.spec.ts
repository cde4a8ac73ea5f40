import { expect } from 'chai'
import fc from 'fast-check'
import type { Update, UpdatesDifference } from '../../../lib/api/index.ts'
import { getDifferenceRequest, getStateRequest } from '../../../lib/api/updates.ts'
import { differenceFor } from '../../../lib/local-dc/objects/difference.ts'
import { ptsOf } from '../../../lib/local-dc/world/box.ts'
import { send } from '../../../lib/local-dc/world/send.ts'
import { ANN, type Running, refused, run } from '../running.ts'
import { anOp, type Op, perform, town, type View, viewOf } from '../world/ops.ts'

type Inside = Extract<UpdatesDifference, { newMessages: unknown }>

/** What a client makes of a difference. */
function applied(view: View, { newMessages, otherUpdates }: Inside): View {
  const texts = new Map(view.texts)
  const readInbox = new Map(view.readInbox)
  const readOutbox = new Map(view.readOutbox)
  for (const message of newMessages) if (message._ === 'message') texts.set(message.id, message.message)
  for (const update of otherUpdates) apply(update)
  return { texts, readInbox, readOutbox }

  function apply(update: Update): void {
    if (update._ === 'updateEditMessage' && update.message._ === 'message')
      texts.set(update.message.id, update.message.message)
    if (update._ === 'updateDeleteMessages') for (const id of update.messages) texts.delete(id)
    if (update._ === 'updateReadHistoryInbox' && update.peer._ === 'peerUser')
      readInbox.set(update.peer.userId, update.maxId)
    if (update._ === 'updateReadHistoryOutbox' && update.peer._ === 'peerUser')
      readOutbox.set(update.peer.userId, update.maxId)
  }
}

describe('updates', () => {
  let dc: Running
  beforeEach(async () => {
    dc = await run()
  })
  afterEach(() => dc.stop())

  it('have a state that begins at 1', async () => {
    const ann = await dc.person(ANN)
    const state = await ann.call(getStateRequest())
    expect(state).to.include({ _: 'updates.state', pts: 1, qts: 1, seq: 0, unreadCount: 0 })
    expect(state.date).to.be.greaterThan(1_700_000_000)
  })

  it('are caught up on, in slices', async () => {
    const ann = await dc.person(ANN)
    const [a, b] = dc.users.map(({ id }) => dc.world.accounts.get(id)!) as [never, never]
    const env = { now: Date.now(), elapsed: 0, random: () => new Uint8Array(8) }
    for (let at = 0; at < 3; at++) dc.publish(send(dc.world, env, b, a, { content: { text: `${at}` } }).facts)
    const ask = (pts: number, ptsLimit?: number, ptsTotalLimit?: number) =>
      ann.call(getDifferenceRequest({ pts, ptsLimit, ptsTotalLimit, date: 1, qts: 1 }))
    const slice = await ask(1, 1)
    expect(slice).to.have.nested.property('intermediateState.pts', 2)
    expect(slice).to.have.property('newMessages').with.length(1)
    const rest = await ask(2)
    expect(rest).to.have.nested.property('state.pts', 4)
    expect(rest).to.have.property('users').with.length(2)
    expect(await ask(4)).to.include({ _: 'updates.differenceEmpty', seq: 0 })
    expect(await ask(1, undefined, 2)).to.deep.equal({ _: 'updates.differenceTooLong', pts: 4 })
    expect(await refused(ann, getDifferenceRequest({ pts: 1, date: 0, qts: 0 }))).to.equal('400 DATE_EMPTY')
    expect(await refused(ann, getDifferenceRequest({ pts: 0, date: 1, qts: 0 }))).to.equal(
      '400 PERSISTENT_TIMESTAMP_EMPTY',
    )
    expect(await refused(ann, getDifferenceRequest({ pts: 9, date: 1, qts: 0 }))).to.equal(
      '400 PERSISTENT_TIMESTAMP_INVALID',
    )
  })
})

describe('differences, whatever people do', () => {
  it('lead from any pts, in slices of any size, to what the account sees', () => {
    const ops = fc.array(anOp, { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(ops, fc.integer({ min: 1, max: 7 }), (list: readonly Op[], ptsLimit) => {
        const { world, people, ...rest } = town()
        const here = { world, people, ...rest }
        const past = people.map(({ box }) => [{ pts: ptsOf(box), view: viewOf(box) }])
        for (const op of list) {
          perform(here, op)
          people.forEach(({ box }, at) => void past[at]!.push({ pts: ptsOf(box), view: viewOf(box) }))
        }
        people.forEach((account, at) => {
          for (let { pts, view } of past[at]!) {
            for (;;) {
              const found = differenceFor(world, account, { pts, ptsLimit }, 1)
              if (!('newMessages' in found)) break
              view = applied(view, found)
              const known = new Set(found.users.map(({ id }) => id))
              for (const message of found.newMessages)
                if (message._ === 'message' && message.fromId?._ === 'peerUser')
                  expect(known.has(message.fromId.userId)).to.equal(true)
              for (const update of found.otherUpdates) if ('ptsCount' in update) expect(update.ptsCount).to.equal(0)
              const state = 'state' in found ? found.state : found.intermediateState
              expect(state.pts)
                .to.be.greaterThan(pts)
                .and.at.most(pts + ptsLimit)
              pts = state.pts
              if ('state' in found) break
            }
            expect(view).to.deep.equal(viewOf(account.box))
          }
        })
      }),
      { numRuns: 25 },
    )
  })

  it("repeat the random_id of one's own messages, and say an edit once", () => {
    const here = town(2)
    const [ann, bob] = here.people as [(typeof here.people)[0], (typeof here.people)[0]]
    const { copy } = send(here.world, here.env, ann, bob, { content: { text: 'a' }, randomId: 9n })
    for (const text of ['b', 'c']) perform(here, { _: 'edit', by: 0, pick: 0, text })
    const whole = differenceFor(here.world, ann, { pts: 1 }, 1)
    expect(whole)
      .to.have.property('otherUpdates')
      .that.deep.equals([{ _: 'updateMessageID', id: copy.id, randomId: 9n }])
    expect(whole).to.have.nested.property('newMessages[0].message', 'c')
    const edits = differenceFor(here.world, ann, { pts: 2 }, 1)
    expect(edits).to.have.property('otherUpdates').with.length(1)
    expect(edits).to.have.nested.property('otherUpdates[0].pts', 4)
    expect(edits).to.have.property('newMessages').with.length(0)
  })
})
