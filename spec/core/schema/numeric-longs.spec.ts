import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { schemaModel } from '../../../lib/core/schema/model.ts'
import { isNumericLong } from '../../../lib/core/schema/numeric-longs.ts'

const model = schemaModel(readFileSync(new URL('../../../schema/api.tl', import.meta.url), 'utf8'))
const fields = [...model.byName.values()].flatMap(({ name, fields }) =>
  fields.map((field) => ({ owner: name, ...field })),
)

describe('the longs that are numbers', () => {
  it('are the ids of users, chats, channels and communities', () => {
    const numbers = [
      ['peerUser', 'user_id'],
      ['inputPeerChannel', 'channel_id'],
      ['user', 'id'],
      ['chat', 'id'],
      ['channelFull', 'id'],
      ['community', 'id'],
      ['message', 'via_bot_id'],
      ['messageMediaGiveaway', 'channels'],
      ['messageActionChatAddUser', 'users'],
      ['auth.importAuthorization', 'id'],
      ['messages.getChats', 'id'],
      ['updateShortChatMessage', 'from_id'],
    ] as const
    for (const [owner, field] of numbers) expect(isNumericLong(owner, field), `${owner}.${field}`).to.equal(true)
  })

  it('are no others, even when those are small or called id', () => {
    const bigints = [
      ['user', 'access_hash'],
      ['document', 'id'],
      ['document', 'size'],
      ['photo', 'id'],
      ['messages.sendMessage', 'random_id'],
      ['account.getThemes', 'hash'],
      ['invokeAfterMsg', 'msg_id'],
      ['upload.getFile', 'offset'],
      ['phoneCall', 'id'],
      ['account.savedMusicIds', 'ids'],
      ['connectedBotStarRef', 'participants'],
    ] as const
    for (const [owner, field] of bigints) expect(isNumericLong(owner, field), `${owner}.${field}`).to.equal(false)
  })

  it('are marked in the model only where a long is', () => {
    const numeric = fields.filter((field) => field.numeric)
    expect(numeric).to.have.lengthOf(234)
    for (const { type } of numeric) {
      const item = type._ === 'vector' ? type.item : type
      expect(item).to.deep.equal({ _: 'primitive', name: 'long' })
    }
    // inputStorePaymentPremiumGiftCode.users is a Vector<InputUser>.
    const users = fields.find((field) => field.owner === 'inputStorePaymentPremiumGiftCode' && field.name === 'users')!
    expect(users.numeric).to.equal(false)
  })

  it('are every field whose name says so', () => {
    const sounds = /^((user|chat|channel|bot|admin|inviter)_id|.*_(user|chat|channel|bot)_id)$/
    const missed = fields.filter(
      ({ name, numeric, type }) => sounds.test(name) && type._ === 'primitive' && type.name === 'long' && !numeric,
    )
    expect(missed.map(({ owner, name }) => `${owner}.${name}`)).to.deep.equal([])
  })
})
