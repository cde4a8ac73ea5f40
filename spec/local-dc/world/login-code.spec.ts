import { expect } from 'chai'
import { limits } from '../../../lib/local-dc/world/limits.ts'
import { checkCode, issueCode, pendingCode } from '../../../lib/local-dc/world/login-code.ts'
import { createWorld } from '../../../lib/local-dc/world/world.ts'
import { fakeEnv } from '../../support/machine.ts'
import { refusal } from '../refusal.ts'

const PHONE = '+9996621234'

describe('login codes', () => {
  it('are what the number says, under a new hash each time', () => {
    const env = fakeEnv()
    const world = createWorld(env)
    const one = issueCode(world, env, PHONE)
    expect(one.code.code).to.equal('22222')
    expect(issueCode(world, env, PHONE).hash).to.not.equal(one.hash)
    expect(checkCode(world, env, PHONE, one.hash, '22222')).to.equal(one.code)
    expect(refusal(() => issueCode(world, env, '+1555'))).to.include({ text: 'PHONE_NUMBER_INVALID' })
  })

  it('are refused when wrong, and worth nothing after a few tries', () => {
    const env = fakeEnv()
    const world = createWorld(env)
    const { hash } = issueCode(world, env, PHONE)
    expect(refusal(() => checkCode(world, env, PHONE, hash, ''))).to.include({ text: 'PHONE_CODE_EMPTY' })
    for (let at = 0; at < limits.codeTries; at++)
      expect(refusal(() => checkCode(world, env, PHONE, hash, '11111'))).to.include({ text: 'PHONE_CODE_INVALID' })
    expect(refusal(() => checkCode(world, env, PHONE, hash, '22222'))).to.include({ text: 'PHONE_CODE_EXPIRED' })
  })

  it('expire, and belong to one number', () => {
    const env = fakeEnv()
    const world = createWorld(env)
    const { hash } = issueCode(world, env, PHONE)
    expect(refusal(() => pendingCode(world, env, '+9996621235', hash))).to.include({ text: 'PHONE_CODE_EXPIRED' })
    expect(refusal(() => pendingCode(world, env, 'none', hash))).to.include({ text: 'PHONE_NUMBER_INVALID' })
    expect(refusal(() => pendingCode(world, env, PHONE, ''))).to.include({ text: 'PHONE_CODE_HASH_EMPTY' })
    env.now += limits.codeLife * 1000
    expect(refusal(() => pendingCode(world, env, PHONE, hash))).to.include({ text: 'PHONE_CODE_EXPIRED' })
    expect(world.codes.size).to.equal(0)
  })

  it('are forgotten, oldest first, when there are too many', () => {
    const env = fakeEnv()
    const world = createWorld(env)
    const { hash } = issueCode(world, env, PHONE)
    for (let at = 0; at < limits.codes; at++) issueCode(world, env, PHONE)
    expect(world.codes.size).to.equal(limits.codes)
    expect(world.codes.has(hash)).to.equal(false)
  })
})
