import { expect } from 'chai'
import {
  accessHash,
  addBot,
  addService,
  addUser,
  codeOf,
  findByPhone,
  findByToken,
  findByUsername,
} from '../../../lib/local-dc/world/account.ts'
import { ptsOf } from '../../../lib/local-dc/world/box.ts'
import { createWorld } from '../../../lib/local-dc/world/world.ts'
import { fakeEnv } from '../../support/machine.ts'
import { refusal } from '../refusal.ts'

const fresh = () => createWorld(fakeEnv())

describe('accounts', () => {
  it('have the code that their number says', () => {
    expect(codeOf('+9996621234')).to.equal('22222')
    expect(codeOf('99966 1 0000')).to.equal('11111')
    for (const other of ['+999662123', '+99966212345', '+15550001234', '']) expect(codeOf(other)).to.equal(undefined)
  })

  it('are found by phone, username and token', () => {
    const world = fresh()
    const user = addUser(world, { phone: '+9996621234', firstName: ' Ann ', username: 'Ann_1' })
    const bot = addBot(world, { token: '42:secret', username: 'echo_bot' })
    expect(user.firstName).to.equal('Ann')
    expect(bot).to.include({ id: 42, bot: true, firstName: 'echo_bot' })
    expect(findByPhone(world, '+99966 2 1234')).to.equal(user)
    expect(findByUsername(world, 'ann_1')).to.equal(user)
    expect(findByToken(world, '42:secret')).to.equal(bot)
    expect(findByToken(world, '42:other')).to.equal(undefined)
    expect(findByPhone(world, '+9996620000')).to.equal(undefined)
  })

  it('start at pts 1, because clients take 0 for unknown', () => {
    const world = fresh()
    expect(ptsOf(addUser(world, { phone: '+9996621234', firstName: 'Ann' }).box)).to.equal(1)
  })

  const refused: readonly (readonly [string, () => unknown, string])[] = [
    [
      'a number that is no test number',
      () => addUser(fresh(), { phone: '+15550001', firstName: 'A' }),
      'PHONE_NUMBER_INVALID',
    ],
    ['an empty first name', () => addUser(fresh(), { phone: '+9996621234', firstName: '  ' }), 'FIRSTNAME_INVALID'],
    [
      'a long last name',
      () => addUser(fresh(), { phone: '+9996621234', firstName: 'A', lastName: 'x'.repeat(65) }),
      'LASTNAME_INVALID',
    ],
    ['a strange username', () => addBot(fresh(), { token: '1:a', username: 'a b' }), 'USERNAME_INVALID'],
    ['a token without an id', () => addBot(fresh(), { token: 'secret', username: 'some_bot' }), 'ACCESS_TOKEN_INVALID'],
    [
      'a token with the id of the service',
      () => addBot(fresh(), { token: '777000:a', username: 'some_bot' }),
      'ACCESS_TOKEN_INVALID',
    ],
  ]
  for (const [what, attempt, text] of refused)
    it(`refuse ${what}`, () => {
      expect(refusal(attempt)).to.include({ code: 400, text })
    })

  it('refuse what is taken', () => {
    const world = fresh()
    addUser(world, { phone: '+9996621234', firstName: 'Ann', username: 'ann' })
    expect(refusal(() => addUser(world, { phone: '+9996621234', firstName: 'Bob' }))).to.include({
      text: 'PHONE_NUMBER_OCCUPIED',
    })
    expect(refusal(() => addBot(world, { token: '1:a', username: 'ANN' }))).to.include({ text: 'USERNAME_OCCUPIED' })
    addBot(world, { token: '1:a', username: 'one_bot' })
    expect(refusal(() => addBot(world, { token: '1:b', username: 'two_bot' }))).to.include({
      text: 'ACCESS_TOKEN_INVALID',
    })
  })

  it('get ids that no bot has', () => {
    const world = fresh()
    addBot(world, { token: '1000001:a', username: 'one_bot' })
    expect(addUser(world, { phone: '+9996621234', firstName: 'Ann' }).id).to.equal(1_000_002)
    expect(addService(world).id).to.equal(777_000)
  })

  it('have one access hash for each viewer, the same each time', () => {
    const world = fresh()
    expect(accessHash(world, 1, 2)).to.equal(accessHash(world, 1, 2))
    expect(
      new Set([accessHash(world, 1, 2), accessHash(world, 2, 1), accessHash(world, 3, 2), accessHash(world, 1, 3)])
        .size,
    ).to.equal(4)
  })
})
