import { expect } from 'chai'
import type { InputPeer, Message, Updates } from '../../../lib/api/index.ts'
import {
  deleteMessagesRequest,
  editMessageRequest,
  getDialogsRequest,
  getHistoryRequest,
  getMessagesRequest,
  getPeerDialogsRequest,
  getPinnedDialogsRequest,
  readHistoryRequest,
  sendMessageRequest,
  setTypingRequest,
} from '../../../lib/api/messages.ts'
import type { RawClient } from '../../support/raw-client.ts'
import { ANN, BOB, peerOf, pushed, pushes, type Running, refused, run } from '../running.ts'

const HISTORY = { offsetId: 0, offsetDate: 0, addOffset: 0, limit: 10, maxId: 0, minId: 0, hash: 0n }
const DIALOGS = { offsetDate: 0, offsetId: 0, offsetPeer: { _: 'inputPeerEmpty' }, limit: 10, hash: 0n } as const
let randomId = 0n

const say = (peer: InputPeer, message: string, more: Partial<Parameters<typeof sendMessageRequest>[0]> = {}) =>
  sendMessageRequest({ peer, message, randomId: ++randomId, ...more })

function updatesIn(updates: Updates) {
  if (updates._ !== 'updates') throw new Error(`expected updates, got ${updates._}`)
  return updates
}

const texts = (messages: readonly Message[]) => messages.map((each) => (each._ === 'message' ? each.message : each._))

describe('messages', () => {
  let dc: Running
  let ann: RawClient
  let bob: RawClient
  let toBob: InputPeer
  let toAnn: InputPeer
  beforeEach(async () => {
    dc = await run()
    ;[ann, bob] = [await dc.person(ANN), await dc.person(BOB)]
    ;[toBob, toAnn] = [await peerOf(ann, BOB), await peerOf(bob, ANN)]
  })
  afterEach(() => dc.stop())

  it('are sent: the answer has the id first and both people, the other side gets a push with a pts of its own', async () => {
    await bob.call(say({ _: 'inputPeerSelf' }, 'note'))
    const request = say(toBob, 'hi', { silent: true })
    const answer = updatesIn(await ann.call(request))
    expect(answer.updates[0]).to.deep.equal({
      _: 'updateMessageID',
      id: 1,
      randomId: request.params === undefined ? 0n : randomId,
    })
    expect(answer.updates[1]).to.deep.include({ _: 'updateNewMessage', pts: 2, ptsCount: 1 })
    expect(answer.updates[1])
      .to.have.property('message')
      .that.includes({ id: 1, out: true, message: 'hi', silent: true })
    expect(answer.users.map(({ id }) => id)).to.have.members(dc.users.map(({ id }) => id))
    expect(answer).to.include({ seq: 0 })
    const push = updatesIn((await pushes(bob, 1))[0]!)
    expect(push.updates).to.have.length(1)
    expect(push.updates[0]).to.deep.include({ _: 'updateNewMessage', pts: 3, ptsCount: 1 })
    expect(push.updates[0]).to.have.property('message').that.includes({ id: 2, out: false, message: 'hi' })
    expect(push.users.map((user) => [user.id, user._ === 'user' && user.self])).to.have.deep.members([
      [dc.users[0]!.id, false],
      [dc.users[1]!.id, true],
    ])
    expect(pushed(ann)).to.deep.equal([])
  })

  it('carry entities, replies and quotes', async () => {
    const bold = { _: 'messageEntityBold', offset: 0, length: 2 } as const
    const mention = {
      _: 'inputMessageEntityMentionName',
      offset: 3,
      length: 3,
      userId: { _: 'inputUser', userId: dc.users[1]!.id, accessHash: 'accessHash' in toBob ? toBob.accessHash : 0n },
    } as const
    const nobody = { ...mention, userId: { _: 'inputUserEmpty' } } as const
    await ann.call(say(toBob, 'hi bob', { entities: [bold, mention, nobody] }))
    const [first] = await pushes(bob, 1)
    expect(first)
      .to.have.nested.property('updates[0].message.entities')
      .that.deep.equals([bold, { _: 'messageEntityMentionName', offset: 3, length: 3, userId: dc.users[1]!.id }])
    const replyTo = {
      _: 'inputReplyToMessage',
      replyToMsgId: 1,
      quoteText: 'hi',
      quoteOffset: 0,
      quoteEntities: [bold],
    } as const
    await bob.call(say(toAnn, 'hello', { replyTo }))
    const [reply] = await pushes(ann, 1)
    expect(reply)
      .to.have.nested.property('updates[0].message.replyTo')
      .that.deep.includes({ replyToMsgId: 1, quote: true, quoteText: 'hi', quoteEntities: [bold], quoteOffset: 0 })
  })

  it('are the same again under the same random_id', async () => {
    const request = say(toBob, 'once')
    const first = updatesIn(await ann.call(request))
    await ann.call(say(toBob, 'twice'))
    const again = updatesIn(await ann.call(request))
    expect(again.updates).to.deep.equal(first.updates)
    expect(pushed(bob)).to.have.length(2)
  })

  it('come with keyboards from bots alone', async () => {
    const replyMarkup = { _: 'replyKeyboardHide' } as const
    await ann.call(say(toBob, 'plain', { replyMarkup }))
    expect((await pushes(bob, 1))[0]).to.have.nested.property('updates[0].message.replyMarkup', undefined)
    const bot = await dc.bot()
    await ann.call(say(await peerOf(ann, 'echo_bot'), '/start'))
    const from = { _: 'inputPeerUser', userId: dc.users[0]!.id, accessHash: 0n } as const
    await bot.call(say(from, 'choose', { replyMarkup }))
    expect((await pushes(ann, 1))[0]).to.have.nested.property('updates[0].message.replyMarkup._', 'replyKeyboardHide')
  })

  it('are refused when they can not be', async () => {
    const rows = [
      [say({ _: 'inputPeerEmpty' }, 'x'), '400 PEER_ID_INVALID'],
      [say({ _: 'inputPeerChat', chatId: 1 }, 'x'), '400 CHAT_ID_INVALID'],
      [say({ _: 'inputPeerChannel', channelId: 1, accessHash: 0n }, 'x'), '400 CHANNEL_INVALID'],
      [say({ _: 'inputPeerUser', userId: dc.users[1]!.id, accessHash: 1n }, 'x'), '400 PEER_ID_INVALID'],
      [say(toBob, ''), '400 MESSAGE_EMPTY'],
      [say(toBob, 'x'.repeat(4097)), '400 MESSAGE_TOO_LONG'],
      [say(toBob, 'x', { randomId: 0n }), '400 RANDOM_ID_EMPTY'],
      [say(toBob, 'x', { scheduleDate: 5 }), '400 SCHEDULE_DATE_INVALID'],
      [say(toBob, 'x', { sendAs: toBob }), '400 SEND_AS_PEER_INVALID'],
      [say(toBob, 'x', { effect: 5n }), '400 SEND_MESSAGE_TYPE_INVALID'],
      [say(toBob, 'x', { replyTo: { _: 'inputReplyToStory', peer: toBob, storyId: 1 } }), '400 MSG_ID_INVALID'],
      [
        say(toBob, 'x', {
          replyTo: { _: 'inputReplyToMessage', replyToMsgId: 1, replyToPeerId: { _: 'inputPeerSelf' } },
        }),
        '400 MSG_ID_INVALID',
      ],
    ] as const
    for (const [request, error] of rows) expect(await refused(ann, request)).to.equal(error)
    expect(pushed(bob)).to.deep.equal([])
  })

  it('are edited on both sides', async () => {
    await ann.call(say(toBob, 'hi'))
    const answer = updatesIn(await ann.call(editMessageRequest({ peer: toBob, id: 1, message: 'hello' })))
    expect(answer.updates).to.have.length(1)
    expect(answer.updates[0]).to.deep.include({ _: 'updateEditMessage', pts: 3, ptsCount: 1 })
    expect(answer.updates[0]).to.have.nested.property('message.editDate').that.is.a('number')
    expect((await pushes(bob, 2))[1]).to.have.nested.property('updates[0].message.message', 'hello')
    const rows = [
      [editMessageRequest({ peer: toBob, id: 1, message: 'hello' }), '400 MESSAGE_NOT_MODIFIED'],
      [editMessageRequest({ peer: { _: 'inputPeerSelf' }, id: 1, message: 'x' }), '400 MESSAGE_ID_INVALID'],
      [editMessageRequest({ peer: toBob, id: 9, message: 'x' }), '400 MESSAGE_ID_INVALID'],
      [editMessageRequest({ peer: toBob, id: 1, media: { _: 'inputMediaEmpty' } }), '400 MEDIA_INVALID'],
      [editMessageRequest({ peer: toBob, id: 1, message: 'x', scheduleDate: 1 }), '400 SCHEDULE_DATE_INVALID'],
    ] as const
    for (const [request, error] of rows) expect(await refused(ann, request)).to.equal(error)
    expect(await refused(bob, editMessageRequest({ peer: toAnn, id: 1, message: 'x' }))).to.equal(
      '403 MESSAGE_AUTHOR_REQUIRED',
    )
  })

  it('are deleted for oneself, or for both', async () => {
    for (const text of ['a', 'b', 'c']) await ann.call(say(toBob, text))
    expect(await ann.call(deleteMessagesRequest({ id: [1, 9] }))).to.deep.equal({
      _: 'messages.affectedMessages',
      pts: 5,
      ptsCount: 1,
    })
    expect(pushed(bob)).to.have.length(3)
    expect(await ann.call(deleteMessagesRequest({ id: [2, 3], revoke: true }))).to.deep.equal({
      _: 'messages.affectedMessages',
      pts: 7,
      ptsCount: 2,
    })
    expect((await pushes(bob, 4))[3])
      .to.have.property('updates')
      .that.deep.equals([{ _: 'updateDeleteMessages', messages: [2, 3], pts: 6, ptsCount: 2 }])
    expect(await ann.call(deleteMessagesRequest({ id: [2] }))).to.deep.equal({
      _: 'messages.affectedMessages',
      pts: 7,
      ptsCount: 0,
    })
    expect(await refused(ann, deleteMessagesRequest({ id: Array.from({ length: 101 }, (_, at) => at) }))).to.equal(
      '400 LIMIT_INVALID',
    )
  })

  it("are read: by the reader's pts, and the writer is told", async () => {
    for (const text of ['a', 'b']) await ann.call(say(toBob, text))
    expect(await bob.call(readHistoryRequest({ peer: toAnn, maxId: 1 }))).to.deep.equal({
      _: 'messages.affectedMessages',
      pts: 4,
      ptsCount: 1,
    })
    expect(await bob.call(readHistoryRequest({ peer: toAnn, maxId: 1 }))).to.deep.equal({
      _: 'messages.affectedMessages',
      pts: 4,
      ptsCount: 0,
    })
    expect((await pushes(ann, 1))[0])
      .to.have.property('updates')
      .that.deep.equals([
        {
          _: 'updateReadHistoryOutbox',
          peer: { _: 'peerUser', userId: dc.users[1]!.id },
          maxId: 1,
          pts: 4,
          ptsCount: 1,
        },
      ])
  })

  it('are listed, newest first, with everybody in them', async () => {
    for (const text of ['a', 'b', 'c']) await ann.call(say(toBob, text))
    const all = await bob.call(getHistoryRequest({ peer: toAnn, ...HISTORY }))
    if (all._ !== 'messages.messages') throw new Error(`expected messages.messages, got ${all._}`)
    expect(texts(all.messages)).to.deep.equal(['c', 'b', 'a'])
    expect(all.users.map(({ id }) => id)).to.have.members(dc.users.map(({ id }) => id))
    const slice = await bob.call(getHistoryRequest({ peer: toAnn, ...HISTORY, limit: 2 }))
    expect(slice).to.include({ _: 'messages.messagesSlice', count: 3 })
    const none = await bob.call(getHistoryRequest({ peer: await peerOf(bob, 'echo_bot'), ...HISTORY }))
    expect(none).to.deep.include({ _: 'messages.messages', messages: [] })
  })

  it('are given one by one, in the order that was asked for', async () => {
    await ann.call(say(toBob, 'a'))
    await ann.call(say(toBob, 'b', { replyTo: { _: 'inputReplyToMessage', replyToMsgId: 1 } }))
    const found = await ann.call(
      getMessagesRequest({
        id: [
          { _: 'inputMessageID', id: 2 },
          { _: 'inputMessageID', id: 7 },
          { _: 'inputMessageReplyTo', id: 2 },
          { _: 'inputMessagePinned' },
        ],
      }),
    )
    if (found._ !== 'messages.messages') throw new Error(`expected messages.messages, got ${found._}`)
    expect(found.messages.map((each) => [each._, each.id])).to.deep.equal([
      ['message', 2],
      ['messageEmpty', 7],
      ['message', 1],
      ['messageEmpty', 0],
    ])
    const many = Array.from({ length: 101 }, (_, id) => ({ _: 'inputMessageID', id }) as const)
    expect(await refused(ann, getMessagesRequest({ id: many }))).to.equal('400 LIMIT_INVALID')
  })

  it('have dialogs with their newest message, and what is unread', async () => {
    const toBot = await peerOf(ann, 'echo_bot')
    await ann.call(say(toBot, 'first'))
    for (const text of ['a', 'b']) await bob.call(say(toAnn, text))
    const all = await ann.call(getDialogsRequest(DIALOGS))
    if (all._ !== 'messages.dialogs') throw new Error(`expected messages.dialogs, got ${all._}`)
    expect(
      all.dialogs.map((dialog) => dialog._ === 'dialog' && [dialog.topMessage, dialog.unreadCount, dialog.pts]),
    ).to.deep.equal([
      [3, 2, undefined],
      [1, 0, undefined],
    ])
    expect(texts(all.messages)).to.deep.equal(['b', 'first'])
    const first = await ann.call(getDialogsRequest({ ...DIALOGS, limit: 1, excludePinned: true }))
    expect(first).to.include({ _: 'messages.dialogsSlice', count: 2 })
    const top = all.messages[0]!
    const next = await ann.call(
      getDialogsRequest({
        ...DIALOGS,
        offsetId: top.id,
        offsetDate: top._ === 'message' ? top.date : 0,
        offsetPeer: toBob,
      }),
    )
    expect(next).to.have.property('dialogs').with.length(1)
    expect(await ann.call(getDialogsRequest({ ...DIALOGS, folderId: 1 }))).to.deep.include({
      _: 'messages.dialogs',
      dialogs: [],
    })
    const one = await ann.call(
      getPeerDialogsRequest({
        peers: [
          { _: 'inputDialogPeer', peer: toBob },
          { _: 'inputDialogPeer', peer: { _: 'inputPeerSelf' } },
          { _: 'inputDialogPeerFolder', folderId: 1 },
        ],
      }),
    )
    expect(one.dialogs).to.have.length(1)
    expect(one.state).to.include({ pts: 4, qts: 1, unreadCount: 2 })
    expect(await ann.call(getPinnedDialogsRequest({ folderId: 0 }))).to.deep.include({ dialogs: [], messages: [] })
  })

  it('are announced by typing, to people alone', async () => {
    const action = { _: 'sendMessageTypingAction' } as const
    const bot = await dc.bot()
    expect(await ann.call(setTypingRequest({ peer: toBob, action }))).to.equal(true)
    const [typing] = await pushes(bob, 1)
    expect(typing)
      .to.have.property('update')
      .that.deep.includes({ _: 'updateUserTyping', userId: dc.users[0]!.id, action })
    await ann.call(setTypingRequest({ peer: await peerOf(ann, 'echo_bot'), action }))
    await ann.call(setTypingRequest({ peer: { _: 'inputPeerSelf' }, action }))
    expect([pushed(bot), pushed(ann)]).to.deep.equal([[], []])
  })

  it('refuse to bots what is for people', async () => {
    const bot = await dc.bot()
    const peer = { _: 'inputPeerUser', userId: dc.users[0]!.id, accessHash: 0n } as const
    for (const request of [
      getHistoryRequest({ peer, ...HISTORY }),
      getDialogsRequest(DIALOGS),
      getPeerDialogsRequest({ peers: [] }),
      getPinnedDialogsRequest({ folderId: 0 }),
      readHistoryRequest({ peer, maxId: 0 }),
    ])
      expect(await refused(bot, request)).to.equal('400 BOT_METHOD_INVALID')
    expect(await refused(bot, say({ _: 'inputPeerUser', userId: dc.bots[0]!.id, accessHash: 0n }, 'me'))).to.equal(
      '400 USER_IS_BOT',
    )
  })
})
