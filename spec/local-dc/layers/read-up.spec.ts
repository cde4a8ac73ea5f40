import { isDeepStrictEqual } from 'node:util'
import { expect } from 'chai'
import { RpcError } from '../../../lib/core/errors.ts'
import { schemaModel } from '../../../lib/core/schema/model.ts'
import { type Params, schemaCodec } from '../../../lib/local-dc/layers/codec.ts'
import { type OwnCall, readUp } from '../../../lib/local-dc/layers/read-up.ts'
import { REQUESTS } from '../../../lib/local-dc/layers/requests.ts'
import { randomValues, seeded } from '../../support/random-values.ts'
import { older, own, randomParams, schemaText } from './schemas.ts'

const ownCodec = schemaCodec(own)

function reader(text: string): (method: string, params: Params) => OwnCall {
  const codec = schemaCodec(schemaModel(text))
  const up = readUp(codec.model, own)
  return (method, params) => up(codec.readCall(codec.writeCall(method, params)))
}

describe('a call of an older layer', () => {
  for (const { layer, model } of older) {
    it(`is one of layer 229, or refused for what 229 lacks: every method of ${layer}`, () => {
      const random = randomValues(model, seeded(layer))
      const codec = schemaCodec(model)
      const up = readUp(model, own)
      let understood = 0
      for (const method of model.methods) {
        for (let round = 0; round < 4; round++) {
          const params = randomParams(random, method)
          const query = method.generic === undefined ? {} : { query: new Uint8Array(0) }
          const call = attempt(() => up(codec.readCall(codec.writeCall(method.name, { ...params, ...query }))))
          if (call === undefined) continue
          understood++
          expect(call.method).to.equal(
            own.byName.has(method.name) ? method.name : REQUESTS[method.name]!(params, own)!.method,
          )
          const written = ownCodec.readCall(ownCodec.writeCall(call.method, { ...call.params, ...query }))
          expect(isDeepStrictEqual(written.params, call.params), `${method.name} is whole`).to.equal(true)
          for (const { key, type } of own.byName.get(method.name)?.fields ?? []) {
            if (type._ !== 'primitive' || params[key] === undefined || type.name === '#') continue
            expect(call.params[key], `${method.name}.${key}`).to.deep.equal(params[key])
          }
        }
      }
      expect(understood).to.be.greaterThan(model.methods.length * 3.5)
    })
  }

  it('drops the fields that 229 lacks, and gives zeros for those that only 229 has', () => {
    const call = reader(
      schemaText(224).replace(/^(help\.getAppConfig)#\w+ hash:int/m, '$1 flags:# hash:flags.0?int more:string'),
    )
    expect(call('help.getAppConfig', { more: 'x' })).to.deep.equal({ method: 'help.getAppConfig', params: { hash: 0 } })
  })

  it('is unknown when 229 does not know the name', () => {
    const call = reader(schemaText(224).replace('help.getAppConfig#61e3f854', 'help.oldThing#61e3f854'))
    expect(() => call('help.oldThing', { hash: 1 }))
      .to.throw(RpcError)
      .that.includes({ code: 400, text: 'INPUT_METHOD_INVALID_61e3f854' })
  })

  it('is known under its new name', () => {
    const call = reader(schemaText(227))
    const channel = { _: 'inputChannel', channelId: 5, accessHash: 6n }
    expect(call('channels.updatePinnedForumTopic', { channel, topicId: 2, pinned: true })).to.deep.equal({
      method: 'messages.updatePinnedForumTopic',
      params: { peer: { _: 'inputPeerChannel', channelId: 5, accessHash: 6n }, topicId: 2, pinned: true },
    })
    const seen = { _: 'inputChannelFromMessage', peer: { _: 'inputPeerSelf' }, msgId: 1, channelId: 5 }
    expect(call('channels.deleteTopicHistory', { channel: seen, topMsgId: 2 }).params['peer']).to.deep.equal({
      ...seen,
      _: 'inputPeerChannelFromMessage',
    })
    expect(
      call('channels.deleteTopicHistory', { channel: { _: 'inputChannelEmpty' }, topMsgId: 2 }).params['peer'],
    ).to.deep.equal({ _: 'inputPeerEmpty' })
  })

  it('is known with a field that became another', () => {
    const call = reader(schemaText(224))
    const text = { _: 'textWithEntities', text: 'x', entities: [] }
    const toned = call('messages.composeMessageWithAI', { text, changeTone: 'formal' })
    expect(toned.params).to.deep.include({ text, tone: { _: 'inputAiComposeToneDefault', tone: 'formal' } })
    expect(call('messages.composeMessageWithAI', { text }).params).to.deep.include({ text, tone: undefined })
  })

  it('is refused for an object in it that 229 lacks, wherever it is', () => {
    const text = schemaText(224).replace(/^inputUserSelf#f7c1b13f/m, 'inputUserMyself#f7c1b13f')
    const call = reader(text)
    const refusal = { code: 400, text: 'INPUT_CONSTRUCTOR_INVALID_F7C1B13F' }
    const user = { _: 'inputUserMyself' }
    expect(() => call('users.getUsers', { id: [user] }))
      .to.throw(RpcError)
      .that.includes(refusal)
    expect(() => call('messages.toggleBotInAttachMenu', { bot: user, enabled: true }))
      .to.throw(RpcError)
      .that.includes(refusal)
  })

  it('keeps numbers whose type became wider or narrower', () => {
    const call = reader(schemaText(224).replace(/^(help\.getAppConfig)#\w+ hash:int/m, '$1 hash:long'))
    expect(call('help.getAppConfig', { hash: 77n }).params).to.deep.equal({ hash: 77 })
    expect(() => call('help.getAppConfig', { hash: 1n << 40n })).to.throw(RpcError)
    const wide = reader(schemaText(224).replace(/^(contacts\.getContacts)#\w+ hash:long/m, '$1 hash:int'))
    expect(wide('contacts.getContacts', { hash: -5 }).params).to.deep.equal({ hash: -5n })
    const text = reader(schemaText(224).replace(/^(contacts\.getContacts)#\w+ hash:long/m, '$1 hash:string'))
    expect(text('contacts.getContacts', { hash: 'x' }).params).to.deep.equal({ hash: 0n })
  })
})

/** The call, or undefined where 229 has not got what it needs. */
function attempt(read: () => OwnCall): OwnCall | undefined {
  try {
    return read()
  } catch (error) {
    expect(error).to.be.instanceOf(RpcError)
    expect((error as RpcError).text).to.match(/^INPUT_CONSTRUCTOR_INVALID_[0-9A-F]{8}$/)
    return undefined
  }
}
