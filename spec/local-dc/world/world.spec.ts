import { expect } from 'chai'
import fc from 'fast-check'
import { type Change, ptsOf, unreadIn, unreadOf } from '../../../lib/local-dc/world/box.ts'
import { difference } from '../../../lib/local-dc/world/difference.ts'
import { anOp, type Op, perform, town, twinOf, type View, viewOf } from './ops.ts'

const ops = fc.array(anOp, { minLength: 1, maxLength: 60 })

/** Plays a log on an older view, as a client does with a difference. */
function replay(view: View, changes: readonly Change[], textOf: (id: number) => string | undefined): View {
  const texts = new Map(view.texts)
  const readInbox = new Map(view.readInbox)
  const readOutbox = new Map(view.readOutbox)
  for (const change of changes) {
    if (change._ === 'deleted') texts.delete(change.id)
    else if (change._ === 'readInbox') readInbox.set(change.peer, change.maxId)
    else if (change._ === 'readOutbox') readOutbox.set(change.peer, change.maxId)
    else {
      const text = textOf(change.id)
      if (text !== undefined) texts.set(change.id, text)
    }
  }
  return { texts, readInbox, readOutbox }
}

describe('the world, whatever people do', () => {
  it('gives every change of an account the next pts, and every log one entry for each', () => {
    fc.assert(
      fc.property(ops, (list: readonly Op[]) => {
        const here = town()
        const pts = new Map(here.people.map(({ id }) => [id, 1]))
        for (const op of list) {
          for (const fact of perform(here, op)) {
            expect(fact.pts).to.equal(pts.get(fact.account)! + fact.changes.length)
            pts.set(fact.account, fact.pts)
          }
        }
        for (const { id, box } of here.people) {
          expect(ptsOf(box)).to.equal(pts.get(id))
          expect(box.log.map((entry) => entry.pts)).to.deep.equal(box.log.map((_, at) => at + 2))
        }
      }),
      { numRuns: 60 },
    )
  })

  it('has a difference from any pts, in slices of any size, that leads to the same view', () => {
    fc.assert(
      fc.property(ops, fc.integer({ min: 1, max: 5 }), (list: readonly Op[], slice) => {
        const here = town()
        const views = here.people.map(({ box }) => [{ pts: ptsOf(box), view: viewOf(box) }])
        for (const op of list) {
          perform(here, op)
          here.people.forEach(({ box }, at) => void views[at]!.push({ pts: ptsOf(box), view: viewOf(box) }))
        }
        here.people.forEach(({ box }, at) => {
          for (const past of views[at]!) {
            let { pts, view } = past
            for (let turn = 0; ; turn++) {
              expect(turn).to.be.lessThan(1000)
              const found = difference(box, { pts, ptsLimit: slice })
              if (found._ !== 'entries') break
              expect(found.entries.length).to.be.at.most(slice)
              const changes = found.entries.map(({ change }) => change)
              view = replay(view, changes, (id) => box.messages.get(id)?.content.text)
              pts = found.pts
              if (!found.more) break
            }
            expect(pts).to.equal(ptsOf(box))
            expect(view).to.deep.equal(viewOf(box))
          }
        })
      }),
      { numRuns: 30 },
    )
  })

  it('keeps the two copies of a message alike', () => {
    fc.assert(
      fc.property(ops, (list: readonly Op[]) => {
        const here = town()
        for (const op of list) perform(here, op)
        for (const { box } of here.people) {
          for (const copy of box.messages.values()) {
            const twin = twinOf(here.world, copy)
            if (copy.twin === undefined) continue
            expect(twin).to.include({
              from: copy.from,
              date: copy.date,
              peer: box.owner,
              twin: copy.id,
              editDate: copy.editDate,
            })
            expect(twin!.content.text).to.equal(copy.content.text)
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  it('has dialogs that hold exactly the messages, in ascending order, and counts what is unread', () => {
    fc.assert(
      fc.property(ops, (list: readonly Op[]) => {
        const here = town()
        for (const op of list) perform(here, op)
        for (const { box } of here.people) {
          const listed = [...box.dialogs.values()].flatMap(({ ids }) => ids)
          expect(listed.toSorted((a, b) => a - b)).to.deep.equal([...box.messages.keys()].toSorted((a, b) => a - b))
          let unread = 0
          for (const dialog of box.dialogs.values()) {
            expect(dialog.ids).to.deep.equal(dialog.ids.toSorted((a, b) => a - b))
            const counted = dialog.ids.filter(
              (id) => id > dialog.readInboxMaxId && box.messages.get(id)!.from !== box.owner,
            )
            expect(unreadIn(box, dialog)).to.equal(counted.length)
            unread += counted.length
          }
          expect(unreadOf(box)).to.equal(unread)
        }
      }),
      { numRuns: 60 },
    )
  })
})
