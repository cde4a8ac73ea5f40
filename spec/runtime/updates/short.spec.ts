import { expect } from 'chai'
import type { Constructors, MessagesSendMessageParams } from '../../../lib/api/types.ts'
import { expandSent, expandShort, peersOfShort } from '../../../lib/runtime/updates/short.ts'

const SELF = 9
const short: Constructors['updateShortMessage'] = {
  _: 'updateShortMessage',
  id: 5,
  userId: 7,
  message: 'hi',
  pts: 101,
  ptsCount: 1,
  date: 1000,
}
const shortChat: Constructors['updateShortChatMessage'] = {
  ...short,
  _: 'updateShortChatMessage',
  fromId: 7,
  chatId: 3,
}
const user = (userId: number) => ({ _: 'peerUser', userId }) as const

describe('runtime/updates/short', () => {
  it('makes private messages full, of either side', () => {
    const update = expandShort(short, SELF)
    expect(update).to.deep.include({ _: 'updateNewMessage', pts: 101, ptsCount: 1 })
    const theirs = { out: false, id: 5, message: 'hi', date: 1000, fromId: user(7), peerId: user(7) }
    expect(update).to.have.property('message').that.deep.includes(theirs)
    const ours = { out: true, fromId: user(SELF), peerId: user(7) }
    expect(expandShort({ ...short, out: true }, SELF))
      .to.have.property('message')
      .that.deep.includes(ours)
  })

  it('makes messages of groups full', () => {
    const expected = { fromId: user(7), peerId: { _: 'peerChat', chatId: 3 } }
    expect(expandShort(shortChat, SELF)).to.have.property('message').that.deep.includes(expected)
  })

  it('names everyone that a short update speaks of', () => {
    const rich = {
      ...short,
      viaBotId: 11,
      fwdFrom: { _: 'messageFwdHeader', date: 1, fromId: { _: 'peerChannel', channelId: 12 } },
      replyTo: { _: 'messageReplyHeader', replyToPeerId: { _: 'peerChat', chatId: 13 } },
      entities: [{ _: 'messageEntityMentionName', offset: 0, length: 2, userId: 14 }],
    } as const
    const expected = [user(7), user(11), { _: 'peerChannel', channelId: 12 }, { _: 'peerChat', chatId: 13 }, user(14)]
    expect(peersOfShort(rich)).to.deep.equal(expected)
    expect(peersOfShort(shortChat)).to.deep.equal([user(7), { _: 'peerChat', chatId: 3 }])
  })

  const sent = { _: 'updateShortSentMessage', out: true, id: 6, pts: 102, ptsCount: 1, date: 1001 } as const
  const request: MessagesSendMessageParams = {
    peer: { _: 'inputPeerUser', userId: 7, accessHash: 1n },
    message: 'hello',
    randomId: 1n,
    silent: true,
    replyTo: { _: 'inputReplyToMessage', replyToMsgId: 5 },
  }

  it('completes a confirmation from the request', () => {
    const update = expandSent(sent, request, SELF)
    expect(update).to.deep.include({ _: 'updateNewMessage', pts: 102, ptsCount: 1 })
    const expected = {
      out: true,
      id: 6,
      message: 'hello',
      silent: true,
      date: 1001,
      fromId: user(SELF),
      peerId: user(7),
    }
    expect(update).to.have.property('message').that.deep.includes(expected)
    expect(update).to.have.nested.property('message.replyTo.replyToMsgId', 5)
  })

  const peers: readonly (readonly [MessagesSendMessageParams['peer'], unknown])[] = [
    [{ _: 'inputPeerSelf' }, user(SELF)],
    [
      { _: 'inputPeerChat', chatId: 3 },
      { _: 'peerChat', chatId: 3 },
    ],
    [
      { _: 'inputPeerChannel', channelId: 4, accessHash: 1n },
      { _: 'peerChannel', channelId: 4 },
    ],
  ]
  for (const [peer, expected] of peers)
    it(`knows the chat of ${peer._}`, () => {
      expect(expandSent(sent, { ...request, peer }, SELF))
        .to.have.property('message')
        .that.deep.includes({ peerId: expected })
    })

  it('says so when the chat is not in the request', () => {
    expect(expandSent(sent, { ...request, peer: { _: 'inputPeerEmpty' } }, SELF)).to.equal(undefined)
  })
})
