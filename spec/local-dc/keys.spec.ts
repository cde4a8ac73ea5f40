import { expect } from 'chai'
import { authKey } from '../../lib/core/crypto/message-key.ts'
import { authorizationOf, Keys, MAX_KEYS, sessionName } from '../../lib/local-dc/keys.ts'
import { fakeEnv } from '../support/machine.ts'
import { seededRandom } from '../support/marbles.ts'

const random = seededRandom(5)
const newKey = (expiresIn?: number) => ({ key: authKey(random(256)), salt: 1n, dc: 1, testMode: false, expiresIn })

describe('auth keys', () => {
  it('are good for their own DC', () => {
    const env = fakeEnv()
    const keys = new Keys()
    const record = keys.add(newKey(), env)
    expect(keys.get(record.key.id, 1, env)).to.equal(record)
    expect(keys.get(record.key.id, 2, env)).to.equal(undefined)
    expect(keys.get(1n, 1, env)).to.equal(undefined)
    expect(sessionName(record, -1n)).to.match(/^[0-9a-f]{16}:ffffffffffffffff$/)
  })

  it('end exactly when they were asked to', () => {
    const env = fakeEnv()
    const keys = new Keys()
    const record = keys.add(newKey(60), env)
    env.now += 59_999
    expect(keys.get(record.key.id, 1, env)).to.equal(record)
    env.now += 1
    expect(keys.get(record.key.id, 1, env)).to.equal(undefined)
    expect(keys.has(record.key.id)).to.equal(false)
  })

  it('stand for others when they are temporary and bound, one at a time', () => {
    const env = fakeEnv()
    const keys = new Keys()
    const permanent = keys.add(newKey(), env)
    const [one, two] = [keys.add(newKey(60), env), keys.add(newKey(60), env)]
    expect([authorizationOf(permanent), authorizationOf(one)]).to.deep.equal([permanent, undefined])
    keys.bind(one, permanent)
    expect(authorizationOf(one)).to.equal(permanent)
    keys.bind(two, permanent)
    expect([authorizationOf(one), authorizationOf(two)]).to.deep.equal([undefined, permanent])
    keys.delete(permanent)
    expect(authorizationOf(two)).to.equal(undefined)
  })

  it('are forgotten when there are too many, those that nobody is signed in under first', () => {
    const env = fakeEnv()
    const keys = new Keys()
    const signedIn = keys.add(newKey(), env)
    signedIn.user = 1
    const idle = keys.add(newKey(), env)
    const id = (at: number) => ({ id: BigInt(at), bytes: signedIn.key.bytes })
    for (let at = 2; at < MAX_KEYS; at++) keys.add({ ...newKeyOf(id(at)) }, env)
    expect(keys.has(idle.key.id)).to.equal(true)
    keys.add(newKeyOf(id(MAX_KEYS)), env)
    expect([keys.has(signedIn.key.id), keys.has(idle.key.id)]).to.deep.equal([true, false])
    expect(keys.ofUser(1)).to.deep.equal([signedIn])
  })
})

function newKeyOf(key: { readonly id: bigint; readonly bytes: Uint8Array }) {
  return { key, salt: 1n, dc: 1, testMode: false, expiresIn: undefined }
}
