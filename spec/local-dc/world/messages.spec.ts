import { expect } from 'chai'
import { addBot, addService } from '../../../lib/local-dc/world/account.ts'
import { isOut, ptsOf, record, unreadOf } from '../../../lib/local-dc/world/box.ts'
import { difference } from '../../../lib/local-dc/world/difference.ts'
import { edit } from '../../../lib/local-dc/world/edit.ts'
import { limits } from '../../../lib/local-dc/world/limits.ts'
import { read } from '../../../lib/local-dc/world/read.ts'
import { remove } from '../../../lib/local-dc/world/remove.ts'
import { send } from '../../../lib/local-dc/world/send.ts'
import { dateOf, type World } from '../../../lib/local-dc/world/world.ts'
import type { FakeEnv } from '../../support/machine.ts'
import { refusal } from '../refusal.ts'
import { town, twinOf } from './ops.ts'

function two() {
  const { world, env, people } = town(2)
  const [ann, bob] = people as [(typeof people)[0], (typeof people)[0]]
  const say = (text: string, from = ann, to = bob) => send(world, env, from, to, { content: { text } })
  return { world: world as { -readonly [Key in keyof World]: World[Key] }, env: env as FakeEnv, ann, bob, say }
}

describe('sending', () => {
  it('makes two copies with ids, pts and views of their own', () => {
    const { world, ann, bob, say } = two()
    say('to myself', bob, bob)
    const { copy, facts } = say('hi')
    const twin = twinOf(world, copy)!
    expect(copy).to.include({ id: 1, peer: bob.id, from: ann.id, pts: 2 })
    expect(twin).to.include({ id: 2, peer: ann.id, from: ann.id, pts: 3 })
    expect([isOut(ann.box, copy), isOut(bob.box, twin)]).to.deep.equal([true, false])
    expect(facts).to.deep.equal([
      { account: ann.id, pts: 2, changes: [{ _: 'new', id: 1 }] },
      { account: bob.id, pts: 3, changes: [{ _: 'new', id: 2 }] },
    ])
    expect([unreadOf(ann.box), unreadOf(bob.box)]).to.deep.equal([0, 1])
  })

  it('keeps one copy of a saved message, neither out nor unread', () => {
    const { ann, say } = two()
    const { copy, facts } = say('note', ann, ann)
    expect(copy).to.include({ peer: ann.id, from: ann.id, twin: undefined })
    expect(isOut(ann.box, copy)).to.equal(false)
    expect(facts).to.have.length(1)
    expect(unreadOf(ann.box)).to.equal(0)
  })

  it('keeps what the service account sends with the receiver alone', () => {
    const { world, env, ann } = two()
    const service = addService(world)
    const { copy, facts } = send(world, env, service, ann, { content: { text: 'news' } })
    expect(copy).to.include({ peer: service.id, from: service.id, twin: undefined })
    expect(facts.map(({ account }) => account)).to.deep.equal([ann.id])
    expect(service.box.messages.size).to.equal(0)
  })

  it('answers a repeated random_id with the first message, and nothing happens', () => {
    const { world, env, ann, bob } = two()
    const draft = { content: { text: 'once' }, randomId: 7n }
    const first = send(world, env, ann, bob, draft)
    const again = send(world, env, ann, bob, draft)
    expect(again).to.deep.equal({ copy: first.copy, repeated: true, facts: [] })
    expect(ptsOf(bob.box)).to.equal(2)
    expect(send(world, env, bob, ann, draft).repeated).to.equal(false)
  })

  it('refuses a repeated random_id when the world is made so, or the message is gone', () => {
    const { world, env, ann, bob } = two()
    const draft = { content: { text: 'once' }, randomId: 7n }
    const { copy } = send(world, env, ann, bob, draft)
    world.duplicates = 'error'
    expect(refusal(() => send(world, env, ann, bob, draft))).to.include({ code: 500, text: 'RANDOM_ID_DUPLICATE' })
    world.duplicates = 'original'
    remove(world, env, ann, [copy.id], false)
    expect(refusal(() => send(world, env, ann, bob, draft))).to.include({ text: 'RANDOM_ID_DUPLICATE' })
    expect(refusal(() => send(world, env, ann, bob, { ...draft, randomId: 0n }))).to.include({
      text: 'RANDOM_ID_EMPTY',
    })
  })

  it('gives a reply the ids of each side, and drops one that leads nowhere', () => {
    const { world, env, ann, bob, say } = two()
    say('note', bob, bob)
    const first = say('question')
    const answer = send(world, env, bob, ann, { content: { text: 'answer' }, reply: { id: first.copy.twin! } })
    expect(answer.copy.reply).to.deep.equal({ id: 2 })
    expect(twinOf(world, answer.copy)!.reply).to.deep.equal({ id: 1 })
    expect(send(world, env, bob, ann, { content: { text: 'x' }, reply: { id: 1 } }).copy.reply).to.equal(undefined)
    remove(world, env, ann, [first.copy.id], false)
    const late = send(world, env, bob, ann, { content: { text: 'x' }, reply: { id: 2 } })
    expect([late.copy.reply?.id, twinOf(world, late.copy)!.reply]).to.deep.equal([2, undefined])
  })

  const bold = (offset: number, length: number) => ({ _: 'messageEntityBold', offset, length }) as const
  const refused = [
    ['an empty text', { text: ' \n' }, 'MESSAGE_EMPTY'],
    ['a text of 4,097', { text: 'x'.repeat(limits.text + 1) }, 'MESSAGE_TOO_LONG'],
    ['an entity that reaches out', { text: 'abc', entities: [bold(1, 3)] }, 'ENTITY_BOUNDS_INVALID'],
    ['an entity before the text', { text: 'abc', entities: [bold(-1, 1)] }, 'ENTITY_BOUNDS_INVALID'],
    [
      'too many entities',
      { text: 'abc', entities: Array.from({ length: 101 }, () => bold(0, 1)) },
      'ENTITIES_TOO_LONG',
    ],
  ] as const
  for (const [what, content, text] of refused)
    it(`refuses ${what}, and nothing happens`, () => {
      const { world, env, ann, bob } = two()
      expect(refusal(() => send(world, env, ann, bob, { content }))).to.include({ code: 400, text })
      expect([ptsOf(ann.box), ptsOf(bob.box)]).to.deep.equal([1, 1])
    })

  it('takes a text of 4,096', () => {
    expect(two().say('x'.repeat(limits.text)).copy.id).to.equal(1)
  })

  it('never dates backwards', () => {
    const { world, env } = two()
    const before = dateOf(world, env)
    env.now -= 5_000
    expect(dateOf(world, env)).to.equal(before)
    env.now += 65_000
    expect(dateOf(world, env)).to.equal(before + 60)
  })
})

describe('editing', () => {
  it('changes both copies', () => {
    const { world, env, ann, bob, say } = two()
    const { copy } = say('hi')
    env.now += 10_000
    const { facts } = edit(world, env, ann, copy.id, { text: 'hello' })
    expect(facts).to.deep.equal([
      { account: ann.id, pts: 3, changes: [{ _: 'edited', id: 1 }] },
      { account: bob.id, pts: 3, changes: [{ _: 'edited', id: 1 }] },
    ])
    expect(twinOf(world, copy)).to.deep.include({
      content: { text: 'hello', entities: undefined },
      editDate: copy.date + 10,
    })
  })

  it('leaves the other copy alone when it is gone', () => {
    const { world, env, ann, bob, say } = two()
    const { copy } = say('hi')
    remove(world, env, bob, [copy.twin!], false)
    expect(edit(world, env, ann, copy.id, { text: 'hello' }).facts.map(({ account }) => account)).to.deep.equal([
      ann.id,
    ])
  })

  it('refuses what may not be edited', () => {
    const { world, env, ann, bob, say } = two()
    const { copy } = say('hi')
    expect(refusal(() => edit(world, env, ann, 9, { text: 'x' }))).to.include({ code: 400, text: 'MESSAGE_ID_INVALID' })
    expect(refusal(() => edit(world, env, bob, copy.twin!, { text: 'x' }))).to.include({
      code: 403,
      text: 'MESSAGE_AUTHOR_REQUIRED',
    })
    expect(refusal(() => edit(world, env, ann, copy.id, { text: 'hi' }))).to.include({ text: 'MESSAGE_NOT_MODIFIED' })
    env.now += (limits.editAge + 1) * 1000
    expect(refusal(() => edit(world, env, ann, copy.id, { text: 'x' }))).to.include({
      text: 'MESSAGE_EDIT_TIME_EXPIRED',
    })
    const bot = addBot(world, { token: '5:a', username: 'some_bot' })
    const { copy: sent } = send(world, env, bot, ann, { content: { text: 'hi' } })
    env.now += (limits.editAge + 1) * 1000
    expect(edit(world, env, bot, sent.id, { text: 'x' }).facts).to.have.length(2)
  })
})

describe('deleting', () => {
  it('takes a message from one side, or from both', () => {
    const { world, env, ann, bob, say } = two()
    const first = say('a').copy
    const second = say('b').copy
    expect(remove(world, env, ann, [first.id, 99, first.id], false)).to.deep.equal([
      { account: ann.id, pts: 4, changes: [{ _: 'deleted', id: 1 }] },
    ])
    expect(remove(world, env, bob, [1, 2], true)).to.deep.equal([
      {
        account: bob.id,
        pts: 5,
        changes: [
          { _: 'deleted', id: 1 },
          { _: 'deleted', id: 2 },
        ],
      },
      { account: ann.id, pts: 5, changes: [{ _: 'deleted', id: second.id }] },
    ])
    expect([ann.box.messages.size, bob.box.messages.size]).to.deep.equal([0, 0])
    expect(remove(world, env, ann, [first.id], true)).to.deep.equal([])
  })
})

describe('reading', () => {
  it('moves the mark of the reader and tells the other how far', () => {
    const { world, env, ann, bob, say } = two()
    say('note', bob, bob)
    for (const text of ['a', 'b', 'c']) say(text)
    expect(read(world, env, bob, ann, 3)).to.deep.equal([
      { account: bob.id, pts: 6, changes: [{ _: 'readInbox', peer: ann.id, maxId: 3, unread: 1 }] },
      { account: ann.id, pts: 5, changes: [{ _: 'readOutbox', peer: bob.id, maxId: 2 }] },
    ])
    expect(read(world, env, bob, ann, 3)).to.deep.equal([])
    expect(read(world, env, bob, ann, 0)[0]!.changes).to.deep.equal([
      { _: 'readInbox', peer: ann.id, maxId: 4, unread: 0 },
    ])
    expect(read(world, env, bob, ann, 99)).to.deep.equal([])
    expect(read(world, env, ann, bob, 99)).to.deep.equal([])
  })

  it('tells bots nothing', () => {
    const { world, env, ann } = two()
    const bot = addBot(world, { token: '5:a', username: 'some_bot' })
    send(world, env, bot, ann, { content: { text: 'hi' } })
    expect(read(world, env, ann, bot, 0).map(({ account }) => account)).to.deep.equal([ann.id])
    expect(ptsOf(bot.box)).to.equal(2)
  })
})

describe('the log', () => {
  it('forgets its beginning when it is full, and goes on counting', () => {
    const { ann } = two()
    for (let at = 0; at < limits.log + 1; at++) record(ann.box, at, [{ _: 'deleted', id: at }])
    expect(ptsOf(ann.box)).to.equal(limits.log + 2)
    expect(ann.box.log).to.have.length(limits.log + 1 - limits.logStep)
    expect(ann.box.log[0]!.pts).to.equal(ann.box.logBase + 1)
    expect(difference(ann.box, { pts: 5 })).to.deep.equal({ _: 'tooLong', pts: limits.log + 2 })
  })
})

describe('the difference', () => {
  it('refuses a pts that can not be, and is empty when nothing happened', () => {
    const { ann, say } = two()
    say('a')
    expect(refusal(() => difference(ann.box, { pts: 0 }))).to.include({ text: 'PERSISTENT_TIMESTAMP_EMPTY' })
    expect(refusal(() => difference(ann.box, { pts: 3 }))).to.include({ text: 'PERSISTENT_TIMESTAMP_INVALID' })
    expect(difference(ann.box, { pts: 2 })).to.deep.equal({ _: 'empty' })
  })

  it('comes in slices, and is too long past the limit that was asked for or what is remembered', () => {
    const { ann, say } = two()
    for (let at = 0; at < 4; at++) say('a')
    const slice = difference(ann.box, { pts: 1, ptsLimit: 1 })
    expect(slice).to.include({ _: 'entries', pts: 2, more: true })
    expect(difference(ann.box, { pts: 1 })).to.include({ _: 'entries', pts: 5, more: false })
    expect(difference(ann.box, { pts: 1, ptsTotalLimit: 3 })).to.deep.equal({ _: 'tooLong', pts: 5 })
    ann.box.log = ann.box.log.slice(2)
    ann.box.logBase += 2
    expect(difference(ann.box, { pts: 2 })).to.deep.equal({ _: 'tooLong', pts: 5 })
    expect(difference(ann.box, { pts: 3 })).to.include({ _: 'entries', pts: 5 })
  })
})
