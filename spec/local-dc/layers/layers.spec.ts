import { expect } from 'chai'
import { RpcError, UsageError } from '../../../lib/core/errors.ts'
import { type Params, schemaCodec, type TlObject } from '../../../lib/local-dc/layers/codec.ts'
import { type LayerCall, layersOf } from '../../../lib/local-dc/layers/layers.ts'
import { boxed, older, own, schemaText } from './schemas.ts'

const layers = layersOf({ schemas: [{ text: schemaText(224) }, { layer: 227, text: schemaText(227) }] })
const codecs = new Map([
  ...older.map(({ layer, model }) => [layer as number, schemaCodec(model)] as const),
  [229, schemaCodec(own)],
])

function call(layer: number, method: string, params: Params): Uint8Array {
  return codecs.get(layer)!.writeCall(method, params)
}

function refusal(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (error instanceof RpcError) return `${error.code} ${error.text}`
    throw error
  }
  return 'none'
}

describe('the layers of a local DC', () => {
  it('are always the own one, and those whose schemas are given', () => {
    expect(layersOf().numbers).to.deep.equal([229])
    expect(layersOf().own).to.equal(229)
    expect(layers.numbers).to.deep.equal([224, 227, 229])
    expect([223, 224, 227, 228, 229].filter((layer) => layers.has(layer))).to.deep.equal([224, 227, 229])
  })

  it('read a call by its id: the layer that the client named first, then the newest', () => {
    const sent = { peer: { _: 'inputPeerSelf' }, message: 'x', randomId: 5n }
    const from224 = layers.read(call(224, 'messages.sendMessage', sent), 224)
    expect(from224).to.deep.include({ layer: 224, called: 'messages.sendMessage', method: 'messages.sendMessage' })
    expect(from224.params).to.deep.include({ ...sent, richMessage: undefined })
    // Layers 227 and 229 write this call alike.
    const same = call(227, 'messages.sendMessage', sent)
    expect(same).to.deep.equal(call(229, 'messages.sendMessage', sent))
    expect(layers.read(same, 227).layer).to.equal(227)
    expect(layers.read(same, 229).layer).to.equal(229)
    expect(layers.read(same, undefined).layer).to.equal(229)
    expect(layers.read(same, 224).layer).to.equal(229)
  })

  it('read a call of one layer from a client that named another', () => {
    const channel = { _: 'inputChannel', channelId: 5, accessHash: 6n }
    const topics = call(227, 'channels.getForumTopics', {
      channel,
      offsetDate: 0,
      offsetId: 0,
      offsetTopic: 0,
      limit: 9,
    })
    const read = layers.read(topics, 229)
    expect(read).to.deep.include({ layer: 227, called: 'channels.getForumTopics', method: 'messages.getForumTopics' })
    // The id of the call is the same in 227 and 229, the buttons in it are not.
    const button = { _: 'keyboardButtonUrl', text: 't', url: 'u' }
    const replyMarkup = { _: 'replyInlineMarkup', rows: [{ _: 'keyboardButtonRow', buttons: [button] }] }
    const bytes = call(227, 'messages.sendMessage', {
      peer: { _: 'inputPeerSelf' },
      message: 'x',
      randomId: 5n,
      replyMarkup,
    })
    expect(layers.read(bytes, undefined)).to.deep.include({ layer: 227 })
  })

  it('refuse what can not be read, each in its own words', () => {
    const users = call(229, 'users.getUsers', { id: [{ _: 'inputUserSelf' }] })
    const foreign = users.slice()
    new DataView(foreign.buffer).setUint32(12, 0x0abcdef0, true)
    const unknown = users.slice()
    new DataView(unknown.buffer).setUint32(0, 0x0abcdef0, true)
    for (const layer of [undefined, 224, 229]) {
      expect(refusal(() => layers.read(unknown, layer))).to.equal('400 INPUT_METHOD_INVALID_0abcdef0')
      expect(refusal(() => layers.read(foreign, layer))).to.equal('400 INPUT_CONSTRUCTOR_INVALID_0ABCDEF0')
      expect(refusal(() => layers.read(users.subarray(0, -1), layer))).to.equal('400 INPUT_FETCH_ERROR')
      expect(refusal(() => layers.read(users.subarray(0, 3), layer))).to.equal('400 INPUT_FETCH_ERROR')
      expect(refusal(() => layers.read(new Uint8Array(0), layer))).to.equal('400 INPUT_FETCH_ERROR')
      expect(refusal(() => layers.read(new Uint8Array([...users, 0, 0, 0, 0]), layer))).to.equal(
        '400 INPUT_REQUEST_TOO_LONG',
      )
    }
    expect(
      refusal(() => layers.read(codecs.get(229)!.write(boxed('InputUser'), { _: 'inputUserSelf' }), 229)),
    ).to.equal('400 INPUT_METHOD_INVALID_f7c1b13f')
  })

  it('refuse a layer without a schema', () => {
    const getConfig = call(229, 'help.getConfig', {})
    const read = layers.read(getConfig, 229)
    for (const layer of [1, 228, 230]) {
      expect(refusal(() => layers.read(getConfig, layer))).to.equal('400 CONNECTION_LAYER_INVALID')
      expect(refusal(() => layers.answer(read, true, layer))).to.equal('400 CONNECTION_LAYER_INVALID')
      expect(refusal(() => layers.updates({ _: 'updatesTooLong' }, layer))).to.equal('400 CONNECTION_LAYER_INVALID')
    }
  })

  it('write the answer for the layer of the client', () => {
    const read = (layer: number): LayerCall =>
      layers.read(call(layer, 'channels.joinChannel', { channel: { _: 'inputChannelEmpty' } }), layer)
    const updates = { _: 'updates', updates: [], users: [{ _: 'userEmpty', id: 1 }], chats: [], date: 1, seq: 0 }
    const value = { _: 'messages.chatInviteJoinResultOk', updates }
    expect(codecs.get(224)!.read(boxed('Updates'), layers.answer(read(224), value, 224))).to.deep.equal(updates)
    for (const layer of [227, 229]) {
      const bytes = layers.answer(read(layer), value, layer)
      expect(codecs.get(layer)!.read(boxed('messages.ChatInviteJoinResult'), bytes)).to.deep.equal(value)
    }
    expect(layers.answer(read(229), value, undefined)).to.deep.equal(layers.answer(read(229), value, 229))
  })

  it('write the answer to a call under its old name', () => {
    const channel = { _: 'inputChannel', channelId: 5, accessHash: 6n }
    const read = layers.read(call(227, 'channels.deleteTopicHistory', { channel, topMsgId: 1 }), 227)
    const value = { _: 'messages.affectedHistory', pts: 1, ptsCount: 2, offset: 0 }
    for (const layer of [224, 227, 229]) {
      const bytes = layers.answer(read, value, layer)
      expect(codecs.get(layer)!.read(boxed('messages.AffectedHistory'), bytes), `${layer}`).to.deep.equal(value)
    }
  })

  it('write updates for the layer of the client', () => {
    const peerId = { _: 'peerUser', userId: 1 }
    const message = { _: 'message', id: 1, peerId, date: 1, message: 'x', fromScheduled: true }
    const value = { _: 'updateShort', update: { _: 'updateNewMessage', message, pts: 2, ptsCount: 1 }, date: 1 }
    for (const layer of [224, 227, 229]) {
      const read = codecs.get(layer)!.read(boxed('Updates'), layers.updates(value, layer)) as {
        update: { message: TlObject }
      }
      expect(read.update.message).to.deep.include(message)
    }
  })

  it('leave the mistakes of a handler to its maker', () => {
    const read = layers.read(call(229, 'help.getConfig', {}), 229)
    for (const layer of [224, 229]) {
      expect(() => layers.answer(read, { _: 'config' }, layer)).to.throw(UsageError, 'config.date')
      expect(() => layers.answer(read, 'x', layer)).to.throw(UsageError, 'expected Config, got a string')
    }
  })
})

describe('a schema that is given', () => {
  const refused: readonly (readonly [what: string, schemas: Parameters<typeof layersOf>[0], words: string])[] = [
    ['that is not TL', { schemas: [{ layer: 200, text: 'hello' }] }, "the schema of layer 200: line 1: expected ';'"],
    ['that is not TL and has no layer', { schemas: [{ text: 'a = A;\nb c = B;' }] }, 'the schema: line 2'],
    ['that has no layer', { schemas: [{ text: 'user#00000001 = User;' }] }, '// LAYER 227'],
    [
      'that says another layer',
      { schemas: [{ layer: 226, text: schemaText(227) }] },
      'expected the schema of layer 226, got one that says // LAYER 227',
    ],
    [
      'that is no API',
      { schemas: [{ layer: 200, text: 'user#00000001 = User;' }] },
      'layer 200 with methods and the type Updates',
    ],
    ['of layer 0', { schemas: [{ layer: 0, text: schemaText(227).replace('// LAYER 227', '') }] }, 'at least 1, got 0'],
    ['of half a layer', { schemas: [{ layer: 0.5, text: schemaText(227).replace('// LAYER 227', '') }] }, 'got 0.5'],
    [
      'twice',
      { schemas: [{ text: schemaText(227) }, { text: schemaText(227) }] },
      'no schema for layer 227: it was given twice',
    ],
    [
      'of the own layer',
      { schemas: [{ layer: 229, text: schemaText(227).replace('// LAYER 227', '') }] },
      'the layer of rxgram itself',
    ],
  ]
  for (const [what, schemas, words] of refused) {
    it(`is refused ${what}`, () => {
      expect(() => layersOf(schemas)).to.throw(UsageError, words)
    })
  }

  it('may have its layer given instead of told', () => {
    expect(
      layersOf({ schemas: [{ layer: 228, text: schemaText(227).replace('// LAYER 227', '') }] }).has(228),
    ).to.equal(true)
  })
})
