import { expect } from 'chai'
import { RpcError } from '../../../lib/core/errors.ts'
import { schemaModel, type TypeRef } from '../../../lib/core/schema/model.ts'
import { schemaCodec, type TlObject } from '../../../lib/local-dc/layers/codec.ts'
import { writeDown } from '../../../lib/local-dc/layers/write-down.ts'
import { boxed, own, schemaText, without } from './schemas.ts'

/** A layer that lacks things which 224 has. */
const older = schemaModel(
  without(schemaText(224), [
    'messageActionPinMessage',
    'messageEntitySpoiler',
    'messageMediaDice',
    'userStatusRecently',
    'updateNewMessage',
    'updateUserStatus',
    'updateBotStopped',
    'reactionCustomEmoji',
  ]),
)
const codec = schemaCodec(older)
const down = writeDown(own, codec)

function through(type: TypeRef, value: TlObject): TlObject {
  return codec.read(type, down.value(type, value)) as TlObject
}

const NEAREST = { _: 'nearestDc', country: 'X', thisDc: 1, nearestDc: 2 }
/** A dialog but for its peer. */
const DIALOG = {
  _: 'dialog',
  topMessage: 1,
  readInboxMaxId: 0,
  readOutboxMaxId: 0,
  unreadCount: 0,
  unreadMentionsCount: 0,
  unreadReactionsCount: 0,
  unreadPollVotesCount: 0,
  notifySettings: { _: 'peerNotifySettings' },
}
const peer = { _: 'peerUser', userId: 7 }
const message = { _: 'message', id: 1, peerId: peer, date: 2, message: 'secret plan', out: true }

describe('what a layer lacks', () => {
  it('becomes its stand-in: media, action, status', () => {
    const dice = { ...message, media: { _: 'messageMediaDice', value: 6, emoticon: '🎲' } }
    expect(through(boxed('Message'), dice)).to.deep.include({
      _: 'message',
      media: { _: 'messageMediaUnsupported' },
      out: true,
    })
    const pinned = { _: 'messageService', id: 1, peerId: peer, date: 2, action: { _: 'messageActionPinMessage' } }
    expect(through(boxed('Message'), pinned)).to.deep.include({ id: 1, action: { _: 'messageActionEmpty' } })
    const user = { _: 'user', id: 7, firstName: 'A', status: { _: 'userStatusRecently', byMe: true } }
    expect(through(boxed('User'), user)).to.deep.include({ id: 7, firstName: 'A', status: { _: 'userStatusEmpty' } })
  })

  it('keeps what its stand-in has as well: where an entity is', () => {
    const entities = [
      { _: 'messageEntityBold', offset: 0, length: 6 },
      { _: 'messageEntitySpoiler', offset: 7, length: 4 },
    ]
    expect(through(boxed('Message'), { ...message, entities })['entities']).to.deep.equal([
      { _: 'messageEntityBold', offset: 0, length: 6 },
      { _: 'messageEntityUnknown', offset: 7, length: 4 },
    ])
  })

  it('becomes the nearest thing: a community a channel that can not be entered, its words a text', () => {
    const community = { _: 'community', id: 9, accessHash: 5n, title: 'C', photo: { _: 'chatPhotoEmpty' }, date: 1 }
    const { chats } = through(boxed('messages.Chats'), { _: 'messages.chats', chats: [community] }) as unknown as {
      chats: TlObject[]
    }
    expect(chats[0]).to.deep.include({ _: 'channelForbidden', id: 9, accessHash: 5n, title: 'C' })
    const hidden = { ...community, _: 'communityForbidden', accessHash: undefined }
    expect(through(boxed('Chat'), hidden)).to.deep.include({ _: 'channelForbidden', id: 9, accessHash: 0n, title: 'C' })
    const text = {
      _: 'textSpoiler',
      text: { _: 'textBold', text: { _: 'textHashtag', text: { _: 'textPlain', text: '#x' } } },
    }
    expect(through(boxed('RichText'), text)).to.deep.equal({ _: 'textBold', text: { _: 'textPlain', text: '#x' } })
    expect(through(boxed('RichText'), { _: 'textMath', source: 'a^2' })).to.deep.equal({ _: 'textPlain', text: 'a^2' })
    const pin = { _: 'updateDialogPinned', pinned: true, peer: { _: 'dialogPeerCommunity', communityId: 9 } }
    expect(through(boxed('Update'), pin)['peer']).to.deep.equal({
      _: 'dialogPeer',
      peer: { _: 'peerChannel', channelId: 9 },
    })
  })

  it('clears its flag, or leaves its vector', () => {
    const draft = { _: 'draftMessage', message: 'x', date: 1, replyTo: { _: 'inputReplyToEphemeralMessage', id: 3 } }
    expect(through(boxed('DraftMessage'), draft)).to.deep.include({ message: 'x', replyTo: undefined })
    const dialogs = [
      { _: 'dialogCommunity', communityId: 1, notifySettings: { _: 'peerNotifySettings' } },
      ...[2, 3].map((userId) => ({
        ...DIALOG,
        peer: { _: 'peerUser', userId },
      })),
    ]
    const answer = { _: 'messages.dialogs', dialogs, messages: [], chats: [], users: [] }
    const read = through(boxed('messages.Dialogs'), answer) as unknown as { dialogs: { peer: unknown }[] }
    expect(read.dialogs.map((dialog) => dialog.peer)).to.deep.equal([2, 3].map((userId) => ({ _: 'peerUser', userId })))
  })

  it('drops fields that the layer lacks, and gives zeros for those that only the layer has', () => {
    const edited = { ...message, richMessage: { _: 'richMessage', blocks: [], photos: [], documents: [] } }
    expect(through(boxed('Message'), edited)).to.not.have.property('richMessage')
    const text = `${schemaText(224)
      .replace(/^nearestDc#\w+ /m, 'nearestDc ')
      .replace(
        'this_dc:int nearest_dc:int',
        'this_dc:int nearest_dc:int who:User ids:Vector<long> sure:Bool name:string raw:bytes hash:long',
      )}`
    const wider = schemaCodec(schemaModel(text))
    const bytes = writeDown(own, wider).value(boxed('NearestDc'), NEAREST)
    expect(wider.read(boxed('NearestDc'), bytes)).to.deep.equal({
      ...NEAREST,
      who: { _: 'userEmpty', id: 0 },
      ids: [],
      sure: false,
      name: '',
      raw: new Uint8Array(0),
      hash: 0n,
    })
  })

  it('gives a field whose type became another what is left of it, or its zero', () => {
    const text = schemaText(224).replace(
      /^(nearestDc)#\w+ .*$/m,
      '$1 country:bytes this_dc:long nearest_dc:NearestDcs = NearestDc;\nnearestDcs = NearestDcs;',
    )
    const changed = schemaCodec(schemaModel(text))
    const bytes = writeDown(own, changed).value(boxed('NearestDc'), NEAREST)
    const expected = { _: 'nearestDc', country: new Uint8Array(0), thisDc: 1n, nearestDc: { _: 'nearestDcs' } }
    expect(changed.read(boxed('NearestDc'), bytes)).to.deep.equal(expected)
  })

  it('is never given as unchanged what it had not got before', () => {
    const text = schemaText(224).replace(/^(nearestDc)#\w+ (.*) = /m, '$1 $2 config:help.AppConfig = ')
    const wider = schemaCodec(schemaModel(text))
    const bytes = writeDown(own, wider).value(boxed('NearestDc'), NEAREST)
    expect(wider.read(boxed('NearestDc'), bytes)).to.deep.include({
      config: { _: 'help.appConfig', hash: 0, config: { _: 'jsonNull' } },
    })
  })

  it('clears or fills all fields of one flag together', () => {
    const text = schemaText(224).replace(
      /^(keyboardButtonStyle)#\w+ .*$/m,
      '$1 flags:# icon:flags.3?long name:flags.3?string bg_danger:flags.3?true = KeyboardButtonStyle;',
    )
    const tied = schemaCodec(schemaModel(text))
    const style = { _: 'keyboardButtonStyle', icon: 5n }
    const bytes = writeDown(own, tied).value(boxed('KeyboardButtonStyle'), style)
    expect(tied.read(boxed('KeyboardButtonStyle'), bytes)).to.deep.equal({ ...style, name: '', bgDanger: true })
  })
})

describe('updates that a layer lacks', () => {
  const rest = { users: [], chats: [], date: 5, seq: 3 }
  const status = { _: 'updateUserStatus', userId: 7, status: { _: 'userStatusEmpty' } }
  const typing = { _: 'updateUserTyping', userId: 7, action: { _: 'sendMessageTypingAction' } }
  const fresh = { _: 'updateNewMessage', message, pts: 4, ptsCount: 1 }
  const stopped = { _: 'updateBotStopped', userId: 7, date: 1, stopped: true, qts: 4 }
  const updatesOf = (...updates: TlObject[]): TlObject => ({ _: 'updates', updates, ...rest })
  const read = (value: TlObject): TlObject => codec.read(boxed('Updates'), down.updates(value)) as TlObject

  it('are left out when they move no counter', () => {
    const { updates, seq } = read(updatesOf(status, typing)) as unknown as { updates: TlObject[]; seq: number }
    expect(updates.map(({ _ }) => _)).to.deep.equal(['updateUserTyping'])
    expect(seq).to.equal(3)
    const combined = { ...updatesOf(status, typing), _: 'updatesCombined', seqStart: 2 }
    expect(read(combined)['updates']).to.have.length(1)
  })

  it('make the whole updatesTooLong when they move one', () => {
    for (const update of [fresh, stopped]) {
      expect(read(updatesOf(typing, update))).to.deep.equal({ _: 'updatesTooLong' })
      expect(read({ ...updatesOf(update), _: 'updatesCombined', seqStart: 2 })).to.deep.equal({ _: 'updatesTooLong' })
      expect(read({ _: 'updateShort', update, date: 5 })).to.deep.equal({ _: 'updatesTooLong' })
    }
  })

  it('make an updateShort empty updates when they move none', () => {
    const empty = { _: 'updates', updates: [], users: [], chats: [], date: 5, seq: 0 }
    expect(read({ _: 'updateShort', update: status, date: 5 })).to.deep.equal(empty)
  })

  it('leave a difference, which moves the counters itself', () => {
    const state = { _: 'updates.state', pts: 4, qts: 4, date: 5, seq: 3, unreadCount: 0 }
    const difference = {
      _: 'updates.difference',
      newMessages: [],
      newEncryptedMessages: [],
      otherUpdates: [stopped, typing],
      chats: [],
      users: [],
      state,
    }
    expect(through(boxed('updates.Difference'), difference)['otherUpdates']).to.have.length(1)
  })
})

describe('an answer of another type in the other layer', () => {
  const joined = schemaCodec(schemaModel(schemaText(224)))
  const write = (value: TlObject): Uint8Array =>
    writeDown(own, joined).answer('channels.joinChannel', 'channels.joinChannel', value)

  it('is converted by name', () => {
    const updates = { _: 'updates', updates: [], users: [], chats: [], date: 1, seq: 0 }
    const bytes = write({ _: 'messages.chatInviteJoinResultOk', updates })
    expect(joined.read(boxed('Updates'), bytes)).to.deep.equal(updates)
  })

  it('is refused when the layer has no such answer', () => {
    const value = { _: 'messages.chatInviteJoinResultWebView', botId: 1, queryId: 2n, users: [] }
    expect(() => write(value))
      .to.throw(RpcError)
      .that.includes({ code: 400, text: 'CONNECTION_LAYER_INVALID' })
    const composed = { _: 'messages.composedRichMessageWithAI' }
    const name = 'messages.composeRichMessageWithAI'
    expect(() => writeDown(own, joined).answer(name, name, composed)).to.throw(RpcError, 'CONNECTION_LAYER_INVALID')
  })

  it('is one of a list, a number or a boolean as well', () => {
    const list = writeDown(own, joined)
    const users = list.answer('users.getUsers', 'users.getUsers', [{ _: 'userEmpty', id: 1 }])
    expect(joined.read({ _: 'vector', bare: false, item: boxed('User') }, users)).to.deep.equal([
      { _: 'userEmpty', id: 1 },
    ])
    const yes = list.answer('account.updateStatus', 'account.updateStatus', true)
    expect(joined.read({ _: 'primitive', name: 'Bool' }, yes)).to.equal(true)
  })
})
