import { expect } from 'chai'
import { SALT_LIFE, ServerSalts } from '../../lib/local-dc/server-salts.ts'
import { fakeEnv } from '../support/machine.ts'

describe('server salts', () => {
  it('follow each other every half hour, and are accepted for half an hour more', () => {
    const env = fakeEnv()
    const salts = new ServerSalts(7n, env)
    const [first, second] = salts.future(2, env)
    expect(first).to.deep.equal({ validSince: env.now / 1000, validUntil: env.now / 1000 + SALT_LIFE, salt: 7n })
    expect([salts.current(env), salts.accepts(7n, env), salts.accepts(second!.salt, env)]).to.deep.equal([
      7n,
      true,
      false,
    ])
    env.now += SALT_LIFE * 1000
    expect([salts.current(env), salts.accepts(7n, env)]).to.deep.equal([second!.salt, true])
    env.now += SALT_LIFE * 1000
    expect(salts.accepts(7n, env)).to.equal(false)
    expect(salts.accepts(second!.salt, env)).to.equal(true)
  })

  it('are told in order, 1 to 64 of them, and stay what they were', () => {
    const env = fakeEnv()
    const salts = new ServerSalts(7n, env)
    expect(salts.future(0, env)).to.have.length(1)
    const told = salts.future(100, env)
    expect(told).to.have.length(64)
    told.forEach(({ validSince }, at) => void expect(validSince).to.equal(env.now / 1000 + at * SALT_LIFE))
    env.now += 10 * SALT_LIFE * 1000
    expect(salts.current(env)).to.equal(told[10]!.salt)
    expect(salts.future(3, env).map(({ salt }) => salt)).to.deep.equal(told.slice(10, 13).map(({ salt }) => salt))
  })

  it('bear a clock that goes back', () => {
    const env = fakeEnv()
    const salts = new ServerSalts(7n, env)
    env.now -= 100_000
    expect([salts.current(env), salts.accepts(7n, env)]).to.deep.equal([7n, true])
  })
})
