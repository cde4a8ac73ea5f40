import { expect } from 'chai'
import { getPasswordRequest, updateStatusRequest } from '../../../lib/api/account.ts'
import { getContactsRequest, resolvePhoneRequest, resolveUsernameRequest } from '../../../lib/api/contacts.ts'
import type { InputUser } from '../../../lib/api/index.ts'
import { sendMessageRequest } from '../../../lib/api/messages.ts'
import { getFullUserRequest, getUsersRequest } from '../../../lib/api/users.ts'
import { DH_PRIME } from '../../../lib/core/crypto/dh.ts'
import type { RawClient } from '../../support/raw-client.ts'
import { ANN, BOB, pushes, type Running, refused, run } from '../running.ts'

async function resolved(client: RawClient, phone: string) {
  const { users } = await client.call(resolvePhoneRequest({ phone }))
  const [user] = users
  if (user?._ !== 'user') throw new Error('expected a user')
  return { ...user, input: { _: 'inputUser', userId: user.id, accessHash: user.accessHash! } as const }
}

describe('users, contacts and account', () => {
  let dc: Running
  let ann: RawClient
  beforeEach(async () => {
    dc = await run()
    ann = await dc.person(ANN)
  })
  afterEach(() => dc.stop())

  it('gives users in order, and an empty one for whom nobody is', async () => {
    const bob = await resolved(ann, BOB)
    const ids: readonly InputUser[] = [
      bob.input,
      { _: 'inputUserSelf' },
      { ...bob.input, accessHash: 1n },
      { _: 'inputUser', userId: 5, accessHash: 0n },
      { ...bob.input, accessHash: 0n },
      { _: 'inputUserEmpty' },
    ]
    const found = await ann.call(getUsersRequest({ id: ids }))
    expect(found.map((user) => [user._, user.id])).to.deep.equal([
      ['user', bob.id],
      ['user', dc.users[0]!.id],
      ['userEmpty', bob.id],
      ['userEmpty', 5],
      ['userEmpty', bob.id],
      ['userEmpty', 0],
    ])
    expect(found.map((user) => user._ === 'user' && user.self)).to.deep.equal([false, true, false, false, false, false])
  })

  it('takes hash 0 of those who have met, and of bots', async () => {
    const bob = await resolved(ann, BOB)
    const zero = getUsersRequest({ id: [{ ...bob.input, accessHash: 0n }] })
    await ann.call(
      sendMessageRequest({
        peer: { _: 'inputPeerUser', userId: bob.id, accessHash: bob.accessHash! },
        message: 'hi',
        randomId: 1n,
      }),
    )
    expect((await ann.call(zero))[0]!._).to.equal('user')
    const bot = await dc.bot()
    expect((await bot.call(zero))[0]!._).to.equal('user')
  })

  it('finds who is named by a message', async () => {
    const bob = await resolved(ann, BOB)
    const peer = { _: 'inputPeerUser', userId: bob.id, accessHash: bob.accessHash! } as const
    const entities = [
      { _: 'inputMessageEntityMentionName', offset: 0, length: 2, userId: { _: 'inputUserSelf' } },
    ] as const
    await ann.call(sendMessageRequest({ peer, message: 'me', randomId: 1n, entities }))
    const from = (userId: number, more: object = {}) =>
      ({ _: 'inputUserFromMessage', peer, msgId: 1, userId, ...more }) as const
    const ids: readonly InputUser[] = [
      from(dc.users[0]!.id),
      from(dc.bots[0]!.id),
      from(bob.id, { msgId: 9 }),
      from(dc.users[0]!.id, { peer: { _: 'inputPeerSelf' } }),
    ]
    const found = await ann.call(getUsersRequest({ id: ids }))
    expect(found.map(({ _ }) => _)).to.deep.equal(['user', 'userEmpty', 'userEmpty', 'userEmpty'])
    const whom = { _: 'inputPeerUserFromMessage', peer, msgId: 1, userId: dc.users[0]!.id } as const
    await ann.call(sendMessageRequest({ peer: whom, message: 'note', randomId: 2n }))
    expect(
      await refused(ann, sendMessageRequest({ peer: { ...whom, userId: 5 }, message: 'x', randomId: 3n })),
    ).to.equal('400 PEER_ID_INVALID')
    const bot = await dc.bot()
    expect(await refused(bot, getUsersRequest({ id: [from(bob.id)] }))).to.equal('400 FROM_MESSAGE_BOT_DISABLED')
  })

  it('gives hashes that are good for their viewer alone', async () => {
    const bob = await dc.person(BOB)
    const mine = await resolved(ann, BOB)
    expect((await resolved(ann, BOB)).accessHash).to.equal(mine.accessHash)
    const carl = await dc.person('+9996611234')
    expect((await resolved(carl, BOB)).accessHash).to.not.equal(mine.accessHash)
    expect((await carl.call(getUsersRequest({ id: [mine.input] })))[0]!._).to.equal('userEmpty')
    expect(bob.ended).to.equal(undefined)
  })

  it('shows a phone number to its owner alone', async () => {
    expect((await resolved(ann, BOB)).phone).to.equal(undefined)
    expect((await resolved(ann, ANN)).phone).to.equal('9996621111')
  })

  it('gives the whole of a user', async () => {
    const bob = await resolved(ann, BOB)
    const full = await ann.call(getFullUserRequest({ id: bob.input }))
    expect(full).to.have.nested.property('fullUser.id', bob.id)
    expect(full.users.map(({ id }) => id)).to.deep.equal([bob.id])
    const bot = await ann.call(resolveUsernameRequest({ username: 'echo_bot' }))
    const [user] = bot.users
    if (user?._ !== 'user') throw new Error('expected a user')
    expect(user).to.include({ bot: true, botInfoVersion: 1 })
    const fullBot = await ann.call(
      getFullUserRequest({ id: { _: 'inputUser', userId: user.id, accessHash: user.accessHash! } }),
    )
    expect(fullBot).to.have.nested.property('fullUser.botInfo.userId', user.id)
    expect(await refused(ann, getFullUserRequest({ id: { _: 'inputUserEmpty' } }))).to.equal('400 USER_ID_INVALID')
  })

  it('finds people by username and phone', async () => {
    const found = await ann.call(resolveUsernameRequest({ username: 'ECHO_BOT' }))
    expect(found.peer).to.deep.equal({ _: 'peerUser', userId: dc.bots[0]!.id })
    const rows = [
      [resolveUsernameRequest({ username: 'nobody' }), '400 USERNAME_NOT_OCCUPIED'],
      [resolveUsernameRequest({ username: 'a b' }), '400 USERNAME_INVALID'],
      [resolvePhoneRequest({ phone: '+9996600000' }), '400 PHONE_NOT_OCCUPIED'],
    ] as const
    for (const [request, error] of rows) expect(await refused(ann, request)).to.equal(error)
  })

  it('lists contacts', async () => {
    expect(await ann.call(getContactsRequest({ hash: 0n }))).to.deep.include({
      _: 'contacts.contacts',
      contacts: [],
      savedCount: 0,
    })
    const [a, b] = dc.users.map(({ id }) => dc.world.accounts.get(id)!) as [never, never]
    ;(a as { contacts: Set<number> }).contacts.add((b as { id: number }).id)
    const list = await ann.call(getContactsRequest({ hash: 0n }))
    expect(list)
      .to.have.property('contacts')
      .that.deep.equals([{ _: 'contact', userId: dc.users[1]!.id, mutual: false }])
    expect(await resolved(ann, BOB)).to.include({ contact: true, mutualContact: false, phone: '9996632222' })
  })

  it('tells those who have met that someone is online', async () => {
    const bob = await dc.person(BOB)
    const { input } = await resolved(bob, ANN)
    await bob.call(
      sendMessageRequest({
        peer: { _: 'inputPeerUser', userId: input.userId, accessHash: input.accessHash },
        message: 'hi',
        randomId: 1n,
      }),
    )
    expect(await bob.call(updateStatusRequest({ offline: false }))).to.equal(true)
    const [, status] = await pushes(ann, 2)
    expect(status).to.have.nested.property('update.status._', 'userStatusOnline')
    await bob.call(updateStatusRequest({ offline: true }))
    expect((await pushes(ann, 3))[2]).to.have.nested.property('update.status._', 'userStatusOffline')
    expect((await resolved(ann, BOB)).status?._).to.equal('userStatusOffline')
  })

  it('has accounts without a password, and what it takes to set one', async () => {
    const password = await ann.call(getPasswordRequest())
    expect(password).to.include({ hasPassword: false, currentAlgo: undefined, srpB: undefined })
    expect(password.secureRandom).to.have.length(256)
    if (password.newAlgo._ === 'passwordKdfAlgoUnknown') throw new Error('expected an algorithm')
    expect([password.newAlgo.salt1.length, password.newAlgo.salt2.length, password.newAlgo.g]).to.deep.equal([8, 16, 3])
    expect(password.newAlgo.p).to.deep.equal(DH_PRIME)
    expect(password.newSecureAlgo._).to.equal('securePasswordKdfAlgoPBKDF2HMACSHA512iter100000')
    const nobody = await dc.client()
    expect((await nobody.call(getPasswordRequest()))._).to.equal('account.password')
  })
})
